/** Notary Project signatures, in JWS and COSE. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { utf8 } from '../../../src/bytes/index.ts';
import { COSE_ENVELOPE, JWS_ENVELOPE, OCI_INDEX, OCI_MANIFEST } from '../../../src/oci/media-types.ts';
import { implicit, int, seq, tagged } from '../../../src/testing/authority/encode.ts';
import {
  basicConstraints,
  type Certificate,
  DAY,
  type Extension,
  extendedKeyUsage,
  type KeyKind,
  keyUsage,
  makeNotaryAuthority,
  makeTimestampAuthority,
  type NotaryAuthority,
  type NotaryBend,
  type NotaryEnvelopeOptions,
  type NotaryLeafOptions,
  notaryChain,
  notaryEnvelope,
  notaryPayload,
  OID,
  selfSignedSigner,
  sharedKey,
} from '../../../src/testing/index.ts';
import { parseCertificate } from '../../../src/trust/index.ts';
import { createPluginHost } from '../../../src/trust/notation-plugin/index.ts';
import type { Facts, NotationAuthority, PluginHost, RevocationAnswer } from '../../../src/verify/request.ts';
import { type Ask, type Posed, table } from '../case.ts';
import { DIGEST, IMAGE, lab, OTHER_DIGEST } from '../lab.ts';

const t = table('notation');
export const notationCases = t.cases;

const { now } = lab;
const ago = (days: number): Date => new Date(now.getTime() - days * DAY);
const ours = makeNotaryAuthority({ name: 'acme', now });
const deep = makeNotaryAuthority({ name: 'deep', now, intermediate: true });
const theirs = makeNotaryAuthority({ name: 'evil', now });
const twin = makeNotaryAuthority({ name: 'acme', now, keyKind: 'p521' });
const tsa = makeTimestampAuthority({ name: 'notary tsa', now });
const strangeTsa = makeTimestampAuthority({ name: 'strange tsa', now });
const parsed = (certificates: readonly Certificate[]) => certificates.map((c) => parseCertificate(c.der));
const tsaRoot = parsed(tsa.chain.slice(-1));

const STRICT = { authenticity: 'enforce', authenticTimestamp: 'enforce', expiry: 'enforce', revocation: 'enforce' } as const;
const ACME = new Map([
  ['C', 'US'],
  ['ST', 'WA'],
  ['O', 'acme'],
]);

/** A trust policy that trusts our root for our subject. */
function policy(more: Partial<NotationAuthority> & { readonly roots?: readonly Certificate[] } = {}): NotationAuthority {
  const { roots = [ours.root], ...rest } = more;
  return {
    kind: 'notation',
    name: 'lab',
    stores: { ca: parsed(roots), signingAuthority: [], tsa: undefined },
    identities: [ACME],
    foreignIdentities: [],
    level: STRICT,
    verifyTimestamp: 'always',
    ...rest,
  };
}

const WITH_TSA = policy({ stores: { ca: parsed([ours.root]), signingAuthority: [], tsa: tsaRoot } });
const BY_AUTHORITY = policy({ stores: { ca: [], signingAuthority: parsed([ours.root]), tsa: undefined } });
const AS_FILE: Ask = { subject: IMAGE, file: true };
const TARGET = { mediaType: OCI_MANIFEST, digest: DIGEST, size: IMAGE.length };

/** What is made differently. */
interface Making extends Partial<Omit<NotaryEnvelopeOptions, 'form' | 'bend'>> {
  readonly by?: NotaryAuthority;
  readonly leaf?: NotaryLeafOptions;
  readonly chain?: readonly Certificate[];
  readonly payload?: Uint8Array;
  readonly bend?: NotaryBend;
}

type Form = 'jws' | 'cose';
const FORMS = ['jws', 'cose'] as const;

/** Evidence in one of the forms, honest unless told otherwise, and the question about it. */
export function poseNotation(form: Form, making: Making = {}, ask: Ask = {}): Posed {
  const { by = ours, leaf, payload = notaryPayload(TARGET), at = ago(1), ...options } = making;
  const chain = making.chain ?? notaryChain(by, leaf);
  const bytes = notaryEnvelope(chain, payload, { form, at, ...options });
  return {
    stored: { form: 'notation', bytes, mediaType: form === 'jws' ? JWS_ENVELOPE : COSE_ENVELOPE },
    ask: { notation: [policy()], ...(ask.file ? {} : { descriptor: TARGET }), ...ask },
  };
}

type Make = () => readonly [making?: Making, ask?: Ask];

function control(says: string, make: Make = () => []): void {
  for (const form of FORMS) t.control(`${says} (${form})`, () => poseNotation(form, ...make()));
}

function forgery(says: string, rule: Parameters<typeof t.forgery>[1], expected: Parameters<typeof t.forgery>[2], make: Make): void {
  for (const form of FORMS) t.forgery(`${says} (${form})`, rule, expected, () => poseNotation(form, ...make()));
}

const bent =
  (bend: NotaryBend): Make =>
  () => [{ bend }];

// --- control ---
for (const keyKind of ['rsa2048', 'rsa3072', 'rsa4096', 'p256', 'p384', 'p521'] as const satisfies readonly KeyKind[])
  control(`a signature by ${keyKind}`, () => [{ leaf: { keyKind } }]);
control('a chain with an intermediate', () => [{ by: deep }, { notation: [policy({ roots: [deep.root] })] }]);
control('a chain whose intermediate is in the store', () => [{ by: deep }, { notation: [policy({ roots: deep.chain.slice(0, 1) })] }]);
const self = selfSignedSigner(now);
control('a signer that is its own root', () => [{ chain: [self] }, { notation: [policy({ roots: [self] })] }]);
control('every subject is taken', () => [{}, { notation: [policy({ identities: 'any' })] }]);
control('a second policy is the one that holds', () => [{}, { notation: [policy({ roots: [theirs.root] }), policy({ name: 'second' })] }]);
control('a signature that expires tomorrow', () => [{ expiry: ago(-1) }]);
control('user metadata that was asked for', () => [
  { payload: notaryPayload({ ...TARGET, annotations: { stage: 'prod' } }) },
  { annotations: new Map([['stage', 'prod']]) },
]);
control('a signing authority', () => [{ scheme: 'notary.x509.signingAuthority' }, { notation: [BY_AUTHORITY] }]);
control('a signing authority that signed while the certificate was valid', () => [
  { scheme: 'notary.x509.signingAuthority', leaf: { notBefore: ago(60), notAfter: ago(10) }, at: ago(30) },
  { notation: [BY_AUTHORITY] },
]);
control('an attribute that is not critical', () => [{ attributes: [{ name: 'acme.note', value: 'x', critical: false }] }]);
control('a file, whose media type nobody asked for', () => [{}, AS_FILE]);

// --- signature ---
forgery('signed by another key than the certificate has', 'signature', 'invalid', bent({ signingKey: sharedKey('p256', 'another') }));
forgery('a signature with a bit turned', 'signature', 'invalid', bent({ signature: flipped }));
forgery('a payload that was replaced after signing', 'signature', 'invalid', () => [
  { payload: notaryPayload({ ...TARGET, digest: OTHER_DIGEST }), bend: { shownPayload: notaryPayload(TARGET) } },
]);
forgery('an ECDSA signature in DER', 'signature', 'invalid', bent({ signature: (s) => derOf(s) }));
forgery('an empty signature', 'decode', 'invalid', bent({ signature: () => Buffer.alloc(0) }));
forgery('a weaker algorithm, properly signed by a key that demands a stronger one', 'notation-algorithm', 'invalid', () => [
  { leaf: { keyKind: 'rsa3072' }, bend: { algorithm: 'PS256' } },
]);
forgery('a stronger algorithm than the key demands', 'notation-algorithm', 'invalid', () => [
  { leaf: { keyKind: 'rsa2048' }, bend: { algorithm: 'PS384' } },
]);
for (const [form, statedAlgorithm] of [
  ['jws', 'ES256'],
  ['cose', -7],
] as const)
  t.forgery(`an algorithm of another type of key (${form})`, 'notation-algorithm', 'invalid', () =>
    poseNotation(form, { leaf: { keyKind: 'rsa2048' }, bend: { statedAlgorithm } }),
  );
forgery('a payload of another type', 'notation-content-type', 'invalid', bent({ contentType: 'application/json' }));
for (const alg of ['none', 'HS256', 'RS256', 'ES256K', 'EdDSA'])
  t.forgery(`the algorithm ${alg} (jws)`, 'decode', 'invalid', () => poseNotation('jws', { bend: { statedAlgorithm: alg } }));
for (const alg of [5, -8, -257, -47])
  t.forgery(`the algorithm ${alg} (cose)`, 'decode', 'invalid', () => poseNotation('cose', { bend: { statedAlgorithm: alg } }));

// --- attributes ---
const H = 'io.cncf.notary.';
forgery('a critical attribute that nobody understands', 'notation-attributes', 'invalid', () => [
  { attributes: [{ name: 'acme.must', value: 'x', critical: true }] },
]);
forgery(
  "a critical attribute that nobody understands, in a stranger's envelope whose authenticity is only logged",
  'notation-attributes',
  'invalid',
  () => [
    { by: theirs, attributes: [{ name: 'acme.must', value: 'x', critical: true }] },
    { notation: [policy({ level: { ...STRICT, authenticity: 'log' } })] },
  ],
);
forgery('crit names an attribute that is not there', 'decode', 'invalid', bent({ crit: (c) => [...c, 'acme.absent'] }));
forgery('crit names an attribute twice', 'decode', 'invalid', bent({ crit: (c) => [...c, ...c] }));
forgery('crit is missing', 'decode', 'invalid', bent({ crit: () => undefined }));
forgery('crit is empty', 'decode', 'invalid', bent({ crit: () => [] }));
forgery('crit leaves out the scheme', 'decode', 'invalid', () => [
  { attributes: [{ name: 'acme.other', value: 1, critical: true }], bend: { crit: () => ['acme.other'] } },
]);
forgery('crit leaves out the expiry', 'decode', 'invalid', () => [
  { expiry: ago(-1), bend: { crit: (c) => c.filter((n) => n !== `${H}expiry`) } },
]);
forgery('crit leaves out the authentic signing time', 'decode', 'invalid', () => [
  { scheme: 'notary.x509.signingAuthority', bend: { crit: (c) => c.filter((n) => n !== `${H}authenticSigningTime`) } },
  { notation: [BY_AUTHORITY] },
]);
forgery('crit names the signing time', 'decode', 'invalid', bent({ crit: (c) => [...c, `${H}signingTime`] }));
forgery('crit names a registered parameter', 'decode', 'invalid', bent({ crit: (c) => [...c, 'alg'] }));
forgery('crit names a number', 'decode', 'invalid', bent({ crit: (c) => [...c, 33] }));
forgery('an unknown signing scheme', 'decode', 'invalid', bent({ header: { [`${H}signingScheme`]: 'acme' } }));
forgery('no signing scheme', 'decode', 'invalid', bent({ header: { [`${H}signingScheme`]: undefined } }));
forgery('no signing time', 'decode', 'invalid', bent({ header: { [`${H}signingTime`]: undefined } }));
forgery('a signing time that is none', 'decode', 'invalid', bent({ header: { [`${H}signingTime`]: 'yesterday' } }));
forgery('a signing time at the hour 24', 'decode', 'invalid', bent({ header: { [`${H}signingTime`]: '2026-01-01T24:00:00Z' } }));
forgery('both signing times', 'decode', 'invalid', bent({ header: { [`${H}authenticSigningTime`]: ago(1) } }));
forgery('a signing authority without a time', 'decode', 'invalid', () => [
  {
    scheme: 'notary.x509.signingAuthority',
    bend: { header: { [`${H}authenticSigningTime`]: undefined }, crit: () => [`${H}signingScheme`] },
  },
  { notation: [BY_AUTHORITY] },
]);
forgery('a signature that expires before it was signed', 'decode', 'invalid', () => [{ at: ago(-2), expiry: ago(-1) }]);

// --- the chain ---
const [ourLeaf, ...ourRoots] = notaryChain(ours);
const [theirLeaf] = notaryChain(theirs);
const unsignedLink = notaryChain(ours, { key: sharedKey('p256', 'glued'), bend: { signingKey: theirs.root.key } });
forgery("a stranger's leaf that names our root, which did not sign it", 'notation-chain', 'invalid', () => [{ chain: unsignedLink }]);
forgery("a stranger's leaf with our root glued behind", 'notation-chain', 'invalid', () => [{ chain: [...first(theirLeaf), ours.root] }]);
forgery('a chain without its root', 'notation-chain', 'invalid', () => [
  {
    by: deep,
    bend: {
      certificates: notaryChain(deep)
        .slice(0, 2)
        .map((c) => c.der),
    },
  },
  { notation: [policy({ roots: deep.chain })] },
]);
forgery('a chain in the wrong order', 'notation-chain', 'invalid', () => [
  { by: deep, bend: { certificates: reordered(notaryChain(deep)) } },
  { notation: [policy({ roots: deep.chain })] },
]);
forgery('a chain with an unrelated certificate at its end', 'notation-chain', 'invalid', () => [
  { bend: { certificates: [...first(ourLeaf), ...ourRoots, theirs.root].map((c) => c.der) } },
]);
forgery('a chain with the leaf twice', 'notation-chain', 'invalid', () => [
  { bend: { certificates: [...first(ourLeaf), ...first(ourLeaf), ...ourRoots].map((c) => c.der) } },
]);
forgery('a chain without a certificate', 'decode', 'invalid', bent({ certificates: [] }));
forgery('a certificate that is none', 'decode', 'invalid', bent({ certificates: [utf8('x')] }));
const leafWith =
  (change: (usual: readonly Extension[]) => readonly Extension[]): Make =>
  () => [{ leaf: { extensions: change } }];
const without = (id: string, ...more: readonly Extension[]) => leafWith((usual) => [...usual.filter((e) => e.id !== id), ...more]);
forgery('a leaf that is a CA', 'notation-leaf', 'invalid', without(OID.keyUsage, keyUsage(['digitalSignature']), basicConstraints(true)));
forgery('a leaf without key usage', 'notation-leaf', 'invalid', without(OID.keyUsage));
forgery('a leaf whose key usage is not critical', 'notation-leaf', 'invalid', without(OID.keyUsage, keyUsage(['digitalSignature'], false)));
forgery('a leaf that may not sign', 'notation-leaf', 'invalid', without(OID.keyUsage, keyUsage(['contentCommitment'])));
for (const usage of ['keyEncipherment', 'dataEncipherment', 'keyAgreement', 'keyCertSign', 'cRLSign'] as const)
  forgery(`a leaf for ${usage} too`, 'notation-leaf', 'invalid', without(OID.keyUsage, keyUsage(['digitalSignature', usage])));
for (const [name, oid] of [
  ['TLS servers', OID.serverAuth],
  ['TLS clients', OID.clientAuth],
  ['time stamping', OID.timeStamping],
  ['mail', '1.3.6.1.5.5.7.3.4'],
  ['OCSP', '1.3.6.1.5.5.7.3.9'],
  ['anything', OID.anyUsage],
] as const)
  forgery(`a leaf for ${name}`, 'notation-leaf', 'invalid', without(OID.extendedKeyUsage, extendedKeyUsage([OID.codeSigning, oid])));
forgery('a leaf with an RSA key of 1,024 bits', 'decode', 'invalid', () => [{ leaf: { keyKind: 'rsa1024' } }]);
const rootWith =
  (name: string, change: (usual: readonly Extension[]) => readonly Extension[]): Make =>
  () => {
    const by = makeNotaryAuthority({ name, now, rootExtensions: change });
    return [{ by }, { notation: [policy({ roots: [by.root] })] }];
  };
const rootBut = (name: string, id: string, ...more: readonly Extension[]) =>
  rootWith(name, (usual) => [...usual.filter((e) => e.id !== id), ...more]);
forgery('a root that is no CA', 'notation-authority', 'invalid', rootBut('no ca', OID.basicConstraints));
forgery(
  'a root whose basic constraints are not critical',
  'notation-authority',
  'invalid',
  rootBut('soft', OID.basicConstraints, basicConstraints(true, 1, false)),
);
forgery('a root without key usage', 'notation-authority', 'invalid', rootBut('no usage', OID.keyUsage));
forgery(
  'a root whose key usage is not critical',
  'notation-authority',
  'invalid',
  rootBut('soft usage', OID.keyUsage, keyUsage(['keyCertSign'], false)),
);
forgery('a root that may not sign certificates', 'notation-authority', 'invalid', rootBut('no sign', OID.keyUsage, keyUsage(['cRLSign'])));
forgery('more CAs than the root allows', 'notation-authority', 'invalid', () => {
  const by = makeNotaryAuthority({
    name: 'short',
    now,
    intermediate: true,
    rootExtensions: (usual) => [...usual.filter((e) => e.id !== OID.basicConstraints), basicConstraints(true, 0)],
  });
  return [{ by }, { notation: [policy({ roots: [by.root] })] }];
});
forgery('a root that is signed with SHA-1', 'notation-chain', 'invalid', () => {
  const by = makeNotaryAuthority({ name: 'sha1', now, keyKind: 'rsa2048', rootBend: { signatureHash: 'sha1' } });
  return [{ by }, { notation: [policy({ roots: [by.root] })] }];
});

// --- who ---
forgery('a signer of another authority', 'notation-anchor', 'untrusted', () => [{ by: theirs, leaf: { subject: subject('acme') } }]);
forgery("a self-made authority with ours' names", 'notation-anchor', 'untrusted', () => [{ by: twin }]);
forgery('the authority stands in another kind of store (x509)', 'notation-anchor', 'untrusted', () => [{}, { notation: [BY_AUTHORITY] }]);
forgery('the authority stands in another kind of store (signing authority)', 'notation-anchor', 'untrusted', () => [
  { scheme: 'notary.x509.signingAuthority' },
]);
forgery('the authority stands in the tsa store only', 'notation-anchor', 'untrusted', () => [
  {},
  { notation: [policy({ stores: { ca: [], signingAuthority: [], tsa: parsed([ours.root]) } })] },
]);
forgery('another subject', 'notation-identity', 'untrusted', () => [{ leaf: { subject: subject('umbrella') } }]);
forgery('a subject that has the wanted organization beside another', 'notation-identity', 'untrusted', () => [
  { leaf: { subject: [...subject('umbrella'), ['O', 'acme']] } },
]);
forgery('a subject in other letters', 'notation-identity', 'untrusted', () => [{ leaf: { subject: subject('Acme') } }]);
forgery('a subject without a wanted attribute', 'notation-identity', 'untrusted', () => [
  { leaf: { subject: subject('acme').filter(([type]) => type !== 'ST') } },
]);
forgery('identities of a plugin alone, and no plugin', 'notation-identity', 'untrusted', () => [
  {},
  { notation: [policy({ identities: [], foreignIdentities: ['acme:arn'] })] },
]);

// --- when ---
forgery('a signature that expired an hour ago', 'notation-expiry', 'expired', () => [{ at: ago(2), expiry: ago(1 / 24) }]);
forgery('a signature that expires now', 'notation-expiry', 'expired', () => [{ at: ago(2), expiry: now }]);
const GONE = { notBefore: ago(60), notAfter: ago(10) };
forgery('a certificate that has expired', 'notation-time', 'expired', () => [{ leaf: GONE, at: ago(30) }]);
forgery('a certificate of the future', 'notation-time', 'expired', () => [{ leaf: { notBefore: ago(-1), notAfter: ago(-9) } }]);
forgery('a root that has expired', 'notation-time', 'expired', () => {
  const by = makeNotaryAuthority({ name: 'old', now, notAfter: ago(1) });
  return [{ by }, { notation: [policy({ roots: [by.root] })] }];
});
forgery('a signing authority that signed after the certificate had expired', 'notation-time', 'expired', () => [
  { scheme: 'notary.x509.signingAuthority', leaf: GONE, at: ago(5) },
  { notation: [BY_AUTHORITY] },
]);
const stamp = (days: number, by = tsa) => ({ tsa: by, at: ago(days) });
const STAMPED = { leaf: GONE, at: ago(30), timestamp: stamp(30) } as const;
control('a timestamp inside the life of an expired certificate', () => [STAMPED, { notation: [WITH_TSA] }]);
const LATER = { ...WITH_TSA, verifyTimestamp: 'afterCertExpiry' } as const;
control('no timestamp where one is asked for after expiry only', () => [{}, { notation: [LATER] }]);
control('a timestamp where one is asked for after expiry only', () => [STAMPED, { notation: [LATER] }]);
control('a useless timestamp that nobody asks for', () => [{ timestamp: stamp(30, strangeTsa) }]);
forgery('no timestamp where one is asked for', 'timestamp', 'untrusted', () => [{}, { notation: [WITH_TSA] }]);
forgery('no timestamp where one is asked for after expiry', 'timestamp', 'untrusted', () => [
  { leaf: GONE, at: ago(30) },
  { notation: [LATER] },
]);
forgery('a timestamp by an unknown authority', 'notation-timestamp', 'untrusted', () => [
  { ...STAMPED, timestamp: stamp(30, strangeTsa) },
  { notation: [WITH_TSA] },
]);
forgery('a timestamp of other bytes', 'timestamp-imprint', 'invalid', () => [
  { ...STAMPED, timestamp: { ...stamp(30), over: utf8('other') } },
  { notation: [WITH_TSA] },
]);
forgery('a timestamp from after the certificate', 'notation-time', 'expired', () => [
  { ...STAMPED, timestamp: stamp(5) },
  { notation: [WITH_TSA] },
]);
forgery('a timestamp from before the certificate', 'notation-time', 'expired', () => [
  { ...STAMPED, timestamp: stamp(70) },
  { notation: [WITH_TSA] },
]);
forgery('a timestamp whose inaccuracy reaches beyond the certificate', 'notation-time', 'expired', () => [
  { ...STAMPED, timestamp: { tsa, at: new Date(GONE.notAfter.getTime() - 500) } },
  { notation: [WITH_TSA] },
]);
forgery('a timestamp that is none', 'timestamp', 'invalid', () => [
  { ...STAMPED, timestamp: { ...stamp(30), bend: { contentType: '1.2.3' } } },
  { notation: [WITH_TSA] },
]);
forgery('a timestamp authority in the store of code signers', 'notation-timestamp', 'untrusted', () => [
  STAMPED,
  { notation: [policy({ stores: { ca: parsed([ours.root, ...tsa.chain.slice(-1)]), signingAuthority: [], tsa: [] } })] },
]);

const tsaWith =
  (name: string, change: (usual: readonly Extension[]) => readonly Extension[]): Make =>
  () => {
    const by = makeTimestampAuthority({ name, now, leafExtensions: change });
    const stores = { ca: parsed([ours.root]), signingAuthority: [], tsa: parsed(by.chain.slice(-1)) };
    return [{ ...STAMPED, timestamp: stamp(30, by) }, { notation: [policy({ stores })] }];
  };
const butUsage = (usual: readonly Extension[]) => usual.filter((e) => e.id !== OID.keyUsage);
forgery('a timestamp authority without key usage', 'notation-timestamp-chain', 'invalid', tsaWith('no usage tsa', butUsage));
forgery(
  'a timestamp authority whose key encrypts too',
  'notation-timestamp-chain',
  'invalid',
  tsaWith('wide tsa', (usual) => [...butUsage(usual), keyUsage(['digitalSignature', 'keyEncipherment'])]),
);

// --- revocation ---
const LISTED: Extension = { id: '2.5.29.31', value: seq(seq(tagged(0, tagged(0, implicit(6, utf8('http://crl.test/a.crl')))))) };
const revocable = { extensions: (usual: readonly Extension[]) => [...usual, LISTED] };
const answering =
  (status: RevocationAnswer['status']): NonNullable<Facts['revocation']> =>
  async (chain) =>
    chain.slice(0, -1).map((certificate) => ({ certificate, status, reason: 'said so' }));
const revocation = (ask: NonNullable<Facts['revocation']>): Ask => ({ facts: { revocation: ask } });
control('a certificate that is not revoked', () => [{ leaf: revocable }, revocation(answering('good'))]);
control('a certificate whose revocation is not asked', () => [
  { leaf: revocable },
  { notation: [policy({ level: { ...STRICT, revocation: 'skip' } })], ...revocation(answering('revoked')) },
]);
control('a revocation that is only logged', () => [
  { leaf: revocable },
  { notation: [policy({ level: { ...STRICT, revocation: 'log' } })], ...revocation(answering('revoked')) },
]);
forgery('a revoked certificate', 'notation-revocation', 'revoked', () => [{ leaf: revocable }, revocation(answering('revoked'))]);
forgery('a certificate of which it is not known', 'notation-revocation', 'inconclusive', () => [
  { leaf: revocable },
  revocation(answering('unknown')),
]);
forgery('a source that says nothing', 'notation-revocation', 'inconclusive', () => [{ leaf: revocable }, revocation(async () => [])]);
forgery('a source that breaks', 'notation-revocation', 'inconclusive', () => [
  { leaf: revocable },
  revocation(async () => {
    throw new Error('no answer');
  }),
]);
forgery('no source at all', 'notation-revocation', 'inconclusive', () => [{ leaf: revocable }]);
forgery('a timestamp authority that is revoked', 'notation-revocation', 'revoked', () => [
  STAMPED,
  {
    notation: [{ ...WITH_TSA, level: { ...STRICT, revocation: 'skip' } }],
    ...revocation(answering('revoked')),
  },
]);

// --- plugins ---
const DEMANDS = { plugin: { name: 'com.acme.plugin', minVersion: '1.2.0' } } as const;
const BOTH = ['SIGNATURE_VERIFIER.TRUSTED_IDENTITY', 'SIGNATURE_VERIFIER.REVOCATION_CHECK'];
interface Said {
  readonly version?: string;
  readonly name?: string;
  readonly contracts?: readonly string[];
  readonly capabilities?: readonly string[];
  readonly results?: Readonly<Record<string, unknown>>;
  readonly processed?: readonly string[];
}
function plugin(said: Said = {}): Ask {
  const { version = '1.2.0', name = 'com.acme.plugin', contracts = ['1.0'], capabilities = BOTH, processed = [] } = said;
  const host: PluginHost = {
    async call(_plugin, command, request) {
      if (command === 'get-plugin-metadata')
        return { name, description: 'd', version, url: 'u', supportedContractVersions: contracts, capabilities };
      const asked = (request as { trustPolicy: { signatureVerification: string[] } }).trustPolicy.signatureVerification;
      return {
        verificationResults: said.results ?? Object.fromEntries(asked.map((c) => [c, { success: true }])),
        processedAttributes: processed,
      };
    },
  };
  return { facts: { plugins: host } };
}
/** A program that says yes to everything, and the digest that is pinned for it. */
function program(pinned?: (digest: string) => string): Ask {
  const name = 'com.acme.plugin';
  const metadata = { name, description: 'd', version: '1.2.0', url: 'u', supportedContractVersions: ['1.0'], capabilities: BOTH };
  const results = Object.fromEntries(BOTH.map((c) => [c, { success: true }]));
  const yes = JSON.stringify({ verificationResults: results, processedAttributes: [] });
  const text = `#!/bin/sh\ncase $1 in get-plugin-metadata) echo '${JSON.stringify(metadata)}' ;; *) echo '${yes}' ;; esac\n`;
  const digest = pinned?.(createHash('sha256').update(text).digest('hex'));
  const pins = digest === undefined ? [] : [{ name, digest: `sha256:${digest}` }];
  const host: PluginHost = {
    async call(...asked) {
      const folder = mkdtempSync(join(tmpdir(), 'assay-forgery-'));
      try {
        const path = join(folder, name, `notation-${name}`);
        mkdirSync(join(folder, name));
        writeFileSync(path, text, { mode: 0o755 });
        return await createPluginHost({ folder, pins, env: { PATH: process.env.PATH }, home: folder }).call(...asked);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  };
  return { facts: { plugins: host } };
}
control('a plugin whose program is pinned', () => [DEMANDS, program((digest) => digest)]);
forgery('a plugin whose program nobody pinned', 'plugin-pin', 'inconclusive', () => [DEMANDS, program()]);
forgery('a program in place of the pinned plugin', 'plugin-pin', 'inconclusive', () => [
  DEMANDS,
  program((digest) => [...digest].reverse().join('')),
]);
control('a plugin that takes over', () => [{ ...DEMANDS, leaf: { subject: subject('other') } }, plugin()]);
control('a newer plugin', () => [DEMANDS, plugin({ version: '1.10.0' })]);
control('a critical attribute that the plugin processes', () => [
  { ...DEMANDS, attributes: [{ name: 'acme.must', value: 'x', critical: true }] },
  plugin({ processed: ['acme.must'] }),
]);
forgery('a plugin that cannot be run', 'notation-plugin', 'inconclusive', () => [DEMANDS]);
forgery('an older plugin', 'notation-plugin', 'inconclusive', () => [DEMANDS, plugin({ version: '1.2.0-rc.1' })]);
forgery('a plugin without a version', 'notation-plugin', 'inconclusive', () => [DEMANDS, plugin({ version: 'new' })]);
forgery('a plugin of another name', 'notation-plugin', 'inconclusive', () => [DEMANDS, plugin({ name: 'other' })]);
forgery('a plugin that does not verify', 'notation-plugin', 'inconclusive', () => [
  DEMANDS,
  plugin({ capabilities: ['SIGNATURE_GENERATOR.RAW'] }),
]);
forgery('a plugin of another contract', 'notation-plugin', 'inconclusive', () => [DEMANDS, plugin({ contracts: ['2.0'] })]);
forgery('a plugin that does not answer what was asked', 'notation-plugin', 'inconclusive', () => [DEMANDS, plugin({ results: {} })]);
forgery('a plugin that trusts nobody', 'notation-plugin', 'untrusted', () => [
  DEMANDS,
  plugin({ capabilities: BOTH.slice(0, 1), results: { [BOTH[0] ?? '']: { success: false, reason: 'not ours' } } }),
]);
forgery('a plugin that knows of a revocation', 'notation-plugin', 'revoked', () => [
  DEMANDS,
  plugin({ capabilities: BOTH.slice(1), results: { [BOTH[1] ?? '']: { success: false, reason: 'revoked' } } }),
]);
forgery('a least version that is none', 'notation-plugin', 'invalid', () => [
  { plugin: { name: 'com.acme.plugin', minVersion: 'newest' } },
  plugin(),
]);
forgery('a critical attribute that the plugin does not process', 'notation-attributes', 'invalid', () => [
  { ...DEMANDS, attributes: [{ name: 'acme.must', value: 'x', critical: true }] },
  plugin(),
]);
forgery('a plugin for a signature of a stranger', 'notation-anchor', 'untrusted', () => [{ ...DEMANDS, by: theirs }, plugin()]);

// --- what ---
const about = (change: Partial<typeof TARGET> & { readonly annotations?: Readonly<Record<string, string>> }): Making => ({
  payload: notaryPayload({ ...TARGET, ...change }),
});
forgery('a good signature of another image', 'subject-digest', 'invalid', () => [about({ digest: OTHER_DIGEST })]);
forgery('another size', 'subject-descriptor', 'invalid', () => [about({ size: IMAGE.length + 1 })]);
forgery('another media type', 'subject-descriptor', 'invalid', () => [about({ mediaType: OCI_INDEX })]);
forgery('a payload that is none', 'payload-form', 'invalid', () => [{ payload: utf8('{"targetArtifact":{}}') }]);
forgery('a payload with two targets', 'payload-form', 'invalid', () => [
  { payload: utf8(`{"targetArtifact":{"mediaType":"a"},${Buffer.from(notaryPayload(TARGET)).toString().slice(1)}`) },
]);
forgery('a file whose digest is by another hash function than the key demands', 'subject-digest', 'invalid', () => [
  { leaf: { keyKind: 'p384' } },
  AS_FILE,
]);
forgery('metadata with another value', 'annotations', 'denied', () => [
  about({ annotations: { stage: 'dev' } }),
  { annotations: new Map([['stage', 'prod']]) },
]);
forgery('metadata that is not there', 'annotations', 'denied', () => [{}, { annotations: new Map([['stage', 'prod']]) }]);
forgery('metadata under a reserved name', 'annotations', 'denied', () => [
  about({ annotations: { 'io.cncf.notary.stage': 'prod' } }),
  { annotations: new Map([['io.cncf.notary.stage', 'prod']]) },
]);
forgery('a signature in the place of an attestation', 'evidence-kind', 'untrusted', () => [
  {},
  { want: { predicateType: 'slsaprovenance1' } },
]);
forgery('Notation evidence where a key was asked for', 'signature', 'untrusted', () => [
  {},
  { notation: [], keys: [sharedKey('p256', 'asked')] },
]);

// --- form ---
forgery('bytes behind the envelope', 'decode', 'invalid', bent({ bytes: (b) => Buffer.concat([b, utf8('{}')]) }));
forgery('an envelope that breaks off', 'decode', 'invalid', bent({ bytes: (b) => b.subarray(0, b.length - 9) }));
forgery('garbage', 'decode', 'invalid', bent({ bytes: () => utf8('garbage') }));
for (const [form, other] of [
  ['jws', COSE_ENVELOPE],
  ['cose', JWS_ENVELOPE],
] as const)
  t.forgery(`an envelope that is labelled ${other} (${form})`, 'decode', 'invalid', () => {
    const posed = poseNotation(form);
    return posed.stored.form === 'notation' ? { ...posed, stored: { ...posed.stored, mediaType: other } } : posed;
  });
const json = (change: (value: Record<string, unknown>) => unknown) => (bytes: Uint8Array) =>
  utf8(JSON.stringify(change(JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>)));
t.forgery('an envelope with a member too many (jws)', 'decode', 'invalid', () =>
  poseNotation('jws', { bend: { bytes: json((v) => ({ ...v, signatures: [] })) } }),
);
t.forgery('an envelope with padding (jws)', 'decode', 'invalid', () =>
  poseNotation('jws', { bend: { bytes: json((v) => ({ ...v, payload: `${v.payload}=` })) } }),
);
t.forgery('an envelope with a name in both headers (jws)', 'decode', 'invalid', () =>
  poseNotation('jws', { bend: { unprotected: { [`${H}signingScheme`]: 'notary.x509' } } }),
);
t.forgery('an envelope with a label in both headers (cose)', 'decode', 'invalid', () =>
  poseNotation('cose', { bend: { unprotected: { [`${H}signingScheme`]: 'notary.x509' } } }),
);
t.forgery('an envelope without its tag (cose)', 'decode', 'invalid', () => poseNotation('cose', { bend: { bytes: (b) => b.subarray(1) } }));

function flipped(signature: Buffer): Buffer {
  const copy = Buffer.from(signature);
  copy[5] = (copy[5] ?? 0) ^ 1;
  return copy;
}

function derOf(raw: Buffer): Buffer {
  return seq(int(raw.subarray(0, 32)), int(raw.subarray(32)));
}

function first(certificate: Certificate | undefined): readonly Certificate[] {
  return certificate === undefined ? [] : [certificate];
}

function reordered([leaf, ...others]: readonly Certificate[]): readonly Uint8Array[] {
  return [...first(leaf), ...others.toReversed()].map((c) => c.der);
}

function subject(organization: string): readonly (readonly ['C' | 'ST' | 'O' | 'CN', string])[] {
  return [
    ['C', 'US'],
    ['ST', 'WA'],
    ['O', organization],
    ['CN', 'signer'],
  ];
}

/** Evidence that verifies, for mutations: both forms, with a timestamp. */
export function verifiedNotation(form: 'jws' | 'cose'): readonly Posed[] {
  return [poseNotation(form, STAMPED, { notation: [WITH_TSA] }), poseNotation(form, { by: ours, ...STAMPED }, { notation: [WITH_TSA] })];
}
