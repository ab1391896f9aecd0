import { parseTrustedRoot, type TrustMaterial } from '../../trust/index.ts';
import type { Call } from '../command.ts';
import { DONE } from '../exit-codes.ts';
import { readInput } from '../verify/files.ts';
import { bundleFacts } from './facts.ts';
import { factsText } from './facts-text.ts';
import { evidenceFile } from './read.ts';

/** `assay bundle inspect`: what a bundle says, unverified. Throws what reading and decoding throws. */
export async function inspectBundle(call: Call): Promise<number> {
  const { args, io, out } = call;
  const [name = ''] = args;
  const file = evidenceFile(await readInput(name, 'bundle', io), name);
  const facts = bundleFacts(file, await rootAtHand(call));
  if (out.format === 'text') out.print(factsText(name, facts, { verbose: out.verbose, dot: out.style.dot }));
  else await out.result({ schema: 'assay/bundle-inspect/v1', unverified: true, file: name, ...facts, warnings: out.warnings, errors: [] });
  return DONE;
}

// Only names of logs come from it: as cached or embedded, whatever its age.
async function rootAtHand({ io, signal }: Call): Promise<Pick<TrustMaterial, 'logs'>> {
  try {
    const { publicGoodRoot } = await import('../../trust/tuf/index.ts');
    const source = await publicGoodRoot({ env: io.env, home: io.home, offline: true, now: io.now().getTime(), signal });
    return parseTrustedRoot(source.json);
  } catch {
    return { logs: [] };
  }
}
