import { Argument } from 'commander';
import { addSettleOption } from '../attach/settle.ts';
import type { CommandModule } from '../command.ts';
import { addPlatformOption, addRegistryOptions } from '../options/registry.ts';

/** `assay repair IMAGE DIGEST…`. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('IMAGE', 'the image'));
    command.addArgument(new Argument('DIGEST...', 'digests of the manifests that hold the evidence').argOptional());
    addSettleOption(command);
    addPlatformOption(command);
    addRegistryOptions(command);
    command.addHelpText(
      'after',
      `
Registries cannot change a list in one step, and other tools overwrite what was written in between. Evidence that is stored and not listed any
more is listed again: as a referrer of the image, or under sha256-….sig or .att. Each piece has to be about the image.

Exit codes: 0 listed, 1 the image or a piece is not there, 2 misuse or a piece is about something else, 3 the registry did not answer, 4 internal error.

Examples:
  assay repair registry.example/app:v1 sha256:1234…`,
    );
  },
  async execute(call) {
    const { repairImage } = await import('../attach/repair-command.ts');
    return repairImage(call);
  },
};
