/** Many images in one run, against a loop over cosign. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BenchContext, type Measurement, median, type Row, rounded } from '../row.ts';
import { type Lab, withLab } from './lab.ts';
import { label } from './requests.ts';
import { signedByKey } from './signed.ts';

const IMAGES = 200;
/** The images in parts: assay has each part as a list, cosign then the same images one by one, so that both meet the same disturbances. */
const PARTS = 4;

/** `many-images`. */
export const manyImages: Measurement = { rows: ['many-images'], measure: (context) => withLab((lab) => measure(lab, context)) };

async function measure(lab: Lab, { root, peer, say }: BenchContext): Promise<readonly Row[]> {
  const cosign = peer('cosign', '3');
  const { key, images } = signedByKey(lab, IMAGES);
  const list = lab.write('images.txt', `${images.join('\n')}\n`);
  const ours = (env: NodeJS.ProcessEnv = {}) =>
    lab.run(process.execPath, [join(root, 'bin/assay.js'), 'verify', '--key', key, '--insecure-ignore-tlog', '--images', list], {
      cold: true,
      env,
    });
  const spent = { ours: [] as number[], cosign: 0 };
  for (let part = 0; part < PARTS; part++) {
    say(`many-images: ${IMAGES} images, part ${part + 1} of ${PARTS}`);
    spent.ours.push((await ours()).milliseconds);
    for (const image of images.slice((part * IMAGES) / PARTS, ((part + 1) * IMAGES) / PARTS)) {
      const argv = ['verify', '--key', key, '--insecure-ignore-tlog=true', '--allow-http-registry', image];
      spent.cosign += (await lab.run(cosign.path, argv)).milliseconds;
    }
  }
  const peak = await peakMemory(lab, ours);
  const perSecond = { ours: IMAGES / (median(spent.ours) / 1000), cosign: IMAGES / (spent.cosign / 1000) };
  const ratio = rounded(perSecond.ours / perSecond.cosign);
  return [
    {
      name: 'many-images',
      work: `${IMAGES} images signed by key in a registry on this machine: one \`assay verify --images\` against a loop over cosign`,
      ours: rounded(perSecond.ours),
      peer: rounded(perSecond.cosign),
      peerName: `loop over ${label(cosign)}`,
      unit: 'images/s',
      ratio,
      target: 'at least 10 × the peer, bounded memory',
      met: ratio >= 10,
      details: { peakMemoryMiB: peak, seconds: rounded(median(spent.ours) / 1000), peerSeconds: rounded(spent.cosign / 1000) },
    },
  ];
}

/** In a run of its own, in which Node writes down its highest resident memory when it exits. */
async function peakMemory(lab: Lab, ours: (env: NodeJS.ProcessEnv) => Promise<unknown>): Promise<number> {
  const file = join(lab.folder, 'peak');
  const code = `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(file)}, String(process.resourceUsage().maxRSS)));`;
  const hook = lab.write('peak.cjs', code);
  await ours({ NODE_OPTIONS: `--require=${JSON.stringify(hook)}` });
  return Math.round(Number(readFileSync(file, 'utf8')) / 1024);
}
