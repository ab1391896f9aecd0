import { Argument } from 'commander';
import type { CommandModule } from '../command.ts';
import { download } from '../download/collect.ts';
import { addPlatformOption, addRegistryOptions } from '../options/registry.ts';

/** `assay download signature IMAGE`. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('IMAGE', 'the image'));
    addPlatformOption(command);
    addRegistryOptions(command);
    command.addHelpText(
      'after',
      '\nPrints one JSON object a line, from every storage form, unverified; assay verify verifies.\n\nExamples:\n  assay download signature registry.example/app:v1 | jq .',
    );
  },
  async execute(call) {
    const { signaturesIn } = await import('../download/signature.ts');
    return download(call, 'signature', (artifact) => signaturesIn(artifact, call.signal));
  },
};
