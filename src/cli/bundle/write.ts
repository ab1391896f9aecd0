import { type Bytes, utf8Decode } from '../../bytes/index.ts';
import { parseJson } from '../../codec/json.ts';
import type { Call } from '../command.ts';
import { writeOutput } from '../sign/outputs.ts';

/** Writes a bundle to `--out`, else to stdout: `assay/bundle/v1`. `from`: what it was made of, for the JSON. */
export async function writeBundle(bytes: Bytes, from: string, call: Call): Promise<void> {
  const { options, out } = call;
  const file = options.text('out');
  if (file !== undefined) await writeOutput(file, bytes, call);
  if (out.format === 'text') {
    if (file === undefined) out.print(`${utf8Decode(bytes)}\n`);
    return;
  }
  const bundle = parseJson(utf8Decode(bytes), 'bundle');
  await out.result({
    schema: 'assay/bundle/v1',
    outcome: 'made',
    from,
    ...(file === undefined ? {} : { file }),
    bundle,
    warnings: out.warnings,
    errors: [],
  });
}
