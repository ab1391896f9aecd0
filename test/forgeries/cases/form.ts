/** The forms of storage: versions of bundles, strict JSON and base64, layers, limits. */
import { encodeBase64, utf8 } from '../../../src/bytes/index.ts';
import { PREDICATES, signEnvelope } from '../../../src/testing/index.ts';
import { type Edit, type Posed, table } from '../case.ts';
import {
  asKey,
  asType,
  att,
  blob,
  bundle,
  byKey,
  entryOf,
  KEY,
  keyless,
  lab,
  message,
  proofOf,
  STRANGE_KEY,
  sig,
  signStatement,
} from '../lab.ts';

const t = table('form');
export const formCases = t.cases;
const signer = byKey();
const edited = (edit: Edit): Posed => bundle({ edit });
const plain = (edit: Edit): Posed => bundle({ signer, edit }, asKey());
const respelled = (text: (t: string) => string): Posed => bundle({ signer, text }, asKey());

// --- versions ---
for (const mediaType of [
  'application/vnd.dev.sigstore.bundle.v0.4+json',
  'application/vnd.dev.sigstore.bundle+json;version=0.4',
  'application/vnd.dev.sigstore.bundle',
  'application/json',
  '',
]) {
  t.forgery(`media type "${mediaType}"`, 'decode', 'invalid', () => plain((b) => Object.assign(b, { mediaType })));
}
t.forgery('no media type', 'decode', 'invalid', () => plain((b) => Object.assign(b, { mediaType: undefined })));
t.forgery('a chain in a bundle v0.3', 'certificate-chain', 'invalid', () =>
  edited((b) => {
    const leaf = b.verificationMaterial.certificate?.rawBytes ?? '';
    b.verificationMaterial = { ...b.verificationMaterial, x509CertificateChain: { certificates: [{ rawBytes: leaf }] } };
    delete b.verificationMaterial.certificate;
  }),
);
t.forgery('a single certificate in a bundle v0.1', 'decode', 'invalid', () =>
  edited((b) => Object.assign(b, { mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1' })),
);
t.forgery('a certificate and a key', 'decode', 'invalid', () =>
  edited((b) => Object.assign(b.verificationMaterial, { publicKey: { hint: 'x' } })),
);
t.forgery('neither certificate nor key', 'decode', 'invalid', () => edited((b) => delete b.verificationMaterial.certificate));
t.forgery('an empty chain', 'decode', 'invalid', () =>
  bundle({ version: '0.2', edit: (b) => Object.assign(b.verificationMaterial, { x509CertificateChain: { certificates: [] } }) }),
);
t.forgery('no verification material', 'decode', 'invalid', () => plain((b) => Object.assign(b, { verificationMaterial: undefined })));
t.forgery('an envelope and a message', 'decode', 'invalid', () =>
  plain((b) => Object.assign(b, { messageSignature: { signature: 'AAAA' } })),
);
t.forgery('neither envelope nor message', 'decode', 'invalid', () => plain((b) => delete b.dsseEnvelope));
t.control('members that no version knows', () => plain((b) => Object.assign(b, { note: 'x' })));
t.control('a null where protobuf writes nothing', () =>
  plain((b) => Object.assign(b.verificationMaterial, { timestampVerificationData: null })),
);

// --- envelopes ---
t.forgery('two signatures in a bundle', 'decode', 'invalid', () =>
  plain((b) => b.dsseEnvelope?.signatures.push(...signEnvelope(STRANGE_KEY, signStatement()).signatures)),
);
t.forgery('no signature in a bundle', 'decode', 'invalid', () => plain((b) => Object.assign(b.dsseEnvelope ?? {}, { signatures: [] })));
t.forgery('an empty signature', 'decode', 'invalid', () =>
  plain((b) => Object.assign(b.dsseEnvelope ?? {}, { signatures: [{ sig: '' }] })),
);
t.forgery('an empty payload type', 'decode', 'invalid', () => plain((b) => Object.assign(b.dsseEnvelope ?? {}, { payloadType: '' })));
t.forgery('no payload', 'decode', 'invalid', () => plain((b) => Object.assign(b.dsseEnvelope ?? {}, { payload: undefined })));
t.control('a keyid that says something else', () => plain((b) => Object.assign(b.dsseEnvelope?.signatures[0] ?? {}, { keyid: 'another' })));
t.forgery('an empty message signature', 'decode', 'invalid', () =>
  message({ signer, edit: (b) => Object.assign(b.messageSignature ?? {}, { signature: '' }) }, asKey()),
);
t.forgery('33 signatures in an .att', 'decode', 'inconclusive', () => {
  const envelope = signEnvelope(KEY, signStatement());
  for (let i = 0; i < 32; i++) envelope.signatures.push({ sig: 'AAAA' });
  return att({ signer, envelope }, asKey());
});

// --- JSON ---
t.forgery('the envelope twice in one object', 'decode', 'invalid', () =>
  respelled((s) => s.replace('"dsseEnvelope":', '"dsseEnvelope":{},"dsseEnvelope":')),
);
t.forgery('the payload twice in one object', 'decode', 'invalid', () =>
  respelled((s) => s.replace('"payload":', '"payload":"AAAA","payload":')),
);
t.forgery('a member twice, once written with an escape', 'decode', 'invalid', () =>
  respelled((s) => s.replace('"payload":', '"\\u0070ayload":"AAAA","payload":')),
);
t.forgery('text after the document', 'decode', 'invalid', () => respelled((s) => `${s}{}`));
t.forgery('a byte order mark', 'decode', 'invalid', () => respelled((s) => `\ufeff${s}`));
t.forgery('a comment', 'decode', 'invalid', () => respelled((s) => s.replace('{', '{/* */')));
t.forgery('a comma after the last member', 'decode', 'invalid', () => respelled((s) => s.replace(/\}$/, ',}')));
t.forgery('a list of bundles', 'decode', 'invalid', () => respelled((s) => `[${s}]`));
t.forgery('an empty file', 'decode', 'invalid', () => respelled(() => ''));
t.forgery('half a file', 'decode', 'invalid', () => respelled((s) => s.slice(0, s.length / 2)));
t.forgery('nesting of 200 levels', 'decode', 'inconclusive', () =>
  respelled((s) => s.replace('{', `{"x":${'['.repeat(200)}${']'.repeat(200)},`)),
);
t.control('white space between the members', () => respelled((s) => JSON.stringify(JSON.parse(s), null, 4)));
t.control('the members in another order', () =>
  respelled((s) => JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(s) as object).reverse()))),
);

// --- base64 ---
const payloadAs = (change: (b64: string) => string): Posed =>
  plain((b) => Object.assign(b.dsseEnvelope ?? {}, { payload: change(b.dsseEnvelope?.payload ?? '') }));
t.forgery('base64 with a character outside the alphabet', 'decode', 'invalid', () => payloadAs((s) => `${s.slice(0, 8)}!${s.slice(8)}`));
t.forgery('base64 with a line break', 'decode', 'invalid', () => payloadAs((s) => `${s.slice(0, 8)}\n${s.slice(8)}`));
t.forgery('base64 with text after the padding', 'decode', 'invalid', () => payloadAs((s) => `${s}====AAAA`));
const forAddresses = (s: string): string => s.replaceAll('+', '-').replaceAll('/', '_');
t.control('an envelope in the alphabet for addresses, which DSSE allows', () =>
  bundle(
    {
      signer: byKey(),
      payload: signStatement(undefined, { predicate: { note: '???>>>~~~' } }),
      edit: ({ dsseEnvelope: e }) => {
        if (e === undefined) return;
        e.payload = forAddresses(e.payload);
        for (const one of e.signatures) one.sig = forAddresses(one.sig);
      },
    },
    asKey(),
  ),
);
t.forgery('base64 in both alphabets', 'decode', 'invalid', () =>
  plain((b) => Object.assign(b.dsseEnvelope?.signatures[0] ?? {}, { sig: `-/${(b.dsseEnvelope?.signatures[0]?.sig ?? '').slice(2)}` })),
);
t.forgery('the id of the log in the alphabet for addresses', 'decode', 'invalid', () =>
  bundle({ edit: (b) => Object.assign(entryOf(b).logId, { keyId: `-_${entryOf(b).logId.keyId.slice(2)}` }) }),
);
const signatureAs = (change: (b64: string) => string): Posed =>
  sig(
    {
      signer: byKey(),
      edit: ({ annotations: a }) => {
        a['dev.cosignproject.cosign/signature'] = change(a['dev.cosignproject.cosign/signature'] ?? '');
      },
    },
    asKey(),
  );
t.control('a signature annotation in lines, as base64(1) writes it and cosign attaches it', () =>
  signatureAs((s) => `${s.slice(0, 64)}\n${s.slice(64)}\r\n`),
);
t.forgery('a signature annotation with a space', 'decode', 'invalid', () => signatureAs((s) => `${s.slice(0, 64)} ${s.slice(64)}`));
t.forgery('base64 without its padding', 'decode', 'invalid', () =>
  plain((b) => Object.assign(b.dsseEnvelope?.signatures[0] ?? {}, { sig: 'QUE' })),
);
t.forgery('base64 whose unused bits are set', 'decode', 'invalid', () =>
  plain((b) => Object.assign(b.dsseEnvelope?.signatures[0] ?? {}, { sig: 'QUF=' })),
);
t.forgery('a certificate in base64 with garbage', 'decode', 'invalid', () =>
  edited((b) => Object.assign(b.verificationMaterial, { certificate: { rawBytes: `${b.verificationMaterial.certificate?.rawBytes}*` } })),
);
t.forgery('a log id in hexadecimal', 'log-threshold', 'untrusted', () =>
  bundle({ timestamps: [{}], edit: (b) => Object.assign(entryOf(b).logId, { keyId: lab.rekor.id.toString('hex') }) }),
);

// --- numbers ---
for (const value of ['-1', '1.5', '1e3', '0x10', '01', '9223372036854775808', ' 1', '']) {
  t.forgery(`an index written as "${value}"`, 'decode', 'invalid', () => edited((b) => Object.assign(entryOf(b), { logIndex: value })));
}
t.forgery('a tree size that is negative', 'decode', 'invalid', () => edited((b) => Object.assign(proofOf(b), { treeSize: '-1' })));
t.control('an index written as a number', () => edited((b) => Object.assign(entryOf(b), { logIndex: Number(entryOf(b).logIndex) })));

// --- layers ---
const SIGNATURE = 'dev.cosignproject.cosign/signature';
const annotated = (change: (a: Record<string, string>) => void): Posed => sig({ signer, edit: (l) => change(l.annotations) }, asKey());
t.forgery('a layer without a signature', 'decode', 'invalid', () => annotated((a) => delete a[SIGNATURE]));
t.forgery('a layer with an empty signature', 'decode', 'invalid', () => annotated((a) => Object.assign(a, { [SIGNATURE]: '' })));
t.forgery('a layer whose signature has garbage in it', 'decode', 'invalid', () =>
  annotated((a) => Object.assign(a, { [SIGNATURE]: `${a[SIGNATURE]?.slice(0, 20)}!*${a[SIGNATURE]?.slice(20)}` })),
);
t.forgery('a layer whose signature has garbage after it', 'decode', 'invalid', () =>
  annotated((a) => Object.assign(a, { [SIGNATURE]: `${a[SIGNATURE]}====AAAA` })),
);
t.forgery('a layer whose certificate is no PEM', 'decode', 'invalid', () =>
  sig({ edit: (l) => Object.assign(l.annotations, { 'dev.sigstore.cosign/certificate': 'x' }) }),
);
t.forgery('a layer whose certificate is a key', 'decode', 'invalid', () =>
  sig({ edit: (l) => Object.assign(l.annotations, { 'dev.sigstore.cosign/certificate': KEY.spkiPem }) }),
);
t.forgery('a layer with a chain of 17 certificates', 'decode', 'inconclusive', () =>
  sig({ edit: (l) => Object.assign(l.annotations, { 'dev.sigstore.cosign/chain': lab.ca.root.pem.repeat(17) }) }),
);
t.control('a layer with annotations that nobody knows', () => annotated((a) => Object.assign(a, { 'org.acme/note': 'x' })));
t.control('text before and after the certificate of a layer', () =>
  sig({
    edit: (l) =>
      Object.assign(l.annotations, {
        'dev.sigstore.cosign/certificate': `subject=x\n${l.annotations['dev.sigstore.cosign/certificate']}\nend\n`,
      }),
  }),
);
t.forgery('an envelope of an .att that is no JSON', 'decode', 'invalid', () =>
  att({ signer, edit: (l) => Object.assign(l, { content: utf8('x') }) }, asKey(asType(PREDICATES.slsa1))),
);
t.forgery("a certificate's log entry, but no certificate in the layer", 'identity-subject', 'untrusted', () =>
  sig({ edit: (l) => delete l.annotations['dev.sigstore.cosign/certificate'] }),
);

// --- old sign-blob bundles ---
t.forgery('an old bundle without its signature', 'decode', 'invalid', () =>
  blob({ editBlob: (b) => Object.assign(b, { base64Signature: '' }) }),
);
t.forgery('an old bundle whose certificate is no PEM', 'decode', 'invalid', () =>
  blob({ editBlob: (b) => Object.assign(b, { cert: encodeBase64(utf8('x')) }) }),
);
t.forgery('an old bundle whose entry is no entry', 'decode', 'invalid', () =>
  blob({ editBlob: (b) => Object.assign(b, { rekorBundle: { Payload: {} } }) }),
);
t.forgery('an old bundle whose promise was changed', 'log-promise', 'invalid', () =>
  blob({
    editBlob: (b) => Object.assign(b.rekorBundle?.Payload ?? {}, { integratedTime: (b.rekorBundle?.Payload.integratedTime ?? 0) + 1 }),
  }),
);

// --- limits ---
t.forgery('33 log entries', 'decode', 'inconclusive', () =>
  edited((b) => Object.assign(b.verificationMaterial, { tlogEntries: Array.from({ length: 33 }, () => entryOf(b)) })),
);
t.forgery('33 timestamps', 'decode', 'inconclusive', () =>
  edited((b) =>
    Object.assign(b.verificationMaterial, {
      timestampVerificationData: { rfc3161Timestamps: Array.from({ length: 33 }, () => ({ signedTimestamp: 'AAAA' })) },
    }),
  ),
);
t.forgery('65 hashes in a proof', 'decode', 'inconclusive', () =>
  edited((b) => Object.assign(proofOf(b), { hashes: Array.from({ length: 65 }, () => encodeBase64(Buffer.alloc(32))) })),
);
t.forgery('17 certificates in a bundle v0.2', 'decode', 'inconclusive', () =>
  bundle({
    version: '0.2',
    edit: (b) =>
      Object.assign(b.verificationMaterial, {
        x509CertificateChain: { certificates: Array.from({ length: 17 }, () => ({ rawBytes: encodeBase64(lab.ca.root.der) })) },
      }),
  }),
);
t.control('a chain in a bundle v0.2 that repeats the leaf', () => {
  const by = keyless();
  return bundle({
    version: '0.2',
    signer: by,
    edit: (b) =>
      b.verificationMaterial.x509CertificateChain?.certificates.push(
        ...(b.verificationMaterial.x509CertificateChain?.certificates.slice(0, 1) ?? []),
      ),
  });
});
