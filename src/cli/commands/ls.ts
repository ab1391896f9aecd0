import { Argument, Option } from 'commander';
import type { CommandModule } from '../command.ts';
import { addRegistryOptions } from '../options/registry.ts';
import { craneName, parseRepository } from '../options/repository.ts';
import { clientOf } from '../registry.ts';
import { printable } from '../text/printable.ts';

/** `assay ls REPO`, as `crane ls`. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('REPO', 'the repository'));
    command.addOption(new Option('--full-ref', 'print whole references'));
    command.addOption(new Option('-O, --omit-digest-tags', 'leave out tags of the form sha256-…'));
    addRegistryOptions(command);
    command.addHelpText(
      'after',
      '\nExamples:\n  assay ls registry.example/app\n  assay ls --omit-digest-tags --full-ref registry.example/app',
    );
  },
  async execute({ args, options, out, io, signal }) {
    const reference = parseRepository(args[0] ?? '');
    const [client, { repositoryOf }, { tags }] = await Promise.all([
      clientOf(options, io, reference.registry),
      import('../../oci/registry/repository.ts'),
      import('../../oci/registry/list-names.ts'),
    ]);
    const prefix = options.flag('full-ref') ? `${craneName(reference.registry, reference.repository)}:` : '';
    const all: string[] = [];
    for await (const page of tags(repositoryOf(client, reference), { signal })) {
      const shown = options.flag('omit-digest-tags') ? page.filter((tag) => !tag.startsWith('sha256-')) : page;
      if (out.format === 'text') for (const tag of shown) out.print(`${prefix}${printable(tag)}\n`);
      else all.push(...shown);
    }
    if (out.format !== 'text')
      await out.result({
        schema: 'assay/ls/v1',
        repository: `${reference.registry}/${reference.repository}`,
        tags: all,
        warnings: out.warnings,
        errors: [],
      });
    return 0;
  },
};
