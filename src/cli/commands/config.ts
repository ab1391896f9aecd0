import { Argument } from 'commander';
import { utf8Decode } from '../../bytes/index.ts';
import { parseJson } from '../../codec/json.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { CommandModule } from '../command.ts';
import { DEFAULT_PLATFORM, openImage } from '../image.ts';
import { addPlatformOption, addRegistryOptions } from '../options/registry.ts';

/** `assay config IMAGE`, as `crane config`: of an index the image for linux/amd64 unless `--platform` says otherwise. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('IMAGE', 'the image'));
    addPlatformOption(command, `the image of this platform in an index (default: "${DEFAULT_PLATFORM}")`);
    addRegistryOptions(command);
    command.addHelpText('after', '\nExamples:\n  assay config registry.example/app:v1 | jq .config.Env');
  },
  async execute({ args, options, out, io, signal }) {
    const image = await openImage(args[0] ?? '', options, { io, out, signal, platformOfIndex: DEFAULT_PLATFORM });
    const config = image.manifest.kind === 'manifest' ? image.manifest.config : undefined;
    if (config === undefined) throw new AssayError('not-found', `${image.text} has no configuration`);
    const bytes = await image.store.read(config, { signal, maxBytes: LIMITS.configBytes });
    if (out.format === 'text') {
      out.print(bytes);
      return 0;
    }
    const facts = {
      reference: image.text,
      digest: config.digest,
      mediaType: config.mediaType,
      size: bytes.length,
      platform: image.platform,
    };
    await out.result({
      schema: 'assay/config/v1',
      ...facts,
      config: parseJson(utf8Decode(bytes, 'configuration'), 'configuration'),
      warnings: out.warnings,
      errors: [],
    });
    return 0;
  },
};
