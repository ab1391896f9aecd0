/** The keys of a local key service: they really sign, over digests or messages, in every scheme. */
import {
  constants,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  privateEncrypt,
  randomBytes,
  sign,
} from 'node:crypto';
import { ed25519ph } from '@noble/curves/ed25519.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { signEd25519ph } from '../../src/crypto/noble.ts';

/** A kind of key that services make. */
export type ServiceKeyKind = 'p256' | 'p384' | 'p521' | 'rsa2048' | 'rsa3072' | 'rsa4096' | 'ed25519';

/** A key of a service. */
export interface ServiceKey {
  readonly kind: ServiceKeyKind;
  readonly privateKey: KeyObject;
  readonly spki: Buffer;
  readonly spkiPem: string;
}

const made = new Map<string, ServiceKey>();

/** A key of this kind and name; the same for the whole process. */
export function serviceKey(kind: ServiceKeyKind, name = ''): ServiceKey {
  const known = made.get(`${kind} ${name}`);
  if (known !== undefined) return known;
  const { privateKey } = generate(kind);
  const publicKey = createPublicKey(privateKey);
  const key: ServiceKey = {
    kind,
    privateKey,
    spki: publicKey.export({ type: 'spki', format: 'der' }),
    spkiPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
  made.set(`${kind} ${name}`, key);
  return key;
}

function generate(kind: ServiceKeyKind): { readonly privateKey: KeyObject } {
  if (kind === 'ed25519') return generateKeyPairSync('ed25519');
  if (kind.startsWith('rsa')) return generateKeyPairSync('rsa', { modulusLength: Number(kind.slice(3)) });
  return generateKeyPairSync('ec', { namedCurve: { p256: 'P-256', p384: 'P-384', p521: 'P-521' }[kind as 'p256'] });
}

/** DigestInfo without the digest (RFC 8017 §9.2). */
const DIGEST_INFO = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
} as const;

/** A signature over a digest, as services make it; ECDSA in DER. `pss` is over the message only, which services hide: it is made with openssl's raw operation. */
export function signDigest(key: ServiceKey, digest: Buffer, hash: keyof typeof DIGEST_INFO, padding?: 'pkcs1' | 'pss'): Buffer {
  if (key.kind.startsWith('rsa')) return padding === 'pss' ? signPss(key, digest, hash) : signPkcs1(key, digest, hash);
  if (key.kind === 'ed25519') throw new Error('Ed25519 signs messages');
  const curve = { p256, p384, p521 }[key.kind as 'p256'];
  const secret = Buffer.from(key.privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
  return Buffer.from(curve.sign(new Uint8Array(digest), new Uint8Array(secret), { prehash: false, format: 'der', lowS: false }));
}

/** A signature over a message. */
export function signMessage(key: ServiceKey, message: Buffer): Buffer {
  return sign(null, message, key.privateKey);
}

/** Ed25519ph over what has this SHA-512 digest (RFC 8032 §5.1). */
export function signPrehashed(key: ServiceKey, digest: Buffer): Buffer {
  const seed = Buffer.from(key.privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
  return Buffer.from(signEd25519ph(digest, seed));
}

/** Whether a signature is Ed25519ph over a message, by the library's own reading of RFC 8032 §5.1. */
export function isPrehashed(key: ServiceKey, message: Buffer, signature: Uint8Array): boolean {
  return ed25519ph.verify(new Uint8Array(signature), new Uint8Array(message), new Uint8Array(key.spki.subarray(-32)));
}

function signPkcs1(key: ServiceKey, digest: Buffer, hash: keyof typeof DIGEST_INFO): Buffer {
  const info = Buffer.concat([Buffer.from(DIGEST_INFO[hash], 'hex'), digest]);
  return privateEncrypt({ key: key.privateKey, padding: constants.RSA_PKCS1_PADDING }, info);
}

// EMSA-PSS-ENCODE (RFC 8017 §9.1.1) with a salt as long as the digest.
function signPss(key: ServiceKey, digest: Buffer, hash: keyof typeof DIGEST_INFO): Buffer {
  const size = Number(key.kind.slice(3)) / 8;
  const salt = randomBytes(digest.length);
  const h = createHash(hash).update(Buffer.alloc(8)).update(digest).update(salt).digest();
  const length = size - h.length - 1;
  const db = Buffer.concat([Buffer.alloc(length - salt.length - 1), Buffer.of(1), salt]);
  const mask: Buffer[] = [];
  for (let i = 0; mask.reduce((n, m) => n + m.length, 0) < length; i++) {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(i);
    mask.push(createHash(hash).update(h).update(counter).digest());
  }
  const stream = Buffer.concat(mask);
  for (let i = 0; i < length; i++) db[i] = (db[i] as number) ^ (stream[i] as number);
  db[0] = (db[0] as number) & 0x7f;
  return privateEncrypt({ key: key.privateKey, padding: constants.RSA_NO_PADDING }, Buffer.concat([db, h, Buffer.of(0xbc)]));
}
