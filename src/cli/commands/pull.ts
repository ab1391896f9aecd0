import { Argument, Option } from 'commander';
import type { CommandModule } from '../command.ts';
import { addPlatformOption, addRegistryOptions } from '../options/registry.ts';

/** `assay pull REFERENCE`, as `oras pull`. */
export const command: CommandModule = {
  // How long it takes is the size of what is moved; what does not answer ends each request by itself.
  timeoutMs: 0,
  configure(command) {
    command.addArgument(new Argument('REFERENCE', 'the artifact'));
    command.addOption(new Option('--dir <folder>', 'where the files go; default: here'));
    command.addOption(new Option('-f, --force', 'replace files that are there'));
    addPlatformOption(command);
    addRegistryOptions(command);
    command.addHelpText(
      'after',
      `
Nothing is verified here but that the content is what the digest says. Names that lead out of the folder are refused, and nothing is written then.

Exit codes: 0 pulled, 1 the image is not there, 2 misuse, 3 something could not be read or written, 4 internal error.

Examples:
  assay pull --dir reports registry.example/reports:v1`,
    );
  },
  async execute(call) {
    const { pullFiles } = await import('../copy/pull.ts');
    return pullFiles(call);
  },
};
