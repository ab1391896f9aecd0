import { Argument, Option } from 'commander';
import { addSettleOption } from '../attach/settle.ts';
import type { CommandModule } from '../command.ts';
import { addPlatformOption, addRegistryOptions } from '../options/registry.ts';

/** `assay clean IMAGE`, as `cosign clean`. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('IMAGE', 'the image'));
    command.addOption(
      new Option('--type <type>', 'what is deleted').choices(['signature', 'attestation', 'sbom', 'referrer', 'all']).default('all'),
    );
    command.addOption(new Option('-f, --force', 'do not ask'));
    command.addOption(new Option('-y, --yes', 'do not ask'));
    addSettleOption(command);
    addPlatformOption(command);
    addRegistryOptions(command);
    command.addHelpText(
      'after',
      `
Deletes evidence in every form: cosign's tags, manifests that refer to the image, and their entries in the fallback tag. The type is what
a piece says that it is. referrer is whatever refers to the image, of any type.

Exit codes: 0 deleted or nothing there, 1 not agreed to or no such image, 2 misuse, 3 something could not be read or deleted, 4 internal error.

Examples:
  assay clean registry.example/app:v1
  assay clean --type sbom --force registry.example/app:v1`,
    );
  },
  async execute(call) {
    const { cleanImage } = await import('../attach/clean-command.ts');
    return cleanImage(call);
  },
};
