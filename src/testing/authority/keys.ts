/** Key pairs of every kind that is signed with in the wild, and of some kinds that have to be refused. */
import { constants, createHash, generateKeyPairSync, type KeyObject, sign as platformSign } from 'node:crypto';
import { ed25519ph } from '@noble/curves/ed25519.js';
import type { Bytes } from '../../bytes/index.ts';
import type { PublicKey } from '../../crypto/index.ts';
import { hashIdentifier, signatureIdentifier } from '../../mint/index.ts';
import { nul, oid, pem, seq } from './encode.ts';

/** `rsa1024` and `secp256k1` are there to be refused. */
export type KeyKind = 'p256' | 'p384' | 'p521' | 'rsa1024' | 'rsa2048' | 'rsa3072' | 'rsa4096' | 'ed25519' | 'secp256k1';

/** A hash that signatures are made with; SHA-1 is there to be refused. */
export type SigningHash = 'sha1' | 'sha256' | 'sha384' | 'sha512';

/** How to sign; what is left out is what fits the key (SHA-384 on P-384, SHA-512 on P-521, else SHA-256; PKCS#1). */
export interface SignOptions {
  readonly hash?: SigningHash;
  readonly padding?: 'pkcs1' | 'pss';
  /** ECDSA: r and s side by side instead of DER. */
  readonly raw?: boolean;
  /** Ed25519: the prehashed form (RFC 8032 §5.1). */
  readonly prehashed?: boolean;
}

/** A key pair. */
export interface SigningKey {
  readonly kind: KeyKind;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Buffer;
  readonly spkiPem: string;
  /** SHA-256 of `spki`. */
  readonly id: Buffer;
}

const CURVES = { p256: 'P-256', p384: 'P-384', p521: 'P-521', secp256k1: 'secp256k1' } as const;

/** A fresh key pair. */
export function newKey(kind: KeyKind = 'p256'): SigningKey {
  const { privateKey, publicKey } = generate(kind);
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return { kind, privateKey, publicKey, spki, spkiPem: pem('PUBLIC KEY', spki), id: createHash('sha256').update(spki).digest() };
}

const shared = new Map<string, SigningKey>();

/** The key pair of this kind and name, the same for the whole process: RSA keys take seconds to make. */
export function sharedKey(kind: KeyKind, name = ''): SigningKey {
  const id = `${kind} ${name}`;
  const key = shared.get(id) ?? newKey(kind);
  shared.set(id, key);
  return key;
}

function generate(kind: KeyKind): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  if (kind === 'ed25519') return generateKeyPairSync('ed25519');
  if (kind === 'rsa1024' || kind === 'rsa2048' || kind === 'rsa3072' || kind === 'rsa4096')
    return generateKeyPairSync('rsa', { modulusLength: Number(kind.slice(3)) });
  return generateKeyPairSync('ec', { namedCurve: CURVES[kind] });
}

/** The hash that fits the key. */
export function usualHash(key: SigningKey): SigningHash {
  if (key.kind === 'p384') return 'sha384';
  return key.kind === 'p521' || key.kind === 'ed25519' ? 'sha512' : 'sha256';
}

/** A signature over bytes. */
export function sign(key: SigningKey, data: Bytes, options: SignOptions = {}): Buffer {
  if (key.kind === 'ed25519') return options.prehashed ? signPrehashed(key, data) : platformSign(null, data, key.privateKey);
  const hash = options.hash ?? usualHash(key);
  if (options.padding === 'pss') {
    return platformSign(hash, data, {
      key: key.privateKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    });
  }
  return platformSign(hash, data, options.raw ? { key: key.privateKey, dsaEncoding: 'ieee-p1363' } : key.privateKey);
}

function signPrehashed(key: SigningKey, data: Bytes): Buffer {
  const seed = Buffer.from(key.privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
  return Buffer.from(ed25519ph.sign(new Uint8Array(data), new Uint8Array(seed)));
}

/** The kind of the key as the product knows it. */
export function keyType(key: SigningKey): PublicKey['type'] {
  if (key.kind === 'ed25519') return 'ed25519';
  return key.kind.startsWith('rsa') ? 'rsa' : 'ecdsa';
}

/** What signs with SHA-1, to be refused; and the hash function itself. */
const SHA1 = { ecdsa: '1.2.840.10045.4.1', rsa: '1.2.840.113549.1.1.5', hash: '1.3.14.3.2.26' } as const;

/** The AlgorithmIdentifier of the key's signatures in certificates and CMS (RFC 5758, RFC 4055, RFC 8410). */
export function signatureAlgorithm(key: SigningKey, hash: SigningHash = usualHash(key)): Buffer {
  const type = keyType(key);
  if (hash !== 'sha1' || type === 'ed25519') return signatureIdentifier(type, { hash: hash === 'sha1' ? 'sha512' : hash });
  return type === 'rsa' ? seq(oid(SHA1.rsa), nul()) : seq(oid(SHA1.ecdsa));
}

/** The AlgorithmIdentifier of a hash function. */
export function hashAlgorithm(hash: SigningHash): Buffer {
  return hash === 'sha1' ? seq(oid(SHA1.hash)) : hashIdentifier(hash);
}
