import { describe, expect, test } from 'vitest';
import { AssayError } from '../../../errors.ts';
import { createMemoryStore } from '../../../oci/memory/index.ts';
import {
  armored,
  createVirtualSigstore,
  DAY,
  type EvidenceSigner,
  keyring,
  type LayerFile,
  type LeafOptions,
  type PgpKey,
  type ProofOptions,
  pgpMessage,
  pushImage,
  pushLayers,
  type San,
  sharedKey,
  signatureLayer,
  simpleSigningPayload,
} from '../../../testing/index.ts';
import { type SubjectVerdict, verifySubject } from '../../../verify/subject.ts';
import { readDocuments } from '../../documents.ts';
import type { CompiledDocument, ImageSubject } from '../../policy.ts';
import type { PolicyResources } from '../../resources.ts';
import { compileContainersPolicy } from './index.ts';
import { placeImage, scopeOf } from './scopes.ts';

const lab = createVirtualSigstore({ name: 'lab' });
const stranger = createVirtualSigstore({ name: 'stranger' });
const KEY = sharedKey('p256', 'policy');
const OTHER = sharedKey('p256', 'policy other');
const PGP: PgpKey = { key: sharedKey('ed25519', 'policy pgp'), created: new Date(lab.now.getTime() - 10 * DAY) };

const FILES = new Map<string, string | Uint8Array>([
  ['/keys/key.pub', KEY.spkiPem],
  ['/keys/other.pub', OTHER.spkiPem],
  ['/keys/rekor.pub', lab.rekor.key.spkiPem],
  ['/keys/strange-rekor.pub', stranger.rekor.key.spkiPem],
  ['/keys/ed25519.pub', sharedKey('ed25519', 'policy').spkiPem],
  ['/keys/ring.gpg', keyring({ key: PGP })],
  ['/keys/ring.asc', armored(keyring({ key: PGP }))],
  ['/keys/revoked.gpg', keyring({ key: PGP, revokedBy: PGP })],
  ['/keys/text', 'nothing of use'],
  ['/keys/root.pem', lab.ca.root.pem],
  ['/keys/strange-root.pem', stranger.ca.root.pem],
]);

const resources = {
  now: lab.now.getTime(),
  async file(path: string) {
    const content = FILES.get(path);
    if (content === undefined) throw new AssayError('file-unreadable', `cannot read ${path}`);
    return Buffer.from(content);
  },
} as Partial<PolicyResources> as PolicyResources;

async function compile(policy: unknown): Promise<CompiledDocument> {
  const text = typeof policy === 'string' ? policy : JSON.stringify(policy, null, 2);
  const { documents, errors } = readDocuments({ name: 'policy.json', text });
  const [document] = documents;
  if (document === undefined) return { policies: [], errors, warnings: [] };
  return compileContainersPolicy(document, resources);
}

const REJECT = [{ type: 'reject' }];
const SIGNED_BY = { type: 'signedBy', keyType: 'GPGKeys', keyPath: '/keys/ring.gpg' };
const SIGSTORE = { type: 'sigstoreSigned', keyPath: '/keys/key.pub' };
const FULCIO = { caPath: '/keys/root.pem', oidcIssuer: 'https://accounts.example', subjectEmail: 'release@acme.example' };
const PKI = { caRootsPath: '/keys/root.pem', subjectEmail: 'release@acme.example' };
const REKOR = { rekorPublicKeyPath: '/keys/rekor.pub' };

describe('mistakes', () => {
  const rows: readonly (readonly [says: string, requirement: unknown, path: string])[] = [
    ['no type', {}, ''],
    ['an unknown type', { type: 'signdBy' }, '.type'],
    ['a plain value', 'reject', ''],
    ['a field too many', { type: 'reject', keyPath: 'x' }, '.keyPath'],
    ['a misspelt field', { ...SIGNED_BY, keypath: 'x' }, '.keypath'],
    ['signedBaseLayer', { type: 'signedBaseLayer', baseLayerIdentity: { type: 'matchExact' } }, '.type'],
    ['no keyType', { type: 'signedBy', keyPath: '/keys/ring.gpg' }, ''],
    ['another keyType', { ...SIGNED_BY, keyType: 'X509Certificates' }, '.keyType'],
    ['no keys', { type: 'signedBy', keyType: 'GPGKeys' }, ''],
    ['two ways to give keys', { ...SIGNED_BY, keyData: 'AAAA' }, '.keyData'],
    ['a file that is not there', { ...SIGNED_BY, keyPath: '/keys/none' }, '.keyPath'],
    ['an empty list of files', { type: 'signedBy', keyType: 'GPGKeys', keyPaths: [] }, '.keyPaths'],
    [
      'a file of the list that is not there',
      { type: 'signedBy', keyType: 'GPGKeys', keyPaths: ['/keys/ring.gpg', '/keys/none'] },
      '.keyPaths[1]',
    ],
    ['a file that is no keyring', { ...SIGNED_BY, keyPath: '/keys/text' }, '.keyPath'],
    ['keyData that is not base64', { type: 'signedBy', keyType: 'GPGKeys', keyData: '?' }, '.keyData'],
    ['an unknown identity', { ...SIGNED_BY, signedIdentity: { type: 'matchAll' } }, '.signedIdentity.type'],
    ['an identity without type', { ...SIGNED_BY, signedIdentity: {} }, '.signedIdentity'],
    [
      'an identity with a field too many',
      { ...SIGNED_BY, signedIdentity: { type: 'matchExact', dockerReference: 'a:b' } },
      '.signedIdentity.dockerReference',
    ],
    [
      'exactReference without tag',
      { ...SIGNED_BY, signedIdentity: { type: 'exactReference', dockerReference: 'a.example/b' } },
      '.signedIdentity.dockerReference',
    ],
    [
      'exactRepository of no name',
      { ...SIGNED_BY, signedIdentity: { type: 'exactRepository', dockerRepository: 'A B' } },
      '.signedIdentity.dockerRepository',
    ],
    [
      'remapIdentity with a tag',
      { ...SIGNED_BY, signedIdentity: { type: 'remapIdentity', prefix: 'a.example/b:c', signedPrefix: 'd.example' } },
      '.signedIdentity.prefix',
    ],
    [
      'remapIdentity of half',
      { ...SIGNED_BY, signedIdentity: { type: 'remapIdentity', prefix: 'a.example' } },
      '.signedIdentity.signedPrefix',
    ],
    ['sigstoreSigned by nobody', { type: 'sigstoreSigned' }, ''],
    ['sigstoreSigned by two', { ...SIGSTORE, fulcio: FULCIO, ...REKOR }, '.fulcio'],
    ['a key that is none', { type: 'sigstoreSigned', keyPath: '/keys/text' }, '.keyPath'],
    ['a log key that is no ECDSA', { ...SIGSTORE, rekorPublicKeyPath: '/keys/ed25519.pub' }, '.rekorPublicKeyPath'],
    ['two ways to give log keys', { ...SIGSTORE, ...REKOR, rekorPublicKeyData: 'AAAA' }, '.rekorPublicKeyData'],
    ['fulcio without log', { type: 'sigstoreSigned', fulcio: FULCIO }, ''],
    ['fulcio without issuer', { type: 'sigstoreSigned', ...REKOR, fulcio: { ...FULCIO, oidcIssuer: undefined } }, '.fulcio.oidcIssuer'],
    ['fulcio without CA', { type: 'sigstoreSigned', ...REKOR, fulcio: { ...FULCIO, caPath: undefined } }, '.fulcio'],
    ['fulcio with a field too many', { type: 'sigstoreSigned', ...REKOR, fulcio: { ...FULCIO, subjectURI: 'x' } }, '.fulcio.subjectURI'],
    ['pki with a log', { type: 'sigstoreSigned', pki: PKI, ...REKOR }, ''],
    ['pki without a name', { type: 'sigstoreSigned', pki: { caRootsPath: '/keys/root.pem' } }, '.pki'],
    ['pki with no certificates', { type: 'sigstoreSigned', pki: { ...PKI, caRootsPath: '/keys/key.pub' } }, '.pki.caRootsPath'],
  ];
  test.each(rows)('%s', async (_, requirement, path) => {
    const { policies, errors } = await compile({ default: REJECT, transports: { docker: { 'a.example': [requirement] } } });
    expect(policies).toEqual([]);
    expect(errors.map((e) => e.code)).toContain('policy-invalid');
    expect(errors.map((e) => e.at?.path)).toContain(`transports.docker["a.example"][0]${path}`);
    for (const { at } of errors) expect(at?.line).toBeGreaterThan(5);
  });

  test.each([
    ['no default', { transports: {} }, ''],
    ['an empty default', { default: [] }, 'default'],
    ['an empty list of a scope', { default: REJECT, transports: { docker: { a: [] } } }, 'transports.docker.a'],
    ['an unknown field', { default: REJECT, transport: {} }, 'transport'],
    ['a misspelt transport', { default: REJECT, transports: { dokcer: {} } }, 'transports.dokcer'],
    ['a relative path', { default: REJECT, transports: { oci: { 'a/b': REJECT } } }, 'transports.oci["a/b"]'],
    ['the path of everything', { default: REJECT, transports: { 'oci-archive': { '/': REJECT } } }, 'transports.oci-archive["/"]'],
    ['a path that is not shortest', { default: REJECT, transports: { dir: { '/a/../b': REJECT } } }, 'transports.dir["/a/../b"]'],
    ['a scope where there is none', { default: REJECT, transports: { tarball: { a: REJECT } } }, 'transports.tarball.a'],
  ])('%s', async (_, policy, path) => {
    const { policies, errors } = await compile(policy);
    expect(policies).toEqual([]);
    expect(errors.map((e) => [e.code, e.at?.path])).toEqual([['policy-invalid', path]]);
  });

  test('all of them are told, with line and column', async () => {
    const { errors } = await compile(
      '{\n  "default": [{"type": "rejct"}],\n  "transports": {"docker": {"a.example": [{"type": "reject", "x": 1}]}}\n}',
    );
    expect(errors.map(({ at }) => [at?.line, at?.column])).toEqual([
      [2, 24],
      [3, 67],
    ]);
  });
  test('a name twice is refused', async () => {
    const { errors } = await compile(
      '{"default": [{"type": "reject"}], "transports": {"docker": {"a": [{"type": "reject"}], "a": [{"type": "reject"}]}}}',
    );
    expect(errors.map((e) => e.code)).toEqual(['policy-invalid']);
  });
  test('the field that was probably meant is said', async () => {
    const { errors } = await compile({ default: [{ ...SIGNED_BY, signedIdentty: {} }] });
    expect(errors.map((e) => e.hint)).toEqual(['did you mean: signedIdentity']);
  });
  test('what can never match or sign is a warning', async () => {
    const { errors, warnings } = await compile({
      default: [{ ...SIGNED_BY, keyPath: '/keys/revoked.gpg' }],
      transports: { docker: { busybox: REJECT, 'docker.io/busybox:latest': REJECT, 'a*.example': REJECT, 'a.example:5000': REJECT } },
    });
    expect(errors).toEqual([]);
    expect(warnings.map((w) => [w.code, w.at?.path]).sort()).toEqual([
      ['key-unusable', 'default[0].keyPath'],
      ['scope-unused', 'transports.docker.busybox'],
      ['scope-unused', 'transports.docker["a*.example"]'],
      ['scope-unused', 'transports.docker["docker.io/busybox:latest"]'],
    ]);
  });
});

const IMAGE_NAME = 'registry.example/acme/app';

/** The image with this evidence, judged. */
async function judge(
  policy: unknown,
  evidence: { readonly layers?: (digest: string) => readonly LayerFile[]; readonly simple?: (digest: string) => readonly Uint8Array[] },
  about: { readonly subject?: Partial<ImageSubject>; readonly now?: Date; readonly broken?: boolean } = {},
): Promise<SubjectVerdict> {
  const { policies, errors } = await compile(policy);
  expect(errors).toEqual([]);
  const store = createMemoryStore();
  const pushed = pushImage(store, 'app');
  const layers = evidence.layers?.(pushed.digest) ?? [];
  if (layers.length > 0) pushLayers(store, pushed, 'sig', layers);
  const subject = { text: `${IMAGE_NAME}:v1`, repository: IMAGE_NAME, tag: 'v1', digest: pushed.digest, ...about.subject };
  const requirement = policies[0]?.requirement;
  if (typeof requirement !== 'function') throw new Error('no policy');
  return verifySubject({
    stores: [store],
    signatureSources: [
      {
        label: 'here',
        name: 'lookaside',
        async *list() {
          yield* evidence.simple?.(pushed.digest) ?? [];
          if (about.broken) throw new AssayError('registry-unreachable', 'broken');
        },
      },
    ],
    digest: pushed.digest,
    subject: { digests: new Map([['sha256', pushed.digest.slice(7)]]), bytes: pushed.bytes },
    requirement: requirement(subject),
    now: (about.now ?? lab.now).getTime(),
  });
}

const used = new Date(lab.now.getTime() - 2 * DAY + 60_000);

function sigstore(signer: EvidenceSigner, options: ProofOptions & { readonly reference?: string; readonly optional?: null } = {}) {
  const { reference = `${IMAGE_NAME}:v1`, optional = null, ...proof } = options;
  return { layers: (digest: string) => [signatureLayer(lab, signer, simpleSigningPayload(digest, { reference, optional }), proof)] };
}
const byKey = (key = KEY): EvidenceSigner => ({ kind: 'key', key });
function byLeaf(leaf: LeafOptions = {}, by = lab): EvidenceSigner {
  const sans: readonly San[] = [{ email: 'release@acme.example' }];
  return { kind: 'certificate', certificate: by.issue({ sans, issuer: 'https://accounts.example', ...leaf }), chain: by.ca.chain };
}
const asked = (...requirements: readonly object[]) => ({ default: requirements });

describe('sigstoreSigned', () => {
  const LOGGED = { logs: [{ at: used }] };
  const rows: readonly (readonly [says: string, requirement: object, evidence: ReturnType<typeof sigstore>, outcome: string])[] = [
    ['by a key', SIGSTORE, sigstore(byKey(), { logs: [] }), 'verified'],
    [
      'by one of several keys',
      { type: 'sigstoreSigned', keyPaths: ['/keys/other.pub', '/keys/key.pub'] },
      sigstore(byKey(), { logs: [] }),
      'verified',
    ],
    [
      'by a key in the policy',
      { type: 'sigstoreSigned', keyDatas: [Buffer.from(KEY.spkiPem).toString('base64')] },
      sigstore(byKey(), { logs: [] }),
      'verified',
    ],
    ['by another key', SIGSTORE, sigstore(byKey(OTHER), { logs: [] }), 'untrusted'],
    ['for another tag', SIGSTORE, sigstore(byKey(), { logs: [], reference: `${IMAGE_NAME}:v2` }), 'denied'],
    ['for the repository alone', SIGSTORE, sigstore(byKey(), { logs: [], reference: IMAGE_NAME }), 'denied'],
    [
      'for the repository alone, which is what counts',
      { ...SIGSTORE, signedIdentity: { type: 'matchRepository' } },
      sigstore(byKey(), { logs: [], reference: IMAGE_NAME }),
      'verified',
    ],
    ['by a key with a log entry', { ...SIGSTORE, ...REKOR }, sigstore(byKey(), LOGGED), 'verified'],
    ['by a key without a log entry', { ...SIGSTORE, ...REKOR }, sigstore(byKey(), { logs: [] }), 'untrusted'],
    [
      'by a key with an entry of another log',
      { ...SIGSTORE, rekorPublicKeyPath: '/keys/strange-rekor.pub' },
      sigstore(byKey(), LOGGED),
      'untrusted',
    ],
    [
      'by a key with an entry of one of several logs',
      { ...SIGSTORE, rekorPublicKeyPaths: ['/keys/strange-rekor.pub', '/keys/rekor.pub'] },
      sigstore(byKey(), LOGGED),
      'verified',
    ],
    ['by Fulcio', { type: 'sigstoreSigned', fulcio: FULCIO, ...REKOR }, sigstore(byLeaf(), LOGGED), 'verified'],
    [
      'by Fulcio without an SCT',
      { type: 'sigstoreSigned', fulcio: FULCIO, ...REKOR },
      sigstore(byLeaf({ scts: null }), LOGGED),
      'verified',
    ],
    [
      'by Fulcio for another email',
      { type: 'sigstoreSigned', fulcio: { ...FULCIO, subjectEmail: 'x@acme.example' }, ...REKOR },
      sigstore(byLeaf(), LOGGED),
      'untrusted',
    ],
    [
      'by Fulcio for the email as an address',
      { type: 'sigstoreSigned', fulcio: FULCIO, ...REKOR },
      sigstore(byLeaf({ sans: [{ uri: 'release@acme.example' }] }), LOGGED),
      'denied',
    ],
    [
      'by Fulcio for another issuer',
      { type: 'sigstoreSigned', fulcio: { ...FULCIO, oidcIssuer: 'https://accounts.example/' }, ...REKOR },
      sigstore(byLeaf(), LOGGED),
      'untrusted',
    ],
    [
      'by another CA',
      { type: 'sigstoreSigned', fulcio: { ...FULCIO, caPath: '/keys/strange-root.pem' }, ...REKOR },
      sigstore(byLeaf(), LOGGED),
      'untrusted',
    ],
    [
      'by Fulcio, logged when the certificate was over',
      { type: 'sigstoreSigned', fulcio: FULCIO, ...REKOR },
      sigstore(byLeaf(), { logs: [{ at: lab.now }] }),
      'expired',
    ],
    ['by Fulcio without a log entry', { type: 'sigstoreSigned', fulcio: FULCIO, ...REKOR }, sigstore(byLeaf(), { logs: [] }), 'untrusted'],
    [
      'by Fulcio for another image',
      { type: 'sigstoreSigned', fulcio: FULCIO, ...REKOR },
      sigstore(byLeaf(), { ...LOGGED, reference: 'a.example/b:v1' }),
      'denied',
    ],
  ];
  const LONG = { lifetime: 30 * DAY, issuer: null, scts: null } as const;
  const pki = (more: object): object => ({ type: 'sigstoreSigned', pki: { caRootsPath: '/keys/root.pem', ...more } });
  const host = (name: string) => sigstore(byLeaf({ ...LONG, sans: [{ dns: name }] }), { logs: [] });
  const pkiRows: typeof rows = [
    ['by a certificate', pki({ subjectEmail: 'release@acme.example' }), sigstore(byLeaf(LONG), { logs: [] }), 'verified'],
    [
      'by a certificate that is over',
      pki({ subjectEmail: 'release@acme.example' }),
      sigstore(byLeaf({ ...LONG, lifetime: DAY }), { logs: [] }),
      'expired',
    ],
    [
      'by a certificate of another root',
      pki({ subjectEmail: 'release@acme.example', caRootsPath: '/keys/strange-root.pem' }),
      sigstore(byLeaf(LONG), { logs: [] }),
      'untrusted',
    ],
    ['by a certificate for another email', pki({ subjectEmail: 'x@acme.example' }), sigstore(byLeaf(LONG), { logs: [] }), 'untrusted'],
    ['by a certificate of a host', pki({ subjectHostname: 'build.acme.example' }), host('build.acme.example'), 'verified'],
    ['by a certificate of hosts', pki({ subjectHostname: 'build.acme.example' }), host('*.acme.example'), 'verified'],
    ['by a certificate of hosts a label further up', pki({ subjectHostname: 'a.build.acme.example' }), host('*.acme.example'), 'untrusted'],
    ['by a certificate of another host', pki({ subjectHostname: 'build.acme.example' }), host('other.acme.example'), 'untrusted'],
    [
      'by a certificate of a host, where both are asked for',
      pki({ subjectHostname: 'build.acme.example', subjectEmail: 'release@acme.example' }),
      host('build.acme.example'),
      'denied',
    ],
    [
      'by a certificate of both',
      pki({ subjectHostname: 'build.acme.example', subjectEmail: 'release@acme.example' }),
      sigstore(byLeaf({ ...LONG, sans: [{ dns: 'build.acme.example' }, { email: 'release@acme.example' }] }), { logs: [] }),
      'verified',
    ],
    [
      'by a certificate that is not for signing code',
      pki({ subjectEmail: 'release@acme.example' }),
      sigstore(byLeaf({ ...LONG, extendedKeyUsage: null }), { logs: [] }),
      'invalid',
    ],
  ];
  test.each([...rows, ...pkiRows])('%s', async (_, requirement, evidence, outcome) => {
    const verdict = await judge(asked(requirement), evidence);
    expect(verdict.outcome, JSON.stringify(verdict.evidence.map((e) => e.checks.filter((c) => c.result !== 'pass')))).toBe(outcome);
    expect(verdict.met).toBe(outcome === 'verified');
  });
});

describe('signedBy and the others', () => {
  const simple = (reference = `${IMAGE_NAME}:v1`) => ({
    simple: (digest: string) => [
      pgpMessage(PGP, simpleSigningPayload(digest, { type: 'atomic container signature', reference, optional: {} }), {
        created: new Date(lab.now.getTime() - DAY),
      }),
    ],
  });
  test.each([
    ['a binary keyring', '/keys/ring.gpg', 'verified'],
    ['an armored keyring', '/keys/ring.asc', 'verified'],
    ['a revoked key', '/keys/revoked.gpg', 'revoked'],
  ])('%s', async (_, keyPath, outcome) => {
    expect((await judge(asked({ ...SIGNED_BY, keyPath }), simple())).outcome).toBe(outcome);
  });
  test('a sigstore signature is no simple one, nor the other way round', async () => {
    expect((await judge(asked(SIGNED_BY), sigstore(byKey(), { logs: [] }))).outcome).toBe('unsigned');
    expect((await judge(asked(SIGSTORE), simple())).outcome).toBe('unsigned');
  });
  test('all requirements of a list have to hold', async () => {
    const both = { ...simple(), ...sigstore(byKey(), { logs: [] }) };
    expect((await judge(asked(SIGNED_BY, SIGSTORE), both)).met).toBe(true);
    expect((await judge(asked(SIGNED_BY, SIGSTORE), simple())).met).toBe(false);
    expect(await judge(asked(SIGNED_BY, ...REJECT), both)).toMatchObject({ met: false, outcome: 'denied' });
    expect((await judge(asked({ type: 'insecureAcceptAnything' }, SIGNED_BY), {})).met).toBe(false);
  });
  test('what accepts anything makes nothing verified', async () => {
    expect(await judge(asked({ type: 'insecureAcceptAnything' }), {})).toMatchObject({ met: true, outcome: 'unsigned', sources: [] });
  });
  test('a lookaside that does not answer is inconclusive, unless a good signature came before', async () => {
    expect(await judge(asked(SIGNED_BY), {}, { broken: true })).toMatchObject({ met: false, outcome: 'inconclusive' });
    expect(await judge(asked(SIGNED_BY), simple(), { broken: true })).toMatchObject({ met: true, outcome: 'verified' });
  });
  test('a lookaside is not asked where no OpenPGP key is', async () => {
    const { errors, sources } = await judge(asked(SIGSTORE), sigstore(byKey(), { logs: [] }), { broken: true });
    expect(errors).toEqual([]);
    expect(sources.map((s) => s.name)).not.toContain('lookaside');
  });
});

describe('images and scopes', () => {
  const digest = `sha256:${'a'.repeat(64)}` as ImageSubject['digest'];
  const subject = (more: Partial<ImageSubject>): ImageSubject => ({
    text: `${IMAGE_NAME}:v1`,
    repository: IMAGE_NAME,
    tag: 'v1',
    digest,
    ...more,
  });
  test('a digest is what an image is called by, whatever tag stands beside it', () => {
    expect(placeImage(subject({ text: `${IMAGE_NAME}:v1@${digest}` })).scopes?.[0]).toBe(`${IMAGE_NAME}@${digest}`);
    expect(placeImage(subject({})).scopes?.[0]).toBe(`${IMAGE_NAME}:v1`);
    expect(placeImage(subject({ text: IMAGE_NAME, tag: undefined })).scopes?.[0]).toBe(`${IMAGE_NAME}:latest`);
  });
  test('the host of a scope has no letter case', async () => {
    const ACCEPT = [{ type: 'insecureAcceptAnything' }];
    const { policies, errors } = await compile({ default: ACCEPT, transports: { docker: { 'R.Example:05000/app': REJECT } } });
    const requirement = policies[0]?.requirement;
    if (typeof requirement !== 'function') throw new Error('no policy');
    expect(errors).toEqual([]);
    expect(requirement(subject({ text: 'R.EXAMPLE:5000/app:v1', repository: 'r.example:5000/app' }))).toMatchObject({
      of: [{ met: false }],
    });
    const twice = await compile({ default: ACCEPT, transports: { docker: { 'r.example/app': REJECT, 'R.example/app': ACCEPT } } });
    expect(twice.errors.map((e) => e.code)).toEqual(['policy-invalid']);
  });
  test('layouts have the scopes of their folders', () => {
    const placed = placeImage(subject({ text: 'oci:/srv/images/app:v1', repository: 'oci:/srv/images/app' }));
    expect(placed).toEqual({ transport: 'oci', scopes: ['/srv/images/app', '/srv/images', '/srv'], name: undefined });
    expect(scopeOf(placed, new Set(['', '/srv']))).toBe('/srv');
    expect(scopeOf(placed, new Set(['', '/sr']))).toBe('');
  });
  test('the folders of a relative path are not known', async () => {
    const relative = subject({ text: 'oci:app', repository: 'oci:app' });
    const { policies } = await compile({ default: REJECT, transports: { oci: { '/srv': [{ type: 'insecureAcceptAnything' }] } } });
    const requirement = policies[0]?.requirement;
    if (typeof requirement !== 'function') throw new Error('no policy');
    expect(() => requirement(relative)).toThrow(expect.objectContaining({ code: 'policy-unevaluable' }));
    const free = await compile({ default: REJECT, transports: { oci: { '': [{ type: 'insecureAcceptAnything' }] } } });
    const other = free.policies[0]?.requirement;
    expect(typeof other === 'function' && other(relative)).toMatchObject({ of: [{ met: true }] });
  });
  test('an image without a Docker reference satisfies only exact identities', async () => {
    const layout = { subject: { text: 'oci:/srv/app', repository: 'oci:/srv/app', tag: undefined } };
    const exact = { ...SIGSTORE, signedIdentity: { type: 'exactReference', dockerReference: `${IMAGE_NAME}:v1` } };
    expect((await judge(asked(exact), sigstore(byKey(), { logs: [] }), layout)).outcome).toBe('verified');
    for (const type of ['matchExact', 'matchRepoDigestOrExact', 'matchRepository'])
      expect((await judge(asked({ ...SIGSTORE, signedIdentity: { type } }), sigstore(byKey(), { logs: [] }), layout)).outcome).toBe(
        'denied',
      );
  });
  test('the same question has the same requirement, another name another one', async () => {
    const { policies } = await compile(asked(SIGNED_BY));
    const requirement = policies[0]?.requirement;
    if (typeof requirement !== 'function') throw new Error('no policy');
    expect(requirement(subject({}))).toBe(requirement(subject({ text: 'otherwise written' })));
    expect(requirement(subject({}))).not.toBe(requirement(subject({ tag: 'v2' })));
    const { policies: fixed } = await compile(
      asked({ ...SIGNED_BY, signedIdentity: { type: 'exactRepository', dockerRepository: IMAGE_NAME } }),
    );
    const same = fixed[0]?.requirement;
    if (typeof same !== 'function') throw new Error('no policy');
    expect(same(subject({}))).toBe(same(subject({ tag: 'v2' })));
  });
});
