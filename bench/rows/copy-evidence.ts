/** An image with much evidence, copied to another registry. */
import { join } from 'node:path';
import { newKey, pushImage } from '../../src/testing/authority/index.ts';
import { startRegistry } from '../../src/testing/registry/index.ts';
import { type BenchContext, type Measurement, median, type Row, rounded } from '../row.ts';
import { type Lab, withLab } from './lab.ts';
import { label } from './requests.ts';
import { attachSignature } from './signed.ts';

const PIECES = 200;
const RUNS = 3;

/** `copy-evidence`. */
export const copyEvidence: Measurement = { rows: ['copy-evidence'], measure: (context) => withLab((lab) => measure(lab, context)) };

async function measure(lab: Lab, { root, peer, say }: BenchContext): Promise<readonly Row[]> {
  const oras = peer('oras', '1');
  const image = pushImage(lab.sink, 'app', { tag: 'v1' });
  const key = newKey('p256');
  for (let i = 0; i < PIECES; i++) attachSignature(lab, image, key);
  const from = `${lab.repository}:v1`;
  const copy = {
    ours: (to: string) => lab.run(process.execPath, [join(root, 'bin/assay.js'), 'copy', from, to], { cold: true }),
    oras: (to: string) => lab.run(oras.path, ['copy', '--recursive', '--from-plain-http', '--to-plain-http', from, to], { cold: true }),
  };
  const spent = { ours: [] as number[], oras: [] as number[] };
  const asked = { ours: 0, oras: 0 };
  const target = await startRegistry();
  try {
    for (let i = 0; i < RUNS; i++)
      for (const name of ['ours', 'oras'] as const) {
        say(`copy-evidence: ${name}, run ${i + 1} of ${RUNS}`);
        const repository = `copied/${name}-${i}`;
        const began = [lab.registry.log.length, target.log.length] as const;
        spent[name].push((await copy[name](`${target.host}/${repository}:v1`)).milliseconds);
        asked[name] = lab.registry.log.length - began[0] + target.log.length - began[1];
        const there = target.content.repository(repository).manifests.size;
        if (there < PIECES + 1) throw new Error(`${name} copied ${there} manifests of ${PIECES + 1}`);
      }
  } finally {
    await target.close();
  }
  const [ours, theirs] = [median(spent.ours), median(spent.oras)];
  return [
    {
      name: 'copy-evidence',
      work: `an image with ${PIECES} signatures as referrers, copied between two registries on this machine; whole process`,
      ours: rounded(ours),
      peer: rounded(theirs),
      peerName: `${label(oras)} copy -r`,
      unit: 'ms',
      ratio: rounded(ours / theirs),
      // Ours also ask for the fallback tag and cosign's three tags of every piece: evidence about evidence may be there.
      target: 'no longer than the peer, with at most 1.5 × its requests',
      met: ours <= theirs && asked.ours <= 1.5 * asked.oras,
      details: { requests: asked.ours, peerRequests: asked.oras, pieces: PIECES },
    },
  ];
}
