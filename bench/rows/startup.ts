/** A whole `assay verify` of one image, from start to exit. */
import { join } from 'node:path';
import { type BenchContext, type Measurement, median, type Row, rounded } from '../row.ts';
import { type Lab, withLab } from './lab.ts';
import { label } from './requests.ts';
import { signedByKey } from './signed.ts';

const RUNS = 21;
/** Milliseconds that may be added to what Node itself takes. */
const ABOVE_NODE_MS = 40;

/** `startup`. */
export const startup: Measurement = { rows: ['startup'], measure: (context) => withLab((lab) => measure(lab, context)) };

async function measure(lab: Lab, { root, peer, say }: BenchContext): Promise<readonly Row[]> {
  const cosign = peer('cosign', '3');
  say(`startup: ${RUNS} runs each of node -e 0, assay and cosign ${cosign.version}`);
  const { key, images } = signedByKey(lab, 1);
  const [image = ''] = images;
  const contenders = {
    node: () => lab.run(process.execPath, ['-e', '0']),
    ours: () => lab.run(process.execPath, [join(root, 'bin/assay.js'), 'verify', '--key', key, '--insecure-ignore-tlog', image]),
    cosign: () => lab.run(cosign.path, ['verify', '--key', key, '--insecure-ignore-tlog=true', '--allow-http-registry', image]),
  };
  const times: Record<keyof typeof contenders, number[]> = { node: [], ours: [], cosign: [] };
  for (const run of Object.values(contenders)) await run();
  for (let i = 0; i < RUNS; i++)
    for (const name of ['node', 'ours', 'cosign'] as const) times[name].push((await contenders[name]()).milliseconds);
  const [node, ours, theirs] = [median(times.node), median(times.ours), median(times.cosign)];
  return [
    {
      name: 'startup',
      work: 'whole process: `assay verify` of one image by key, from a registry on this machine; median of interleaved runs',
      ours: rounded(ours),
      peer: rounded(theirs),
      peerName: label(cosign),
      unit: 'ms',
      ratio: rounded(ours / theirs),
      target: `at most ${ABOVE_NODE_MS} ms above node -e 0, and under 2 × the peer`,
      met: ours - node <= ABOVE_NODE_MS && ours < 2 * theirs,
      details: {
        node: rounded(node),
        aboveNode: rounded(ours - node),
        // The least disturbed run of each: on a busy machine medians say more about its other work.
        fastest: `node ${rounded(Math.min(...times.node))} ms, ours ${rounded(Math.min(...times.ours))} ms, peer ${rounded(Math.min(...times.cosign))} ms`,
        runs: RUNS,
      },
    },
  ];
}
