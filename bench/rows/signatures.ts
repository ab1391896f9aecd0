/** Signatures a second, with a key, of many images in one run. */
import { join } from 'node:path';
import { KEY_ALGORITHMS, localSigner, privateKeyOf } from '../../src/crypto/index.ts';
import { descriptorOf } from '../../src/oci/descriptor.ts';
import { createMemoryStore } from '../../src/oci/memory/index.ts';
import { bundleFormat, openSession, signImage } from '../../src/sign/index.ts';
import { newKey, pushImage } from '../../src/testing/authority/index.ts';
import { createPairCache } from '../../src/trust/index.ts';
import { type BenchContext, type Measurement, median, type Row, rounded } from '../row.ts';
import { keyPair, SIGN } from './key-pair.ts';
import { type Lab, withLab } from './lab.ts';
import { label } from './requests.ts';

const IMAGES = 40;
/** Each part has images of its own, which both sign. */
const PARTS = 3;
const ROWS = [
  { name: 'signatures', referrers: true, where: 'a registry with the referrers API' },
  { name: 'signatures-fallback', referrers: false, where: 'a registry without the referrers API' },
] as const;

/** `signatures` and `signatures-fallback`. */
export const signatures: Measurement = { rows: ROWS.map((r) => r.name), measure: (context) => withLab((lab) => measure(lab, context)) };

async function measure(lab: Lab, { root, peer, say }: BenchContext): Promise<readonly Row[]> {
  const cosign = peer('cosign', '3');
  const { key, env } = await keyPair(lab, cosign);
  const ours = [join(root, 'bin/assay.js'), ...SIGN.ours(key)];
  const alone = await librarySignatures();
  const rows: Row[] = [];
  for (const { name, referrers, where } of ROWS) {
    lab.registry.behaviour.referrers = referrers;
    const spent = { ours: [] as number[], cosign: [] as number[] };
    for (let part = 0; part < PARTS; part++) {
      say(`${name}: ${IMAGES} images, part ${part + 1} of ${PARTS}`);
      spent.ours.push((await lab.run(process.execPath, [...ours, ...images(lab, `${name}-ours-${part}`)], { env })).milliseconds);
      const argv = [...SIGN.cosign3(key), ...images(lab, `${name}-cosign-${part}`)];
      spent.cosign.push((await lab.run(cosign.path, argv, { env })).milliseconds);
    }
    const [mine, theirs] = [perSecond(spent.ours), perSecond(spent.cosign)];
    const ratio = rounded(mine / theirs);
    rows.push({
      name,
      work: `${IMAGES} images in ${where} on this machine, signed with an encrypted key in one run: one \`assay sign\` against one \`cosign sign\`; ours verify before they write, and read back`,
      ours: rounded(mine),
      peer: rounded(theirs),
      peerName: label(cosign),
      unit: 'signatures/s',
      ratio,
      target: 'at least as many as the peer',
      met: ratio >= 1,
      details: {
        seconds: rounded(median(spent.ours) / 1000),
        peerSeconds: rounded(median(spent.cosign) / 1000),
        libraryInMemory: `${rounded(alone)} signatures/s and core, verified and stored, with no network`,
      },
    });
  }
  return rows;
}

function images({ sink, repository }: Lab, name: string): readonly string[] {
  return Array.from({ length: IMAGES }, (_, i) => {
    const tag = `${name}-${i}`;
    pushImage(sink, tag, { tag });
    return `${repository}:${tag}`;
  });
}

function perSecond(milliseconds: readonly number[]): number {
  return IMAGES / (median(milliseconds) / 1000);
}

/** `signImage` in a store in memory, warm, on one core. */
async function librarySignatures(): Promise<number> {
  const key = privateKeyOf(newKey('p256').privateKey);
  const services = { certificates: undefined, logs: [], timestamps: [] };
  const session = openSession({ kind: 'key', signer: localSigner(key, 'bench') }, services, () => new Date(), KEY_ALGORITHMS[0]);
  const trust = { logs: [], ctLogs: [], certificateAuthorities: [], timestampAuthorities: [], pairs: createPairCache() };
  let images = 0;
  const one = async (): Promise<void> => {
    const store = createMemoryStore();
    const { bytes, digest, size, mediaType } = pushImage(store, `image ${images++}`);
    await signImage({
      image: { descriptor: descriptorOf(mediaType, digest, size), bytes },
      repository: 'registry.example/app',
      format: bundleFormat({
        claims: { kind: 'signature', annotations: new Map(), identities: [] },
        session,
        services,
        created: new Date(0),
      }),
      wanted: { kind: 'signature' },
      store,
      stores: [store],
      expectations: {
        authorities: [{ kind: 'key', name: 'bench', key: key.publicKey }],
        trust,
        demands: { unsafeSkipTransparencyLog: true },
      },
      now: () => new Date(),
    });
  };
  for (let i = 0; i < 100; i++) await one();
  const counts = 500;
  const before = process.cpuUsage();
  for (let i = 0; i < counts; i++) await one();
  const { user, system } = process.cpuUsage(before);
  return counts / ((user + system) / 1e6);
}
