import { Argument } from 'commander';
import { utf8Decode } from '../../bytes/index.ts';
import { parseJson } from '../../codec/json.ts';
import type { CommandModule } from '../command.ts';
import { openImage } from '../image.ts';
import { addPlatformOption, addRegistryOptions } from '../options/registry.ts';

/** `assay manifest IMAGE`, as `crane manifest`. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('IMAGE', 'the image'));
    addPlatformOption(command);
    addRegistryOptions(command);
    command.addHelpText(
      'after',
      '\nExamples:\n  assay manifest registry.example/app:v1 | jq .\n  assay manifest --platform linux/arm64 oci:layout',
    );
  },
  async execute({ args, options, out, io, signal }) {
    const image = await openImage(args[0] ?? '', options, { io, out, signal });
    const { bytes } = image.stored;
    if (out.format === 'text') {
      out.print(bytes);
      return 0;
    }
    const facts = {
      reference: image.text,
      digest: image.digest,
      mediaType: image.manifest.mediaType,
      size: bytes.length,
      platform: image.platform,
    };
    await out.result({
      schema: 'assay/manifest/v1',
      ...facts,
      manifest: parseJson(utf8Decode(bytes, 'manifest'), 'manifest'),
      warnings: out.warnings,
      errors: [],
    });
    return 0;
  },
};
