import { Argument, Option } from 'commander';
import type { CommandModule } from '../command.ts';
import { addRegistryOptions } from '../options/registry.ts';
import { craneName, parseRegistry } from '../options/repository.ts';
import { clientOf } from '../registry.ts';
import { printable } from '../text/printable.ts';

/** `assay catalog REGISTRY`, as `crane catalog`. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('REGISTRY', 'the registry'));
    command.addOption(new Option('--full-ref', 'print the registry before every repository'));
    addRegistryOptions(command);
    command.addHelpText('after', '\nMany registries do not allow this question.\n\nExamples:\n  assay catalog 127.0.0.1:5000');
  },
  async execute({ args, options, out, io, signal }) {
    const { registry } = parseRegistry(args[0] ?? '');
    const [client, { catalog }] = await Promise.all([clientOf(options, io, registry), import('../../oci/registry/list-names.ts')]);
    const all: string[] = [];
    for await (const page of catalog(client, registry, { signal })) {
      if (out.format === 'text')
        for (const name of page) out.print(`${printable(options.flag('full-ref') ? craneName(registry, name) : name)}\n`);
      else all.push(...page);
    }
    if (out.format !== 'text')
      await out.result({ schema: 'assay/catalog/v1', registry, repositories: all, warnings: out.warnings, errors: [] });
    return 0;
  },
};
