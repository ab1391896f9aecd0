import { expect, test } from 'vitest';
import { utf8 } from '../bytes/index.ts';
import { preAuthEncoding } from '../codec/dsse.ts';
import { importPublicKey } from '../crypto/index.ts';
import type { SignedEntity } from '../signature/index.ts';
import { type KeyKind, newKey, type SigningKey, type SignOptions, sign } from '../testing/authority/index.ts';
import { signatureBy, signedBytesOf } from './signer.ts';

const payload = utf8('{"a":1}');
const subject = { digests: new Map(), bytes: undefined };

function entity(content: SignedEntity['content']): SignedEntity {
  return {
    kind: 'signature',
    format: 'sigstore-bundle',
    content,
    material: { kind: 'none' },
    logEntries: [],
    timestamps: [],
    demands: { promise: false, proof: false },
    unsignedAnnotations: new Map(),
  };
}

function envelope(key: SigningKey, options: SignOptions, over = payload): SignedEntity {
  const sig = sign(key, preAuthEncoding('t', over), options);
  return entity({ kind: 'dsse', envelope: { payloadType: 't', payload, signatures: [{ keyid: '', sig }] } });
}

function isBy(key: SigningKey, signed: SignedEntity): Promise<unknown> {
  return signatureBy(importPublicKey(key.spki), signedBytesOf(signed, subject));
}

test.each<[KeyKind, string, SignOptions]>([
  ['ed25519', 'pure', {}],
  ['ed25519', 'prehashed, as cosign 3 signs', { prehashed: true }],
  ['p384', 'with SHA-384', { hash: 'sha384' }],
  ['p384', 'with SHA-256, as cosign 2 signs', { hash: 'sha256' }],
  ['p521', 'with SHA-512', { hash: 'sha512' }],
])('an envelope signed by %s %s', async (kind, _how, options) => {
  const key = newKey(kind);
  expect(await isBy(key, envelope(key, options))).toBeDefined();
  expect(await isBy(newKey(kind), envelope(key, options))).toBeUndefined();
  expect(await isBy(key, envelope(key, options, utf8('{"a":2}')))).toBeUndefined();
});

test('a payload signed by prehashed Ed25519, as cosign signs when an entry of a log is made', async () => {
  const key = newKey('ed25519');
  const signature = sign(key, payload, { prehashed: true });
  expect(await isBy(key, entity({ kind: 'payload', payload, signature }))).toBeDefined();
  expect(await isBy(key, entity({ kind: 'payload', payload: utf8('other'), signature }))).toBeUndefined();
});
