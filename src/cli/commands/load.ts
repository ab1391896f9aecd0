import { Argument, Option } from 'commander';
import { AssayError } from '../../errors.ts';
import { formatReference, parseReference } from '../../oci/reference.ts';
import type { CommandModule } from '../command.ts';
import { addCopyOptions } from '../copy/options.ts';
import { addPlatformOption } from '../options/registry.ts';

/** `assay load --dir FOLDER IMAGE`, as `cosign load`, with referrers. */
export const command: CommandModule = {
  // How long it takes is the size of what is moved; what does not answer ends each request by itself.
  timeoutMs: 0,
  configure(command) {
    command.addArgument(new Argument('IMAGE', 'the name that it gets'));
    command.addOption(new Option('--dir <folder>', 'the folder of the layout, which holds one image').makeOptionMandatory());
    command.addOption(new Option('-f, --force', 'point the tag at the image even when it means something else; replace SBOMs'));
    addPlatformOption(command, 'load only the image of this platform, and its evidence');
    addCopyOptions(command);
    command.addHelpText(
      'after',
      `
Exit codes: 0 loaded, 1 the image is not there, 2 misuse, 3 something could not be read or written, 4 internal error.

Examples:
  assay load --dir app mirror.example/app:v1`,
    );
  },
  async execute(call) {
    const { args, options } = call;
    const path = options.text('dir') ?? '';
    if (path === '') throw new AssayError('usage-invalid', '--dir is empty');
    // A name that ends so is a path, whatever colons are in it.
    const from = formatReference({ kind: 'layout', path: path.endsWith('/') ? path : `${path}/`, tag: undefined, digest: undefined });
    const to = parseReference(args[0] ?? '');
    const { runCopy, printCopied } = await import('../copy/run.ts');
    return printCopied(call, await runCopy(call, { from, to, force: options.flag('force') }));
  },
};
