import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createVirtualSigstore,
  DAY,
  type EvidenceSigner,
  type LeafOptions,
  type ProofOptions,
  pushImage,
  pushLayers,
  registrySink,
  type San,
  sharedKey,
  signatureLayer,
  simpleSigningPayload,
} from '../../src/testing/index.ts';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { ask } from './lab/ask.ts';
import { skopeo } from './lab/gpg.ts';
import { openWorkshop, type Workshop } from './lab/workshop.ts';
import { findPeer, lacksPeers } from './peers.ts';

// Its time is the machine's: skopeo knows no other.
const lab = createVirtualSigstore({ name: 'lab', now: new Date() });
const stranger = createVirtualSigstore({ name: 'stranger', now: new Date() });
const KEY = sharedKey('p256', 'skopeo');
const OTHER = sharedKey('p256', 'skopeo other');
const USED = new Date(lab.now.getTime() - 2 * DAY + 60_000);

interface Row {
  readonly says: string;
  readonly requirement: (file: (name: string) => string) => object;
  readonly signer: () => EvidenceSigner;
  readonly proof?: ProofOptions;
  /** What follows the repository in the signed reference, or the whole of it. Default `:v1`. */
  readonly end?: string;
  readonly payload?: { readonly type?: string; readonly optional?: null; readonly more?: { readonly [name: string]: number } };
  readonly digest?: string;
  readonly allowed: boolean;
  readonly outcome?: string;
  /** Where Assay says no to what skopeo takes: with this outcome. */
  readonly stricter?: string;
}

const byKey =
  (key = KEY) =>
  (): EvidenceSigner => ({ kind: 'key', key });
function byLeaf(leaf: LeafOptions = {}, by = lab): () => EvidenceSigner {
  const sans: readonly San[] = [{ email: 'release@acme.example' }];
  return () => ({ kind: 'certificate', certificate: by.issue({ sans, issuer: 'https://accounts.example', ...leaf }), chain: by.ca.chain });
}

const LOGGED = { logs: [{ at: USED }] };
const NO_LOG = { logs: [] };
const keyed =
  (more: object = {}): Row['requirement'] =>
  (file) => ({ type: 'sigstoreSigned', keyPath: file('key.pub'), ...more });
const logged =
  (rekor = 'rekor.pub'): Row['requirement'] =>
  (file) => ({ ...keyed()(file), rekorPublicKeyPath: file(rekor) });
const fulcio =
  (more: object = {}, ca = 'root.pem', rekor = 'rekor.pub'): Row['requirement'] =>
  (file) => ({
    type: 'sigstoreSigned',
    fulcio: { caPath: file(ca), oidcIssuer: 'https://accounts.example', subjectEmail: 'release@acme.example', ...more },
    rekorPublicKeyPath: file(rekor),
  });
const pki =
  (more: object, ca = 'root.pem'): Row['requirement'] =>
  (file) => ({ type: 'sigstoreSigned', pki: { caRootsPath: file(ca), ...more } });
const EMAIL = { subjectEmail: 'release@acme.example' };
const HOST = { subjectHostname: 'build.acme.example' };
const LONG = { lifetime: 30 * DAY, issuer: null, scts: null } as const;

const ROWS: readonly Row[] = [
  { says: 'a key', requirement: keyed(), signer: byKey(), proof: NO_LOG, allowed: true },
  { says: 'another key', requirement: keyed(), signer: byKey(OTHER), proof: NO_LOG, allowed: false, outcome: 'untrusted' },
  { says: 'a key, for another tag', requirement: keyed(), signer: byKey(), proof: NO_LOG, end: ':v2', allowed: false, outcome: 'denied' },
  { says: 'a key, without tag', requirement: keyed(), signer: byKey(), proof: NO_LOG, end: '', allowed: false, outcome: 'denied' },
  {
    says: 'a key, without tag, where the repository counts',
    requirement: keyed({ signedIdentity: { type: 'matchRepository' } }),
    signer: byKey(),
    proof: NO_LOG,
    end: '',
    allowed: true,
  },
  {
    says: 'a key, for another image',
    requirement: keyed(),
    signer: byKey(),
    proof: NO_LOG,
    digest: `sha256:${'0'.repeat(64)}`,
    allowed: false,
    outcome: 'invalid',
  },
  {
    says: 'a key, another type',
    requirement: keyed(),
    signer: byKey(),
    proof: NO_LOG,
    payload: { type: 'atomic container signature' },
    allowed: false,
    outcome: 'invalid',
  },
  {
    says: 'a key, an unknown member',
    requirement: keyed(),
    signer: byKey(),
    proof: NO_LOG,
    payload: { more: { extra: 1 } },
    allowed: false,
  },
  { says: 'a key and a log', requirement: logged(), signer: byKey(), proof: LOGGED, allowed: true },
  { says: 'a key and no log', requirement: logged(), signer: byKey(), proof: NO_LOG, allowed: false, outcome: 'untrusted' },
  {
    says: 'a key and another log',
    requirement: logged('strange-rekor.pub'),
    signer: byKey(),
    proof: LOGGED,
    allowed: false,
    outcome: 'untrusted',
  },
  {
    says: 'a key and an entry about another signature',
    requirement: logged(),
    signer: byKey(),
    proof: { logs: [{ at: USED, entered: { signature: Buffer.from('another') } }] },
    allowed: false,
    outcome: 'invalid',
  },
  {
    says: 'a key and a promise that does not hold',
    requirement: logged(),
    signer: byKey(),
    proof: { logs: [{ at: USED, edit: (e) => Object.assign(e, { integratedTime: '1' }) }] },
    allowed: false,
    outcome: 'invalid',
  },
  { says: 'Fulcio', requirement: fulcio(), signer: byLeaf(), proof: LOGGED, allowed: true },
  { says: 'Fulcio without SCT', requirement: fulcio(), signer: byLeaf({ scts: null }), proof: LOGGED, allowed: true },
  {
    says: 'Fulcio, another email',
    requirement: fulcio({ subjectEmail: 'x@acme.example' }),
    signer: byLeaf(),
    proof: LOGGED,
    allowed: false,
    outcome: 'untrusted',
  },
  {
    says: 'Fulcio, the email as an address',
    requirement: fulcio(),
    signer: byLeaf({ sans: [{ uri: 'mailto:release@acme.example' }] }),
    proof: LOGGED,
    allowed: false,
    outcome: 'untrusted',
  },
  {
    says: 'Fulcio, one of two emails',
    requirement: fulcio(),
    signer: byLeaf({ sans: [{ email: 'x@acme.example' }, { email: 'release@acme.example' }] }),
    proof: LOGGED,
    allowed: true,
  },
  {
    says: 'Fulcio, another issuer',
    requirement: fulcio({ oidcIssuer: 'https://accounts.example/' }),
    signer: byLeaf(),
    proof: LOGGED,
    allowed: false,
    outcome: 'untrusted',
  },
  {
    says: 'another CA',
    requirement: fulcio({}, 'strange-root.pem'),
    signer: byLeaf(),
    proof: LOGGED,
    allowed: false,
    outcome: 'untrusted',
  },
  { says: "a stranger's Fulcio", requirement: fulcio(), signer: byLeaf({}, stranger), proof: LOGGED, allowed: false, outcome: 'untrusted' },
  {
    says: 'Fulcio, logged too late',
    requirement: fulcio(),
    signer: byLeaf(),
    proof: { logs: [{ at: lab.now }] },
    allowed: false,
    outcome: 'expired',
  },
  {
    says: 'Fulcio, another log',
    requirement: fulcio({}, 'root.pem', 'strange-rekor.pub'),
    signer: byLeaf(),
    proof: LOGGED,
    allowed: false,
    outcome: 'untrusted',
  },
  { says: 'Fulcio, no log', requirement: fulcio(), signer: byLeaf(), proof: NO_LOG, allowed: false, outcome: 'untrusted' },
  {
    says: 'Fulcio, not for signing code',
    requirement: fulcio(),
    signer: byLeaf({ extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'] }),
    proof: LOGGED,
    allowed: false,
    outcome: 'invalid',
  },
  {
    says: 'Fulcio, for nothing in particular',
    requirement: fulcio(),
    signer: byLeaf({ extendedKeyUsage: null }),
    proof: LOGGED,
    allowed: true,
    stricter: 'invalid',
  },
  { says: 'a certificate', requirement: pki(EMAIL), signer: byLeaf(LONG), proof: NO_LOG, allowed: true },
  {
    says: 'a certificate that is over',
    requirement: pki(EMAIL),
    signer: byLeaf({ ...LONG, lifetime: DAY }),
    proof: NO_LOG,
    allowed: false,
    outcome: 'expired',
  },
  {
    says: 'a certificate of another root',
    requirement: pki(EMAIL, 'strange-root.pem'),
    signer: byLeaf(LONG),
    proof: NO_LOG,
    allowed: false,
    outcome: 'untrusted',
  },
  {
    says: 'a certificate for another email',
    requirement: pki({ subjectEmail: 'x@acme.example' }),
    signer: byLeaf(LONG),
    proof: NO_LOG,
    allowed: false,
  },
  {
    says: 'a certificate of a host',
    requirement: pki(HOST),
    signer: byLeaf({ ...LONG, sans: [{ dns: 'build.acme.example' }] }),
    proof: NO_LOG,
    allowed: true,
  },
  {
    says: 'a certificate of hosts',
    requirement: pki(HOST),
    signer: byLeaf({ ...LONG, sans: [{ dns: '*.acme.example' }] }),
    proof: NO_LOG,
    allowed: true,
  },
  {
    says: 'a certificate of hosts elsewhere',
    requirement: pki(HOST),
    signer: byLeaf({ ...LONG, sans: [{ dns: '*.example' }] }),
    proof: NO_LOG,
    allowed: false,
  },
  {
    says: 'a certificate of one of two',
    requirement: pki({ ...HOST, ...EMAIL }),
    signer: byLeaf({ ...LONG, sans: [{ dns: 'build.acme.example' }] }),
    proof: NO_LOG,
    allowed: false,
  },
  {
    says: 'a certificate of both',
    requirement: pki({ ...HOST, ...EMAIL }),
    signer: byLeaf({ ...LONG, sans: [{ dns: 'build.acme.example' }, { email: 'release@acme.example' }] }),
    proof: NO_LOG,
    allowed: true,
  },
];

/** Older ones know neither `fulcio` nor `pki`. */
function knowsSigstore(): boolean {
  const minor = Number(/^1\.(\d+)/.exec(findPeer('skopeo', '1')?.version ?? '')?.[1] ?? 0);
  if (minor < 18) process.stderr.write('peer missing: skopeo 1.18\n');
  return minor >= 18;
}

describe.skipIf(lacksPeers(['skopeo', '1']) || !knowsSigstore())('sigstoreSigned, judged by skopeo', () => {
  let workshop: Workshop;
  let registry: TestRegistry;
  beforeAll(async () => {
    workshop = openWorkshop('skopeo-sigstore');
    registry = await startRegistry();
    workshop.write('key.pub', KEY.spkiPem);
    workshop.write('rekor.pub', lab.rekor.key.spkiPem);
    workshop.write('strange-rekor.pub', stranger.rekor.key.spkiPem);
    workshop.write('root.pem', lab.ca.root.pem);
    workshop.write('strange-root.pem', stranger.ca.root.pem);
    workshop.folderOf('registries.d');
    workshop.write('registries.d/default.yaml', 'default-docker:\n  use-sigstore-attachments: true\n');
  });
  afterAll(async () => {
    await registry.close();
    await workshop.close();
  });

  test.for(ROWS.map((row, i) => ({ ...row, i })))('$says', async (row) => {
    const name = `row/n${row.i}`;
    const repository = `${registry.host}/${name}`;
    const sink = registrySink(registry.content, name);
    const image = pushImage(sink, name, { tag: 'v1' });
    const { optional = null, ...payload } = row.payload ?? {};
    const signed = simpleSigningPayload(row.digest ?? image.digest, {
      reference: `${repository}${row.end ?? ':v1'}`,
      optional,
      ...payload,
    });
    pushLayers(sink, image, 'sig', [signatureLayer(lab, row.signer(), signed, row.proof)]);
    const policy = workshop.write(`policy-${row.i}.json`, JSON.stringify({ default: [row.requirement(workshop.path)] }));

    const argv = [
      '--policy',
      policy,
      '--registries.d',
      workshop.path('registries.d'),
      'copy',
      '--src-tls-verify=false',
      '--remove-signatures',
    ];
    const judge = await skopeo(workshop, [...argv, `docker://${repository}:v1`, `dir:out-${row.i}`]);
    expect(judge.code === 0, judge.stderr).toBe(row.allowed);

    const ours = await ask(workshop, ['verify', '--policy', policy, `${repository}:v1`]);
    expect(ours.code === 0, ours.why).toBe(row.allowed && row.stricter === undefined);
    const outcome = row.stricter ?? row.outcome;
    if (outcome !== undefined) expect(ours.outcome, ours.why).toBe(outcome);
  });
});
