/** RFC 3161 timestamps. */
import { createHash } from 'node:crypto';
import { utf8 } from '../../../src/bytes/index.ts';
import { generalizedTime, seq, utf8String } from '../../../src/testing/authority/encode.ts';
import {
  basicConstraints,
  extendedKeyUsage,
  keyUsage,
  makeCertificate,
  makeTimestampAuthority,
  newKey,
  OID,
  subjectKeyId,
  type TimestampBend,
  type TimestampUse,
  timestampToken,
} from '../../../src/testing/index.ts';
import { type Ask, table } from '../case.ts';
import { after, att, bundle, ISSUED, lab, sig, stranger, USED } from '../lab.ts';

const t = table('timestamp');
export const timestampCases = t.cases;

/** Timestamps alone prove the time; no log is asked for. */
const STAMPED: Ask = { logs: 0, timestamps: 1 };
const stamped = (use: TimestampUse = {}, ask: Ask = {}) => bundle({ logs: [], timestamps: [use] }, { ...STAMPED, ...ask });
const bent = (bend: TimestampBend) => stamped({ bend });
const rootWith = (tsa: Parameters<typeof lab.trustedRoot>[0]) => lab.trustedRoot(tsa);

// --- control ---
for (const embed of ['leaf', 'none', 'chain'] as const) t.control(`a timestamp, certificates in it: ${embed}`, () => stamped({ embed }));
t.control('a timestamp in a layer of .sig', () => sig({ logs: [], timestamps: [{}] }, STAMPED));
t.control('a timestamp over the envelope, in a layer of .att', () => att({ logs: [], timestamps: [{}] }, STAMPED));
t.control('a timestamp over the signature, in a layer of .att', () =>
  att(
    {
      logs: [],
      timestamps: [],
      edit: (l) => {
        const made = att({ logs: [], timestamps: [{}] });
        if (made.stored.form === 'layer') Object.assign(l, made.stored.layer);
      },
    },
    STAMPED,
  ),
);
t.control('a timestamp beside a log entry', () => bundle({ timestamps: [{}] }));
t.control('a timestamp with SHA-384 in its imprint', () => stamped({ hash: 'sha384' }));
t.control('a timestamp with SHA-512 in its imprint', () => stamped({ hash: 'sha512' }));
for (const keyKind of ['p384', 'rsa2048'] as const) {
  const tsa = makeTimestampAuthority({ now: lab.now, keyKind, name: `tsa ${keyKind}` });
  t.control(`a timestamp by a ${keyKind} key`, () => stamped({ tsa }, { trust: rootWith({ timestampAuthorities: [{ of: tsa }] }) }));
}
const deep = makeTimestampAuthority({ now: lab.now, intermediate: true, name: 'deep tsa' });
t.control('a timestamp authority with an intermediate', () =>
  stamped({ tsa: deep, embed: 'chain' }, { trust: rootWith({ timestampAuthorities: [{ of: deep }] }) }),
);
t.control('a trusted root that lists only the root of the timestamp authority', () =>
  stamped({ tsa: deep, embed: 'chain' }, { trust: rootWith({ timestampAuthorities: [{ of: deep.chain.slice(-1) }] }) }),
);

// --- that it is there, and how many ---
t.forgery('a timestamp is asked for, and none is there', 'timestamp-threshold', 'untrusted', () => bundle({}, { timestamps: 1 }));
t.forgery("a stranger's timestamp only", 'timestamp-threshold', 'untrusted', () => stamped({ tsa: stranger.tsa }));
t.control("a stranger's timestamp beside a log entry", () => bundle({ timestamps: [{ tsa: stranger.tsa }] }));
t.control("a stranger's timestamp beside one of ours", () => bundle({ logs: [], timestamps: [{ tsa: stranger.tsa }, {}] }, STAMPED));
const second = makeTimestampAuthority({ now: lab.now, name: 'second tsa', uri: 'https://tsa-two.lab.test' });
const two = rootWith({ timestampAuthorities: [{ of: lab.tsa }, { of: second }] });
t.control('two timestamps by two authorities, two asked for', () =>
  bundle({ logs: [], timestamps: [{}, { tsa: second }] }, { ...STAMPED, timestamps: 2, trust: two }),
);
t.forgery('two timestamps by one authority, two asked for', 'timestamp-threshold', 'untrusted', () =>
  bundle({ logs: [], timestamps: [{}, { at: after(61) }] }, { ...STAMPED, timestamps: 2, trust: two }),
);
t.forgery('a forged timestamp of a known authority beside a good log entry', 'timestamp', 'invalid', () =>
  bundle({ timestamps: [{ bend: { signingKey: stranger.tsa.leaf.key } }] }),
);
t.forgery('a forged timestamp of a known authority beside a good timestamp', 'timestamp', 'invalid', () =>
  bundle({ logs: [], timestamps: [{}, { tsa: second, bend: { signingKey: stranger.tsa.leaf.key } }] }, { ...STAMPED, trust: two }),
);

const [listed, tsaRoot] = lab.tsa.chain;
if (listed === undefined || tsaRoot === undefined) throw new Error('the timestamp authority has no root');
const siblingKey = newKey('p256');
const sibling = makeCertificate({
  subject: [['CN', 'another signer of the same root']],
  key: siblingKey,
  issuer: tsaRoot,
  notBefore: listed.notBefore,
  notAfter: listed.notAfter,
  extensions: [keyUsage(['digitalSignature']), extendedKeyUsage([OID.timeStamping], true), subjectKeyId(siblingKey)],
});
const siblingTsa = { leaf: sibling, chain: [sibling, tsaRoot], uri: lab.tsa.uri };
t.forgery('another signer under the same root, where the trusted root lists the signer', 'timestamp-threshold', 'untrusted', () =>
  stamped({ tsa: siblingTsa, embed: 'leaf' }),
);
t.control('any signer under the root, where the trusted root lists only the root', () =>
  stamped({ tsa: siblingTsa, embed: 'leaf' }, { trust: rootWith({ timestampAuthorities: [{ of: [tsaRoot] }] }) }),
);

// --- what it is over ---
t.forgery('a timestamp over the payload', 'timestamp-imprint', 'invalid', () => stamped({ over: utf8('payload') }));
t.forgery('an imprint of something else', 'timestamp-imprint', 'invalid', () => bent({ imprint: Buffer.alloc(32, 3) }));
t.forgery('an imprint that is shorter than its hash', 'timestamp-imprint', 'invalid', () => bent({ imprint: Buffer.alloc(20, 3) }));
t.forgery('an imprint with SHA-1', 'timestamp', 'invalid', () => stamped({ hash: 'sha1' }));
t.forgery('a timestamp over other bytes, in a layer of .sig', 'timestamp-imprint', 'invalid', () =>
  sig({ logs: [], timestamps: [{ over: utf8('x') }] }, STAMPED),
);
t.forgery('a timestamp over the payload, in a layer of .att', 'timestamp-imprint', 'invalid', () =>
  att({ logs: [], timestamps: [{ over: utf8('x') }] }, STAMPED),
);
t.forgery('a timestamp of another signature', 'timestamp-imprint', 'invalid', () => {
  const made = stamped();
  const text = Buffer.from(made.stored.form === 'bundle' ? made.stored.bytes : []).toString();
  const stamp = /"signedTimestamp":"([^"]+)"/.exec(text)?.[1] ?? '';
  return bundle(
    {
      logs: [],
      edit: (b) =>
        Object.assign(b.verificationMaterial, { timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: stamp }] } }),
    },
    STAMPED,
  );
});

// --- the signature of the authority ---
t.forgery('signed by another key than the certificate has', 'timestamp', 'invalid', () => bent({ signingKey: stranger.tsa.leaf.key }));
t.forgery('the content changed after signing', 'timestamp', 'invalid', () =>
  bent({ tstInfo: (info) => Buffer.from(info.toString('latin1').replace(/\d{14}Z/, '20200101000000Z'), 'latin1') }),
);
t.forgery('the message digest attribute is of other content', 'timestamp', 'invalid', () =>
  bent({ messageDigest: createHash('sha256').update('x').digest() }),
);
t.forgery('without the message digest attribute', 'timestamp', 'invalid', () => bent({ without: ['messageDigest'] }));
t.forgery('without the content type attribute', 'timestamp', 'invalid', () => bent({ without: ['contentType'] }));
t.forgery('the content is no TSTInfo', 'timestamp', 'invalid', () => bent({ contentType: '1.2.840.113549.1.7.1' }));
t.forgery('the signing certificate attribute names another certificate', 'timestamp', 'invalid', () =>
  bent({ signingCertificate: stranger.tsa.leaf }),
);
t.forgery('without the signing certificate attribute', 'timestamp', 'invalid', () => bent({ without: ['signingCertificate'] }));
t.forgery('two signer infos', 'timestamp', 'invalid', () => bent({ twice: true }));
t.forgery('the authority refused: status 2', 'timestamp', 'invalid', () => bent({ status: 2 }));
t.forgery('TSTInfo of version 2', 'timestamp', 'invalid', () => bent({ version: 2 }));
t.forgery('signed with SHA-1', 'timestamp', 'invalid', () => bent({ signatureHash: 'sha1' }));
t.forgery('a time that is no date', 'timestamp', 'invalid', () =>
  bent({ genTime: Buffer.from('180f32303236303233303132303030305a', 'hex') }),
);
t.forgery('a time without Z', 'timestamp', 'invalid', () => bent({ genTime: Buffer.from('180e3230323630323237313230303030', 'hex') }));
t.forgery('a time as text', 'timestamp', 'invalid', () => bent({ genTime: utf8String('20260227120000Z') }));
t.forgery('bytes after the token', 'timestamp', 'invalid', () => {
  const edit = (der: Buffer): string => Buffer.concat([der, Buffer.of(0)]).toString('base64');
  return bundle(
    {
      logs: [],
      timestamps: [{}],
      edit: (b) => {
        const [first] = b.verificationMaterial.timestampVerificationData?.rfc3161Timestamps ?? [];
        if (first !== undefined) first.signedTimestamp = edit(Buffer.from(first.signedTimestamp, 'base64'));
      },
    },
    STAMPED,
  );
});
t.forgery('no DER at all', 'timestamp', 'invalid', () =>
  bundle(
    {
      logs: [],
      edit: (b) =>
        Object.assign(b.verificationMaterial, { timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: 'AAAA' }] } }),
    },
    STAMPED,
  ),
);
t.forgery('the timestamp annotation of a layer is no JSON', 'decode', 'invalid', () =>
  sig({ edit: (l) => Object.assign(l.annotations, { 'dev.sigstore.cosign/rfc3161timestamp': 'x' }) }),
);
t.forgery('the timestamp annotation of a layer has no timestamp', 'decode', 'invalid', () =>
  sig({ edit: (l) => Object.assign(l.annotations, { 'dev.sigstore.cosign/rfc3161timestamp': '{}' }) }),
);

// --- the certificates of the authority ---
const wrongLeaf = (
  name: string,
  leafExtensions: NonNullable<Parameters<typeof makeTimestampAuthority>[0]['leafExtensions']>,
  extra: object = {},
) => {
  const tsa = makeTimestampAuthority({ now: lab.now, name, leafExtensions, ...extra });
  return () => stamped({ tsa }, { trust: rootWith({ timestampAuthorities: [{ of: tsa }] }) });
};
const replacing =
  (id: string, ...put: ReturnType<typeof keyUsage>[]) =>
  (usual: readonly ReturnType<typeof keyUsage>[]) => [...usual.filter((e) => e.id !== id), ...put];
t.forgery(
  'the certificate is not for time stamping',
  'timestamp',
  'invalid',
  wrongLeaf('tsa signing', replacing(OID.extendedKeyUsage, extendedKeyUsage([OID.codeSigning], true))),
);
t.forgery('the certificate has no extended key usage', 'timestamp', 'invalid', wrongLeaf('tsa none', replacing(OID.extendedKeyUsage)));
t.forgery(
  'the certificate is for time stamping and more',
  'timestamp',
  'invalid',
  wrongLeaf('tsa both', replacing(OID.extendedKeyUsage, extendedKeyUsage([OID.timeStamping, OID.codeSigning], true))),
);
t.forgery(
  'the certificate is for any purpose',
  'timestamp',
  'invalid',
  wrongLeaf('tsa any', replacing(OID.extendedKeyUsage, extendedKeyUsage([OID.anyUsage], true))),
);
t.forgery(
  'the extended key usage is not critical',
  'timestamp',
  'invalid',
  wrongLeaf('tsa mild', replacing(OID.extendedKeyUsage, extendedKeyUsage([OID.timeStamping], false))),
);
t.forgery(
  'the certificate is that of an authority',
  'timestamp',
  'invalid',
  wrongLeaf('tsa ca', (usual) => [...usual, basicConstraints(true)]),
);
t.forgery(
  'a critical extension that nobody knows',
  'timestamp',
  'invalid',
  wrongLeaf('tsa odd', (usual) => [...usual, { id: '1.2.3.4', critical: true, value: seq() }]),
);
t.forgery(
  'the certificate of the authority had ended',
  'timestamp',
  'expired',
  wrongLeaf('tsa old', (u) => u, { notAfter: new Date(USED.getTime() - 1000) }),
);
t.forgery(
  'the certificate of the authority had not begun',
  'timestamp',
  'expired',
  wrongLeaf('tsa young', (u) => u, { notBefore: new Date(USED.getTime() + 1000) }),
);
t.forgery(
  "the authority's root had ended",
  'timestamp',
  'expired',
  wrongLeaf('tsa dead', (u) => u, { rootNotAfter: new Date(USED.getTime() - 1000) }),
);
const narrow = makeTimestampAuthority({
  now: lab.now,
  intermediate: true,
  name: 'narrow tsa',
  intermediateExtensions: (usual) => [...usual.filter((e) => e.id !== OID.extendedKeyUsage), extendedKeyUsage([OID.codeSigning])],
});
t.forgery('the intermediate is not for time stamping', 'timestamp', 'invalid', () =>
  stamped({ tsa: narrow, embed: 'chain' }, { trust: rootWith({ timestampAuthorities: [{ of: narrow }] }) }),
);
const flat = makeTimestampAuthority({
  now: lab.now,
  intermediate: true,
  name: 'flat tsa',
  intermediateExtensions: (usual) => usual.filter((e) => e.id !== OID.basicConstraints),
});
t.forgery('the intermediate is no authority', 'timestamp', 'invalid', () =>
  stamped({ tsa: flat, embed: 'chain' }, { trust: rootWith({ timestampAuthorities: [{ of: flat }] }) }),
);
t.forgery('a leaf of its own under the name of a known authority', 'timestamp-threshold', 'untrusted', () => {
  const impostor = makeTimestampAuthority({ now: lab.now, name: 'lab tsa' });
  return stamped({ tsa: impostor });
});
t.forgery("a certificate for signing code by our CA as the timestamp's", 'timestamp-threshold', 'untrusted', () => {
  const leaf = lab.issue({
    extensions: () => [keyUsage(['digitalSignature']), extendedKeyUsage([OID.timeStamping], true), subjectKeyId(lab.tsa.leaf.key)],
  });
  return stamped({ tsa: { leaf, chain: [leaf, ...lab.ca.chain], uri: 'x' }, embed: 'chain' });
});

// --- when ---
t.control('the authority is trusted until exactly the time', () =>
  stamped({ at: USED }, { trust: rootWith({ timestampAuthorities: [{ of: lab.tsa, window: { end: USED } }] }) }),
);
t.control('the authority is trusted from exactly the time', () =>
  stamped({ at: USED }, { trust: rootWith({ timestampAuthorities: [{ of: lab.tsa, window: { start: USED } }] }) }),
);
t.forgery('the authority was retired a second before', 'timestamp-window', 'untrusted', () =>
  stamped({ at: USED }, { trust: rootWith({ timestampAuthorities: [{ of: lab.tsa, window: { end: new Date(USED.getTime() - 1000) } }] }) }),
);
t.forgery('the authority is trusted only from a second after', 'timestamp-window', 'untrusted', () =>
  stamped(
    { at: USED },
    { trust: rootWith({ timestampAuthorities: [{ of: lab.tsa, window: { start: new Date(USED.getTime() + 1000) } }] }) },
  ),
);
t.forgery('the time is after the certificate ended', 'certificate-time', 'expired', () => stamped({ at: after(601) }));
t.forgery('the time is before the certificate began', 'certificate-time', 'expired', () => stamped({ at: after(-1) }));
t.control('the time is the last second of the certificate', () => stamped({ at: after(600) }));
t.control('the time is the first second of the certificate', () => stamped({ at: ISSUED }));
t.forgery('a fraction of a second after the certificate ended', 'certificate-time', 'expired', () =>
  stamped({ at: new Date(after(600).getTime() + 500) }),
);
t.forgery('the log entry is in time, the timestamp is not', 'certificate-time', 'expired', () =>
  bundle({ timestamps: [{ at: after(3600) }] }),
);
t.control('a bare token instead of a response', () =>
  bundle(
    {
      logs: [],
      edit: (b) => {
        const der = timestampToken(lab.tsa, Buffer.from(b.dsseEnvelope?.signatures[0]?.sig ?? '', 'base64'), { at: USED });
        b.verificationMaterial.timestampVerificationData = { rfc3161Timestamps: [{ signedTimestamp: der.toString('base64') }] };
      },
    },
    STAMPED,
  ),
);
t.control('a time with a fraction of a second', () => stamped({ bend: { genTime: generalizedTime(new Date(USED.getTime() + 250)) } }));
