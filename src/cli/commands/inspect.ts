import { Argument, Option } from 'commander';
import { AssayError } from '../../errors.ts';
import type { Call, CommandModule } from '../command.ts';
import { DONE, exitCodeOf, exitCodeOfAll } from '../exit-codes.ts';
import { openImage } from '../image.ts';
import type { Inspection } from '../inspect/read.ts';
import { addPlatformOption, addRegistryOptions } from '../options/registry.ts';
import { printError } from '../output/errors.ts';
import { printable } from '../text/printable.ts';

/** `assay inspect IMAGE`. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('IMAGE', 'the image'));
    command.addOption(new Option('--layer <layer>', 'only this layer: its number, from 1, or its digest'));
    command.addOption(new Option('--files', "list the layer's entries without extracting anything"));
    addPlatformOption(command);
    addRegistryOptions(command);
    command.addHelpText(
      'after',
      '\nNothing is verified here.\n\nExamples:\n  assay inspect registry.example/app:v1\n  assay inspect --platform linux/arm64 --layer 1 --files registry.example/app:v1\n  assay inspect --output json oci:layout | jq .images[0].labels',
    );
  },
  async execute(call) {
    const { args, options, out, io, signal } = call;
    if (options.flag('files') && options.text('layer') === undefined)
      throw new AssayError('usage-invalid', '--files needs --layer', { hint: '--layer 1 is the first' });
    const image = await openImage(args[0] ?? '', options, { io, out, signal });
    const { inspect } = await import('../inspect/read.ts');
    const inspection = await inspect(image, signal);
    const layer = options.text('layer');
    if (layer !== undefined) return inspectLayer(inspection, layer, call);
    if (out.format === 'text') {
      const { inspectText } = await import('../inspect/text.ts');
      out.print(inspectText(inspection, out.style, out.verbose));
    } else {
      const { inspectJson } = await import('../inspect/json.ts');
      await out.result(inspectJson(inspection, out.warnings));
    }
    const errors = inspection.parts.flatMap((p) => (p.error === undefined ? [] : [p.error]));
    for (const error of errors) printError(io.stderr, error, options.flag('debug'));
    return exitCodeOfAll(errors.map(exitCodeOf));
  },
};

async function inspectLayer({ image, parts }: Inspection, wanted: string, { options, out, signal }: Call): Promise<number> {
  const [part] = parts;
  if (part === undefined || parts.length > 1)
    throw new AssayError('usage-invalid', `--layer needs one image, ${image.text} has ${parts.length}`, {
      hint: 'choose one with --platform',
    });
  if (part.error !== undefined && part.layers.length === 0) throw part.error;
  const { chooseLayer, listFiles } = await import('../inspect/files.ts');
  const layer = chooseLayer(part, wanted);
  const head = { schema: 'assay/inspect/v1', reference: image.text, digest: image.digest, platform: image.platform };
  if (options.flag('files')) {
    const listed = await listFiles(image.store, layer, out, signal);
    if (out.format !== 'text') await out.result({ ...head, layer: listed, warnings: out.warnings, errors: [] });
  } else if (out.format === 'text') {
    out.print(`${layer.digest}   ${layer.size}   ${printable(layer.mediaType)}\n`);
  } else {
    await out.result({
      ...head,
      layer: { digest: layer.digest, mediaType: layer.mediaType, size: layer.size },
      warnings: out.warnings,
      errors: [],
    });
  }
  return DONE;
}
