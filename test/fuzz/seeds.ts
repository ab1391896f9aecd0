/** Honest inputs of every kind, from the virtual Sigstore, as a start for mutations. */
import { deflateRawSync } from 'node:zlib';
import { utf8 } from '../../src/bytes/index.ts';
import { createMemoryStore } from '../../src/oci/memory/index.ts';
import { octets } from '../../src/testing/authority/encode.ts';
import { generalName, subjectAltName } from '../../src/testing/authority/names.ts';
import {
  armored,
  createVirtualSigstore,
  inTotoStatement,
  keyring,
  makeTimestampAuthority,
  nameConstraints,
  OID,
  type PgpKey,
  PREDICATES,
  pgpMessage,
  pgpPacket,
  pushBundle,
  pushImage,
  pushIndex,
  pushLayers,
  type San,
  sctList,
  sharedKey,
  simpleSigningPayload,
  timestamp,
  timestampToken,
  trustedRoot,
  verifierOf,
} from '../../src/testing/index.ts';
import type { Posed } from '../forgeries/case.ts';
import { verifiedNotation } from '../forgeries/cases/notation-lab.ts';
import {
  asKey,
  asLoggedKey,
  att,
  blob,
  bundle,
  byKey,
  DIGEST,
  ISSUED,
  keyless,
  lab,
  message,
  STRANGE_KEY,
  sig,
  v2,
} from '../forgeries/lab.ts';

const text = (...texts: readonly string[]): Buffer[] => texts.map((t) => Buffer.from(t));
const bytesOf = (posed: Posed): Buffer => {
  if (posed.stored.form !== 'layer') return Buffer.from(posed.stored.bytes);
  const { mediaType, content, annotations } = posed.stored.layer;
  return Buffer.from(JSON.stringify({ mediaType, annotations, content: Buffer.from(content).toString('base64') }));
};

const pgpKeys: readonly PgpKey[] = (['p256', 'ed25519', 'rsa2048'] as const).map((kind) => ({
  key: sharedKey(kind, 'fuzz'),
  created: ISSUED,
}));

/** Signed OpenPGP messages, compressed ones among them. */
export function openPgpMessageSeeds(): Buffer[] {
  const messages = pgpKeys.map((key) => pgpMessage(key, simpleSigningPayload(DIGEST), { created: ISSUED, expiresAfter: 3600 }));
  return [...messages, ...messages.map((m) => pgpPacket(8, Buffer.of(1), deflateRawSync(m)))];
}

/** Keyrings, binary and armored. */
export function keyringSeeds(): Buffer[] {
  const [first, second] = pgpKeys;
  if (first === undefined || second === undefined) throw new Error('no keys');
  const rings = pgpKeys.map((key) => keyring({ key, revokedBy: key, subkeys: [{ key: second }, { key: first, revokedBy: key }] }));
  return [...rings, Buffer.concat(rings), ...rings.map((r) => Buffer.from(armored(r)))];
}

/** Files of registries.d. */
export function registriesSeeds(): Buffer[] {
  return text(
    'default-docker:\n  lookaside: file:///var/lib/containers/sigstore\n',
    'docker:\n  registry.example/ns:\n    lookaside: https://lookaside.example\n    use-sigstore-attachments: true\n',
  );
}

/** Evidence that verifies, by the question that it answers. */
export function verifiedEvidence(): readonly (readonly [string, readonly Posed[]])[] {
  const key = byKey();
  return [
    [
      'keyless',
      [
        bundle(),
        bundle({ version: '0.1' }),
        bundle({ version: '0.2' }),
        bundle({ timestamps: [{}] }),
        bundle(v2()),
        bundle({ logs: [{ kind: 'intoto/0.0.2' }] }),
        sig(),
        sig({ timestamps: [{}] }),
      ],
    ],
    ['key', [bundle({ signer: key }, asKey()), sig({ signer: key }, asKey()), bundle({ signer: key, logs: [{}] }, asKey())]],
    [
      'logged key',
      [
        bundle({ signer: key, logs: [{}] }, asLoggedKey()),
        bundle({ signer: key, ...v2(), timestamps: [] }, asLoggedKey()),
        sig({ signer: key, logs: [{}] }, asLoggedKey()),
      ],
    ],
    ['attestation', [att(), att({ timestamps: [{}] }), att({ logs: [{ kind: 'intoto/0.0.2' }] })]],
    ['message', [message(), message(v2()), blob()]],
    ['notation jws', verifiedNotation('jws')],
    ['notation cose', verifiedNotation('cose')],
  ];
}

export const bundleSeeds = (): Buffer[] => [
  ...[
    bundle(),
    bundle({ version: '0.1' }),
    bundle({ version: '0.2', timestamps: [{}] }),
    bundle(v2()),
    message(),
    bundle({ signer: byKey() }),
  ].map(bytesOf),
];
export const layerSeeds = (): Buffer[] =>
  [sig(), sig({ timestamps: [{}] }), att(), att({ timestamps: [{}] }), sig({ signer: byKey() })].map(bytesOf);
export const blobSeeds = (): Buffer[] => [blob(), blob({ signer: byKey() })].map(bytesOf);
export const blobAttestationSeeds = (): Buffer[] => [
  Buffer.from(
    JSON.stringify({
      ...(JSON.parse(bytesOf(blob()).toString()) as object),
      base64Signature: Buffer.from(envelopeSeeds()[0] ?? '').toString('base64'),
    }),
  ),
];
export const rekorBundleSeeds = (): Buffer[] =>
  [sig(), att()].map((p) => Buffer.from(p.stored.form === 'layer' ? (p.stored.layer.annotations['dev.sigstore.cosign/bundle'] ?? '') : ''));

const sans: readonly San[] = [
  { uri: 'https://acme.test/x' },
  { email: 'dev@acme.test' },
  { dns: 'acme.test' },
  { ip: [10, 0, 0, 1] },
  { other: 'x' },
  { directory: [['CN', 'x']] },
];
export const certificateSeeds = (): Buffer[] => [
  lab.issue().der,
  lab.issue({ sans, claims: new Map(Array.from({ length: 16 }, (_, i) => [i + 9, `claim ${i}`] as const)) }).der,
  lab.issue({
    keyKind: 'ed25519',
    subject: [
      ['CN', 'x'],
      ['O', 'y'],
      ['C', 'DE'],
    ],
  }).der,
  lab.issue({ key: sharedKey('rsa2048') }).der,
  lab.issue({ extra: [nameConstraints(sans, sans)] }).der,
  lab.ca.root.der,
  lab.ca.issuing.der,
  lab.tsa.leaf.der,
];
export const spkiSeeds = (): Buffer[] =>
  (['p256', 'p384', 'p521', 'rsa2048', 'ed25519', 'secp256k1'] as const).map((k) => sharedKey(k).spki);
export const pemSeeds = (): Buffer[] => text(lab.ca.root.pem, lab.ca.chain.map((c) => c.pem).join('note\n'), STRANGE_KEY.spkiPem);
export const sanSeeds = (): Buffer[] => [Buffer.from(subjectAltName(sans).value), generalName({ uri: 'x' })];
export const nameConstraintSeeds = (): Buffer[] => [
  Buffer.from(nameConstraints(sans, sans).value),
  Buffer.from(nameConstraints([{ ip: [10, 0, 0, 0, 255, 0, 0, 0] }, { email: '.x' }]).value),
];
export const sctSeeds = (): Buffer[] => {
  const list = sctList(
    [
      { log: lab.ct, at: ISSUED },
      { log: lab.ct, at: ISSUED, extensions: Buffer.of(1, 2) },
    ],
    { tbs: Buffer.of(0x30, 0), issuerKeyHash: Buffer.alloc(32) },
  );
  return [octets(list)];
};
export const timestampSeeds = (): Buffer[] => {
  const rsa = makeTimestampAuthority({ now: lab.now, intermediate: true, keyKind: 'p384' });
  const at = ISSUED;
  return [
    timestamp(lab.tsa, Buffer.from('x'), { at }),
    timestampToken(lab.tsa, Buffer.from('x'), { at, embed: 'none' }),
    timestamp(rsa, Buffer.from('x'), { at, embed: 'chain', hash: 'sha512' }),
  ];
};
export const checkpointSeeds = (): Buffer[] =>
  [bundle(), bundle(v2())].map((p) => {
    const value = JSON.parse(bytesOf(p).toString()) as {
      verificationMaterial: { tlogEntries: { inclusionProof: { checkpoint: { envelope: string } } }[] };
    };
    return Buffer.from(value.verificationMaterial.tlogEntries[0]?.inclusionProof.checkpoint.envelope ?? '');
  });
export const envelopeSeeds = (): Buffer[] =>
  [att(), att({ signer: byKey() })].map((p) => Buffer.from(p.stored.form === 'layer' ? p.stored.layer.content : []));
export const payloadSeeds = (): Buffer[] => [Buffer.from(simpleSigningPayload(DIGEST, { optional: { a: 'b' } }))];
export const statementSeeds = (): Buffer[] => [
  Buffer.from(inTotoStatement(DIGEST, PREDICATES.slsa1, { name: 'x', annotations: { a: 'b' }, predicate: { a: [1, { b: null }] } })),
  Buffer.from(inTotoStatement(DIGEST, PREDICATES.sign, { more: { _type: 'https://in-toto.io/Statement/v0.1' } })),
];
export const trustedRootSeeds = (): Buffer[] =>
  text(JSON.stringify(lab.trustedRoot()), JSON.stringify(trustedRoot({ authorities: [{ of: lab.ca, window: { end: lab.now } }] })));
export const manifestSeeds = (): Buffer[] => {
  const store = createMemoryStore();
  const image = pushImage(store, 'x');
  const pushed = [
    image,
    pushIndex(store, [image, image]),
    pushBundle(store, image, utf8('{}'), { annotations: { a: 'b' } }),
    pushLayers(store, image, 'sig', []),
  ];
  return [
    ...pushed.map((p) => Buffer.from(p.bytes)),
    ...text('{"mediaType":"application/vnd.oci.artifact.manifest.v1+json","artifactType":"x","blobs":[]}'),
  ];
};
export const configSeeds = (): Buffer[] =>
  text(
    '{"architecture":"amd64","os":"linux","config":{"Env":["A=b"],"Labels":{"a":"b"},"Cmd":["x"],"ExposedPorts":{"80/tcp":{}}},"rootfs":{"type":"layers","diff_ids":["sha256:00"]},"history":[{"created":"2026-01-01T00:00:00Z","created_by":"x","empty_layer":true}]}',
  );
export const referenceSeeds = (): Buffer[] =>
  text(
    'app',
    'acme/app:v1',
    `registry.example:5000/acme/app:v1@${DIGEST}`,
    '[::1]:5000/a/b',
    'oci:path/to:v1',
    `oci-archive:x.tar@${DIGEST}`,
    'localhost/a',
    'Docker.io/library/x',
  );
export const digestSeeds = (): Buffer[] => text(DIGEST, `sha512:${'0'.repeat(128)}`);
export const platformSeeds = (): Buffer[] => text('linux/amd64', 'linux/arm/v7', 'windows/amd64:10.0.1');
export const dockerConfigSeeds = (): Buffer[] =>
  text(
    '{"auths":{"https://index.docker.io/v1/":{"auth":"dXNlcjpwYXNz"},"ghcr.io":{"username":"a","password":"b"},"x":{"identitytoken":"t"}},"credHelpers":{"gcr.io":"gcloud"},"credsStore":"desktop"}',
  );
export const challengeSeeds = (): Buffer[] =>
  text(
    'Bearer realm="https://auth.example/token",service="registry.example",scope="repository:acme/app:pull"',
    'Basic realm="x"',
    'Negotiate abc==, Bearer realm=x , Digest a="b\\"c"',
  );
export const linkSeeds = (): Buffer[] =>
  text('</v2/a/tags/list?n=1&last=b>; rel="next"', '<https://x.test/a>; rel=prev; title="a,b", <b>; rel="next last"');
export const tarSeeds = (): Buffer[] => [
  tar('blobs/x', 'hello'),
  Buffer.concat([tar('a', '13 path=bcde\n', 'x'), tar('c', 'x'), Buffer.alloc(1024)]),
];
export const paxSeeds = (): Buffer[] => text('13 path=bcde\n', '13 path=bcde\n12 size=123\n21 SCHILY.xattr.a=bc\n');
export const layoutSeeds = (): Buffer[] => [
  ...text(
    `{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"${DIGEST}","size":2,"annotations":{"org.opencontainers.image.ref.name":"v1","kind":"dev.cosignproject.cosign/sigs"}}]}`,
  ),
];
export const metadataSeeds = (): Buffer[] =>
  text(
    '{"signatures":[{"keyid":"a","sig":"00"}],"signed":{"_type":"root","version":3,"expires":"2026-01-01T00:00:00Z","keys":{},"roles":{}}}',
  );
export const logBodySeeds = (): Buffer[] =>
  [
    bundle(),
    bundle({ logs: [{ kind: 'intoto/0.0.2' }] }),
    bundle({ logs: [{ kind: 'intoto/0.0.1', entered: { verifier: verifierOf(keyless()) } }] }),
    bundle(v2()),
    message(),
  ].map((p) => {
    const value = JSON.parse(bytesOf(p).toString()) as { verificationMaterial: { tlogEntries: { canonicalizedBody: string }[] } };
    return Buffer.from(value.verificationMaterial.tlogEntries[0]?.canonicalizedBody ?? '', 'base64');
  });
export const derSeeds = (): Buffer[] => [
  ...certificateSeeds().slice(0, 2),
  ...timestampSeeds().slice(0, 1),
  Buffer.from('06032a0304', 'hex'),
];
export const jsonSeeds = (): Buffer[] => [
  ...bundleSeeds().slice(0, 1),
  ...text('{"a":[1,2.5e3,"\\u0041",null,true,{"b":{}}]}', '[]', '"x"', '0'),
];
export const base64Seeds = (): Buffer[] => text('', 'AAAA', 'QUE=', 'QQ==', DIGEST);
export const expressionSeeds = (): Buffer[] =>
  text('^https://github\\.com/acme/.+@refs/heads/(main|v\\d+)$', '(a|b)*c{2,5}', '[[:alpha:]]+', '(?i)x', '(?P<n>a)');
export const durationSeeds = (): Buffer[] => text('500ms', '1h30m', '3m', '1.5s', '10MiB', '5GB');
export const sctCertificate = (): Buffer => lab.issue().der;
export const SCT_OID = OID.sct;
export const other = createVirtualSigstore({ name: 'other' });

/** A file in a tar archive, header and padded content. */
function tar(name: string, content: string, type = '0'): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\u00000000000\u00000000000\u0000', 100);
  header.write(`${content.length.toString(8).padStart(11, '0')}\u000000000000000\u0000`, 124);
  header.write(`${type}`, 156);
  header.write('ustar\u000000', 257);
  const padded = Buffer.alloc(Math.ceil(content.length / 512) * 512);
  padded.write(content);
  return Buffer.concat([sealTar(header), padded]);
}

/** Writes the sum that a tar header carries, as a forger would. */
export function sealTar(archive: Buffer): Buffer {
  if (archive.length < 512) return archive;
  const copy = Buffer.from(archive);
  copy.fill(0x20, 148, 156);
  const sum = copy.subarray(0, 512).reduce((n, b) => n + b, 0);
  copy.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148, 'latin1');
  return copy;
}
