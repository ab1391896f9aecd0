/** Notary Project signatures, in JWS and COSE: what is signed, and its envelope. */
import { utf8 } from '../../../src/bytes/index.ts';
import { COSE_ENVELOPE, JWS_ENVELOPE, OCI_INDEX } from '../../../src/oci/media-types.ts';
import { int, seq } from '../../../src/testing/authority/encode.ts';
import { type KeyKind, notaryPayload, selfSignedSigner, sharedKey } from '../../../src/testing/index.ts';
import { IMAGE, OTHER_DIGEST } from '../lab.ts';
import {
  AS_FILE,
  ago,
  BY_AUTHORITY,
  bent,
  deep,
  type Making,
  notationTable,
  now,
  policy,
  poseNotation,
  STRICT,
  TARGET,
  theirs,
} from './notation-lab.ts';

const { cases, controls, forgeries, forgery } = notationTable('notation');
/** Its rows. */
export const notationCases = cases;

// --- control ---
for (const keyKind of ['rsa2048', 'rsa3072', 'rsa4096', 'p256', 'p384', 'p521'] as const satisfies readonly KeyKind[])
  controls(`a signature by ${keyKind}`, () => [{ leaf: { keyKind } }]);
controls('a chain with an intermediate', () => [{ by: deep }, { notation: [policy({ roots: [deep.root] })] }]);
controls('a chain whose intermediate is in the store', () => [{ by: deep }, { notation: [policy({ roots: deep.chain.slice(0, 1) })] }]);
const self = selfSignedSigner(now);
controls('a signer that is its own root', () => [{ chain: [self] }, { notation: [policy({ roots: [self] })] }]);
controls('every subject is taken', () => [{}, { notation: [policy({ identities: 'any' })] }]);
controls('a second policy is the one that holds', () => [{}, { notation: [policy({ roots: [theirs.root] }), policy({ name: 'second' })] }]);
controls('a signature that expires tomorrow', () => [{ expiry: ago(-1) }]);
controls('user metadata that was asked for', () => [
  { payload: notaryPayload({ ...TARGET, annotations: { stage: 'prod' } }) },
  { annotations: new Map([['stage', 'prod']]) },
]);
controls('a signing authority', () => [{ scheme: 'notary.x509.signingAuthority' }, { notation: [BY_AUTHORITY] }]);
controls('a signing authority that signed while the certificate was valid', () => [
  { scheme: 'notary.x509.signingAuthority', leaf: { notBefore: ago(60), notAfter: ago(10) }, at: ago(30) },
  { notation: [BY_AUTHORITY] },
]);
controls('an attribute that is not critical', () => [{ attributes: [{ name: 'acme.note', value: 'x', critical: false }] }]);
controls('a file, whose media type nobody asked for', () => [{}, AS_FILE]);

// --- signature ---
forgeries('signed by another key than the certificate has', 'signature', 'invalid', bent({ signingKey: sharedKey('p256', 'another') }));
forgeries('a signature with a bit turned', 'signature', 'invalid', bent({ signature: flipped }));
forgeries('a payload that was replaced after signing', 'signature', 'invalid', () => [
  { payload: notaryPayload({ ...TARGET, digest: OTHER_DIGEST }), bend: { shownPayload: notaryPayload(TARGET) } },
]);
forgeries('an ECDSA signature in DER', 'signature', 'invalid', bent({ signature: (s) => derOf(s) }));
forgeries('an empty signature', 'decode', 'invalid', bent({ signature: () => Buffer.alloc(0) }));
forgeries('a weaker algorithm, properly signed by a key that demands a stronger one', 'notation-algorithm', 'invalid', () => [
  { leaf: { keyKind: 'rsa3072' }, bend: { algorithm: 'PS256' } },
]);
forgeries('a stronger algorithm than the key demands', 'notation-algorithm', 'invalid', () => [
  { leaf: { keyKind: 'rsa2048' }, bend: { algorithm: 'PS384' } },
]);
for (const [form, statedAlgorithm] of [
  ['jws', 'ES256'],
  ['cose', -7],
] as const)
  forgery(`an algorithm of another type of key (${form})`, 'notation-algorithm', 'invalid', () =>
    poseNotation(form, { leaf: { keyKind: 'rsa2048' }, bend: { statedAlgorithm } }),
  );
forgeries('a payload of another type', 'notation-content-type', 'invalid', bent({ contentType: 'application/json' }));
for (const alg of ['none', 'HS256', 'RS256', 'ES256K', 'EdDSA'])
  forgery(`the algorithm ${alg} (jws)`, 'decode', 'invalid', () => poseNotation('jws', { bend: { statedAlgorithm: alg } }));
for (const alg of [5, -8, -257, -47])
  forgery(`the algorithm ${alg} (cose)`, 'decode', 'invalid', () => poseNotation('cose', { bend: { statedAlgorithm: alg } }));

// --- attributes ---
const H = 'io.cncf.notary.';
forgeries('a critical attribute that nobody understands', 'notation-attributes', 'invalid', () => [
  { attributes: [{ name: 'acme.must', value: 'x', critical: true }] },
]);
forgeries(
  "a critical attribute that nobody understands, in a stranger's envelope whose authenticity is only logged",
  'notation-attributes',
  'invalid',
  () => [
    { by: theirs, attributes: [{ name: 'acme.must', value: 'x', critical: true }] },
    { notation: [policy({ level: { ...STRICT, authenticity: 'log' } })] },
  ],
);
forgeries('crit names an attribute that is not there', 'decode', 'invalid', bent({ crit: (c) => [...c, 'acme.absent'] }));
forgeries('crit names an attribute twice', 'decode', 'invalid', bent({ crit: (c) => [...c, ...c] }));
forgeries('crit is missing', 'decode', 'invalid', bent({ crit: () => undefined }));
forgeries('crit is empty', 'decode', 'invalid', bent({ crit: () => [] }));
forgeries('crit leaves out the scheme', 'decode', 'invalid', () => [
  { attributes: [{ name: 'acme.other', value: 1, critical: true }], bend: { crit: () => ['acme.other'] } },
]);
forgeries('crit leaves out the expiry', 'decode', 'invalid', () => [
  { expiry: ago(-1), bend: { crit: (c) => c.filter((n) => n !== `${H}expiry`) } },
]);
forgeries('crit leaves out the authentic signing time', 'decode', 'invalid', () => [
  { scheme: 'notary.x509.signingAuthority', bend: { crit: (c) => c.filter((n) => n !== `${H}authenticSigningTime`) } },
  { notation: [BY_AUTHORITY] },
]);
forgeries('crit names the signing time', 'decode', 'invalid', bent({ crit: (c) => [...c, `${H}signingTime`] }));
forgeries('crit names a registered parameter', 'decode', 'invalid', bent({ crit: (c) => [...c, 'alg'] }));
forgeries('crit names a number', 'decode', 'invalid', bent({ crit: (c) => [...c, 33] }));
forgeries('an unknown signing scheme', 'decode', 'invalid', bent({ header: { [`${H}signingScheme`]: 'acme' } }));
forgeries('no signing scheme', 'decode', 'invalid', bent({ header: { [`${H}signingScheme`]: undefined } }));
forgeries('no signing time', 'decode', 'invalid', bent({ header: { [`${H}signingTime`]: undefined } }));
forgeries('a signing time that is none', 'decode', 'invalid', bent({ header: { [`${H}signingTime`]: 'yesterday' } }));
forgeries('a signing time at the hour 24', 'decode', 'invalid', bent({ header: { [`${H}signingTime`]: '2026-01-01T24:00:00Z' } }));
forgeries('both signing times', 'decode', 'invalid', bent({ header: { [`${H}authenticSigningTime`]: ago(1) } }));
forgeries('a signing authority without a time', 'decode', 'invalid', () => [
  {
    scheme: 'notary.x509.signingAuthority',
    bend: { header: { [`${H}authenticSigningTime`]: undefined }, crit: () => [`${H}signingScheme`] },
  },
  { notation: [BY_AUTHORITY] },
]);
forgeries('a signature that expires before it was signed', 'decode', 'invalid', () => [{ at: ago(-2), expiry: ago(-1) }]);

// --- what ---
const about = (change: Partial<typeof TARGET> & { readonly annotations?: Readonly<Record<string, string>> }): Making => ({
  payload: notaryPayload({ ...TARGET, ...change }),
});
forgeries('a good signature of another image', 'subject-digest', 'invalid', () => [about({ digest: OTHER_DIGEST })]);
forgeries('another size', 'subject-descriptor', 'invalid', () => [about({ size: IMAGE.length + 1 })]);
forgeries('another media type', 'subject-descriptor', 'invalid', () => [about({ mediaType: OCI_INDEX })]);
forgeries('a payload that is none', 'payload-form', 'invalid', () => [{ payload: utf8('{"targetArtifact":{}}') }]);
forgeries('a payload with two targets', 'payload-form', 'invalid', () => [
  { payload: utf8(`{"targetArtifact":{"mediaType":"a"},${Buffer.from(notaryPayload(TARGET)).toString().slice(1)}`) },
]);
forgeries('a file whose digest is by another hash function than the key demands', 'subject-digest', 'invalid', () => [
  { leaf: { keyKind: 'p384' } },
  AS_FILE,
]);
forgeries('metadata with another value', 'annotations', 'denied', () => [
  about({ annotations: { stage: 'dev' } }),
  { annotations: new Map([['stage', 'prod']]) },
]);
forgeries('metadata that is not there', 'annotations', 'denied', () => [{}, { annotations: new Map([['stage', 'prod']]) }]);
forgeries('metadata under a reserved name', 'annotations', 'denied', () => [
  about({ annotations: { 'io.cncf.notary.stage': 'prod' } }),
  { annotations: new Map([['io.cncf.notary.stage', 'prod']]) },
]);
forgeries('a signature in the place of an attestation', 'evidence-kind', 'untrusted', () => [
  {},
  { want: { predicateType: 'slsaprovenance1' } },
]);
forgeries('Notation evidence where a key was asked for', 'signature', 'untrusted', () => [
  {},
  { notation: [], keys: [sharedKey('p256', 'asked')] },
]);

// --- form ---
forgeries('bytes behind the envelope', 'decode', 'invalid', bent({ bytes: (b) => Buffer.concat([b, utf8('{}')]) }));
forgeries('an envelope that breaks off', 'decode', 'invalid', bent({ bytes: (b) => b.subarray(0, b.length - 9) }));
forgeries('garbage', 'decode', 'invalid', bent({ bytes: () => utf8('garbage') }));
for (const [form, other] of [
  ['jws', COSE_ENVELOPE],
  ['cose', JWS_ENVELOPE],
] as const)
  forgery(`an envelope that is labelled ${other} (${form})`, 'decode', 'invalid', () => {
    const posed = poseNotation(form);
    return posed.stored.form === 'notation' ? { ...posed, stored: { ...posed.stored, mediaType: other } } : posed;
  });
const json = (change: (value: Record<string, unknown>) => unknown) => (bytes: Uint8Array) =>
  utf8(JSON.stringify(change(JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>)));
forgery('an envelope with a member too many (jws)', 'decode', 'invalid', () =>
  poseNotation('jws', { bend: { bytes: json((v) => ({ ...v, signatures: [] })) } }),
);
forgery('an envelope with padding (jws)', 'decode', 'invalid', () =>
  poseNotation('jws', { bend: { bytes: json((v) => ({ ...v, payload: `${v.payload}=` })) } }),
);
forgery('an envelope with a name in both headers (jws)', 'decode', 'invalid', () =>
  poseNotation('jws', { bend: { unprotected: { [`${H}signingScheme`]: 'notary.x509' } } }),
);
forgery('an envelope with a label in both headers (cose)', 'decode', 'invalid', () =>
  poseNotation('cose', { bend: { unprotected: { [`${H}signingScheme`]: 'notary.x509' } } }),
);
forgery('an envelope without its tag (cose)', 'decode', 'invalid', () => poseNotation('cose', { bend: { bytes: (b) => b.subarray(1) } }));

function derOf(raw: Buffer): Buffer {
  return seq(int(raw.subarray(0, 32)), int(raw.subarray(32)));
}

function flipped(signature: Buffer): Buffer {
  const copy = Buffer.from(signature);
  copy[5] = (copy[5] ?? 0) ^ 1;
  return copy;
}
