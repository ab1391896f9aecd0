import { Argument, Option } from 'commander';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { CommandModule } from '../command.ts';
import { DONE, UNKNOWN } from '../exit-codes.ts';
import { openImage } from '../image.ts';
import { addOci11Option } from '../options/noted.ts';
import { addPlatformOption, addRegistryOptions } from '../options/registry.ts';

/** `assay tree IMAGE`. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('IMAGE', 'the image'));
    command.addOption(new Option('--depth <levels>', 'levels of what is attached to what is attached').argParser(parseDepth));
    addOci11Option(command);
    addPlatformOption(command);
    addRegistryOptions(command);
    command.addHelpText(
      'after',
      '\nNothing is verified here. A place that did not answer is marked ?? and the exit code is 3.\n\nExamples:\n  assay tree registry.example/app:v1\n  assay tree --output json oci:layout | jq .referrers\n  assay tree --platform linux/arm64 registry.example/app:v1',
    );
  },
  async execute({ args, options, out, io, signal }) {
    const image = await openImage(args[0] ?? '', options, { io, out, signal });
    const { readTree } = await import('../tree/read.ts');
    const depth = options.number('depth');
    const tree = await readTree(image, {
      signal,
      depth: depth ?? LIMITS.treeDepth,
      depthAsked: depth !== undefined,
      signers: true,
      seen: { count: 0 },
    });
    if (out.format === 'text') {
      const { treeText } = await import('../tree/text.ts');
      out.print(treeText(tree, out.style, out.verbose));
    } else {
      const { treeJson } = await import('../tree/json.ts');
      await out.result(treeJson(tree, out.warnings));
    }
    if (tree.errors.length === 0) return DONE;
    io.stderr.write(
      `${tree.errors.length === 1 ? '1 question was' : `${tree.errors.length} questions were`} not answered: what is listed may not be all\n`,
    );
    return UNKNOWN;
  },
};

function parseDepth(text: string): number {
  const depth = Number(text);
  if (Number.isInteger(depth) && depth >= 1 && depth <= LIMITS.treeDepth) return depth;
  throw new AssayError('usage-invalid', `--depth is a number from 1 to ${LIMITS.treeDepth}`);
}
