/** An image with much evidence, copied to another registry: one on this machine, and one as far away as most are. */
import { join } from 'node:path';
import { newKey, pushImage } from '../../src/testing/authority/index.ts';
import { startRegistry } from '../../src/testing/registry/index.ts';
import { type BenchContext, type Measurement, median, type Row, rounded } from '../row.ts';
import { type Lab, withLab } from './lab.ts';
import { LATENCY_MS, label, slow } from './requests.ts';
import { attachSignature } from './signed.ts';

const PIECES = 200;
const RUNS = 3;

interface Case {
  readonly name: string;
  readonly where: string;
  readonly far: boolean;
}

const CASES: readonly Case[] = [
  { name: 'copy-evidence', where: 'between two registries on this machine', far: false },
  { name: 'copy-evidence-far', where: `between two registries that answer after ${LATENCY_MS} ms`, far: true },
];

/** `copy-evidence` and `copy-evidence-far`. */
export const copyEvidence: Measurement = {
  rows: CASES.map((c) => c.name),
  async measure(context) {
    const rows: Row[] = [];
    for (const c of CASES) rows.push(await withLab((lab) => measure(lab, c, context)));
    return rows;
  },
};

async function measure(lab: Lab, { name: row, where, far }: Case, { root, peer, say }: BenchContext): Promise<Row> {
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
  if (far) for (const registry of [lab.registry, target]) slow(registry);
  try {
    for (let i = 0; i < RUNS; i++)
      for (const name of ['ours', 'oras'] as const) {
        say(`${row}: ${name}, run ${i + 1} of ${RUNS}`);
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
  return {
    name: row,
    work: `an image with ${PIECES} signatures as referrers, copied ${where}; whole process`,
    ours: rounded(ours),
    peer: rounded(theirs),
    peerName: `${label(oras)} copy -r`,
    unit: 'ms',
    ratio: rounded(ours / theirs),
    // Ours also ask for the fallback tag and cosign's three tags of every piece: evidence about evidence may be there.
    target: 'no longer than the peer, with at most 1.5 × its requests',
    met: ours <= theirs && asked.ours <= 1.5 * asked.oras,
    details: { requests: asked.ours, peerRequests: asked.oras, pieces: PIECES },
  };
}
