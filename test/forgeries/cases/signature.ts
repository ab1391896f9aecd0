/** The signature itself: keys, schemes, encodings. */
import { createHash } from 'node:crypto';
import { encodeBase64, utf8 } from '../../../src/bytes/index.ts';
import {
  type KeyKind,
  PREDICATES,
  type SignOptions,
  sharedKey,
  sign,
  signEnvelope,
  simpleSigningPayload,
} from '../../../src/testing/index.ts';
import { type Posed, table } from '../case.ts';
import {
  asKey,
  att,
  bundle,
  byKey,
  DIGEST,
  flip,
  IMAGE,
  KEY,
  keyless,
  message,
  OTHER_IMAGE,
  STRANGE_KEY,
  sig,
  signStatement,
} from '../lab.ts';

const t = table('signature');
export const signatureCases = t.cases;

// --- every kind of key ---
const kinds: readonly (readonly [KeyKind, SignOptions, string])[] = [
  ['p256', {}, 'SHA-256'],
  ['p384', { hash: 'sha384' }, 'SHA-384'],
  ['p384', { hash: 'sha256' }, 'SHA-256'],
  ['p521', { hash: 'sha512' }, 'SHA-512'],
  ['p521', { hash: 'sha256' }, 'SHA-256'],
  ['rsa2048', {}, 'PKCS#1'],
  ['rsa2048', { padding: 'pss' }, 'PSS'],
  ['ed25519', {}, 'pure'],
];
for (const [kind, how, says] of kinds) {
  const key = sharedKey(kind);
  t.control(`a bundle signed by a ${kind} key, ${says}`, () => bundle({ signer: byKey(key), sign: how }, asKey({ keys: [key] })));
  t.control(`a message signed by a ${kind} key, ${says}`, () => message({ signer: byKey(key), sign: how }, asKey({ keys: [key] })));
  t.control(`a layer of .sig signed by a ${kind} key, ${says}`, () => sig({ signer: byKey(key), sign: how }, asKey({ keys: [key] })));
}
const ed = sharedKey('ed25519');
t.control('a message signed by an Ed25519 key, prehashed', () =>
  message({ signer: byKey(ed), sign: { prehashed: true } }, asKey({ keys: [ed] })),
);
t.control('a layer of .att signed by a key', () => att({ signer: byKey() }, asKey({ want: { predicateType: PREDICATES.slsa1 } })));
t.control('an envelope with r and s side by side', () => bundle({ signer: byKey(), sign: { raw: true } }, asKey()));
t.control('an Ed25519 envelope, prehashed as cosign 3 does', () =>
  bundle({ signer: byKey(ed), sign: { prehashed: true } }, asKey({ keys: [ed] })),
);
t.forgery('an Ed25519 envelope, prehashed, of something else', 'signature', 'invalid', () =>
  bundle({ signer: byKey(ed), signature: sign(ed, utf8('x'), { prehashed: true }) }, asKey({ keys: [ed] })),
);
t.forgery('SHA-1 on P-256', 'signature', 'invalid', () => bundle({ signer: byKey(), sign: { hash: 'sha1' } }, asKey()));
t.forgery('SHA-512 on P-256', 'signature', 'invalid', () => bundle({ signer: byKey(), sign: { hash: 'sha512' } }, asKey()));
const rsa = sharedKey('rsa2048');
t.forgery('SHA-1 with RSA', 'signature', 'invalid', () => bundle({ signer: byKey(rsa), sign: { hash: 'sha1' } }, asKey({ keys: [rsa] })));

// --- not a signature of it ---
const by = (signature: Uint8Array): Posed => bundle({ signer: byKey(), signature }, asKey());
const good = (): Buffer => Buffer.from(signEnvelope(KEY, signStatement()).signatures[0]?.sig ?? '', 'base64');
t.forgery('the signature of something else', 'signature', 'invalid', () => by(sign(KEY, utf8('x'))));
t.forgery('a bit turned', 'signature', 'invalid', () => by(Buffer.from(flip(encodeBase64(good())), 'base64')));
t.forgery('r = s = 0', 'signature', 'invalid', () => by(Buffer.from('3006020100020100', 'hex')));
t.forgery('r = s = 1', 'signature', 'invalid', () => by(Buffer.from('3006020101020101', 'hex')));
t.forgery('raw zeros', 'signature', 'invalid', () => by(Buffer.alloc(64)));
t.forgery('bytes after the signature', 'signature', 'invalid', () => by(Buffer.concat([good(), Buffer.of(0)])));
t.forgery('half a signature', 'signature', 'invalid', () => by(good().subarray(0, 20)));
t.forgery('r without its leading zero', 'signature', 'invalid', () => by(negative()));
t.forgery('a length that is not the shortest', 'signature', 'invalid', () =>
  by(Buffer.concat([Buffer.of(0x30, 0x81), good().subarray(1)])),
);
t.forgery('no DER', 'signature', 'invalid', () => by(utf8('signed, the key')));
t.forgery('a signature of 64 kB', 'signature', 'invalid', () => by(Buffer.alloc(65_536, 1)));
t.forgery('over the bare payload', 'signature', 'invalid', () => by(sign(KEY, signStatement())));
t.forgery('over the digest of the pre-authentication encoding', 'signature', 'invalid', () =>
  by(sign(KEY, createHash('sha256').update(signStatement()).digest())),
);
t.forgery('over another payload type', 'signature', 'invalid', () =>
  bundle({ signer: byKey(), envelope: signEnvelope(KEY, signStatement(), { signedType: 'text/plain' }) }, asKey()),
);
t.forgery('the payload was swapped', 'signature', 'invalid', () =>
  bundle(
    {
      signer: byKey(),
      payload: signStatement(`sha256:${'0'.repeat(64)}`),
      edit: (b) => Object.assign(b.dsseEnvelope ?? {}, { payload: encodeBase64(signStatement()) }),
    },
    asKey(),
  ),
);
t.forgery("a certificate's payload was swapped", 'signature', 'invalid', () =>
  bundle({ signature: sign(sharedKey('p256', 'unrelated'), utf8('x')) }),
);
t.forgery('a certificate and the signature of another key', 'signature', 'invalid', () =>
  sig({ signature: sign(STRANGE_KEY, simpleSigningPayload(DIGEST)) }),
);
t.forgery('a message bundle over other bytes', 'signature', 'invalid', () =>
  message({ signer: byKey(), signature: sign(KEY, OTHER_IMAGE) }, asKey()),
);
t.forgery('a certificate and a message bundle over other bytes', 'signature', 'invalid', () => {
  const signer = keyless();
  return message({ signer, signature: sign(signer.kind === 'key' ? signer.key : signer.certificate.key, OTHER_IMAGE) });
});
t.forgery('a message bundle that states another digest', 'stated-digest', 'invalid', () =>
  message(
    {
      signer: byKey(),
      edit: (b) =>
        Object.assign(b.messageSignature?.messageDigest ?? {}, { digest: createHash('sha256').update(OTHER_IMAGE).digest('base64') }),
    },
    asKey(),
  ),
);
t.forgery('a message bundle that states a digest with SHA-1', 'stated-digest', 'invalid', () =>
  message({ signer: byKey(), statedHash: 'sha1' }, asKey()),
);
t.control('a message bundle that states no digest', () =>
  message({ signer: byKey(), edit: (b) => delete b.messageSignature?.messageDigest }, asKey()),
);
t.control('a message bundle that states its digest with SHA-512', () => message({ signer: byKey(), statedHash: 'sha512' }, asKey()));
t.control('a message bundle, when only the digest is known', () => message({ signer: byKey(), over: IMAGE }, asKey({ subject: DIGEST })));
t.forgery('a message bundle over other bytes, when only the digest is known', 'signature', 'invalid', () =>
  message({ signer: byKey(), signature: sign(KEY, OTHER_IMAGE) }, asKey({ subject: DIGEST })),
);
t.forgery('a raw signature where DER belongs', 'signature', 'invalid', () =>
  sig({ signer: byKey(), sign: { raw: true }, logs: [{}] }, asKey()),
);
t.forgery('the signature of a layer is over another payload', 'signature', 'invalid', () =>
  sig({ signer: byKey(), signature: sign(KEY, simpleSigningPayload(`sha256:${'0'.repeat(64)}`)), logs: [{}] }, asKey()),
);
t.control('two signatures in an .att, ours the second', () =>
  att({ signer: byKey(), envelope: twoSignatures() }, asKey({ want: { predicateType: PREDICATES.slsa1 } })),
);
t.forgery("two signatures in an .att, a stranger's and garbage", 'signature', 'untrusted', () => {
  const envelope = signEnvelope(STRANGE_KEY, payload());
  envelope.signatures.push({ sig: encodeBase64(utf8('garbage')) });
  return att({ signer: byKey(STRANGE_KEY), envelope }, asKey({ want: { predicateType: PREDICATES.slsa1 } }));
});

function payload(): Uint8Array {
  return Buffer.from(att({ signer: byKey() }).stored.form === 'layer' ? slsa() : '');
}

function slsa(): string {
  return JSON.stringify({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest: { sha256: DIGEST.slice(7) } }],
    predicateType: PREDICATES.slsa1,
    predicate: {},
  });
}

function twoSignatures() {
  const envelope = signEnvelope(STRANGE_KEY, utf8(slsa()));
  envelope.signatures.push(...signEnvelope(KEY, utf8(slsa())).signatures);
  return envelope;
}

// A signature whose r has its first bit set, without the zero that keeps it positive.
function negative(): Buffer {
  for (;;) {
    const der = good();
    if (der[3] === 33 && der[4] === 0) {
      const inner = Buffer.concat([Buffer.of(2, 32), der.subarray(5)]);
      return Buffer.concat([Buffer.of(0x30, inner.length), inner]);
    }
  }
}
