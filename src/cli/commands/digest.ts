import { Argument, Option } from 'commander';
import type { CommandModule } from '../command.ts';
import { openImage } from '../image.ts';
import { addPlatformOption, addRegistryOptions } from '../options/registry.ts';
import { craneRepository } from '../options/repository.ts';

/** `assay digest IMAGE`, as `crane digest`. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('IMAGE', 'the image'));
    command.addOption(new Option('--full-ref', 'print the whole reference by digest'));
    addPlatformOption(command);
    addRegistryOptions(command);
    command.addHelpText(
      'after',
      '\nExamples:\n  assay digest registry.example/app:v1\n  assay digest --platform linux/arm64 --full-ref registry.example/app:v1',
    );
  },
  async execute({ args, options, out, io, signal }) {
    const image = await openImage(args[0] ?? '', options, { io, out, signal });
    if (out.format === 'text') {
      out.print(`${options.flag('full-ref') ? `${craneRepository(image.repository)}@` : ''}${image.digest}\n`);
      return 0;
    }
    await out.result({
      schema: 'assay/digest/v1',
      reference: image.text,
      digest: image.digest,
      mediaType: image.manifest.mediaType,
      size: image.stored.bytes.length,
      platform: image.platform,
      warnings: out.warnings,
      errors: [],
    });
    return 0;
  },
};
