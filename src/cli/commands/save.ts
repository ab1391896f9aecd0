import { Argument, Option } from 'commander';
import type { CommandModule } from '../command.ts';
import { addCopyOptions } from '../copy/options.ts';
import { addPlatformOption } from '../options/registry.ts';

/** `assay save IMAGE --dir FOLDER`, as `cosign save`, with referrers. */
export const command: CommandModule = {
  // How long it takes is the size of what is moved; what does not answer ends each request by itself.
  timeoutMs: 0,
  configure(command) {
    command.addArgument(new Argument('IMAGE', 'the image'));
    command.addOption(new Option('--dir <folder>', 'the folder of the layout').makeOptionMandatory());
    addPlatformOption(command, 'save only the image of this platform, and its evidence');
    addCopyOptions(command);
    command.addHelpText(
      'after',
      `
The folder is an OCI layout that holds one image with all its evidence, as cosign's save and load mean it. For several images in one
layout, see assay copy.

Exit codes: 0 saved, 1 the image is not there, 2 misuse, 3 something could not be read or written, 4 internal error.

Examples:
  assay save --dir app registry.example/app:v1
  assay verify --key cosign.pub oci:app
  assay load --dir app mirror.example/app:v1`,
    );
  },
  async execute(call) {
    const { saveImage } = await import('../copy/save.ts');
    return saveImage(call);
  },
};
