import { createDecipheriv } from 'node:crypto';
import type { Bytes } from '../bytes/index.ts';
import { children, type DerValue, expectTag, readDer, readOctets, readOid, readSmallInteger, TAG } from '../codec/der/index.ts';
import { AssayError } from '../errors.ts';
import { byPbkdf2, byScrypt } from './derive-key.ts';

const PBES2 = '1.2.840.113549.1.5.13';
const PBKDF2 = '1.2.840.113549.1.5.12';
const SCRYPT = '1.3.6.1.4.1.11591.4.11';

/** Pseudorandom functions of PBKDF2 (RFC 8018 B.1.2); HMAC-SHA-1 is the default of the standard, and as such no weakness. */
const HMACS: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.2.7', 'sha1'],
  ['1.2.840.113549.2.8', 'sha224'],
  ['1.2.840.113549.2.9', 'sha256'],
  ['1.2.840.113549.2.10', 'sha384'],
  ['1.2.840.113549.2.11', 'sha512'],
]);

/** Ciphers in CBC mode (RFC 8018 B.2, RFC 3565), with the length of their keys and initialisation vectors in bytes. */
const CIPHERS: ReadonlyMap<string, { readonly name: string; readonly key: number; readonly iv: number }> = new Map([
  ['2.16.840.1.101.3.4.1.2', { name: 'aes-128-cbc', key: 16, iv: 16 }],
  ['2.16.840.1.101.3.4.1.22', { name: 'aes-192-cbc', key: 24, iv: 16 }],
  ['2.16.840.1.101.3.4.1.42', { name: 'aes-256-cbc', key: 32, iv: 16 }],
  ['1.2.840.113549.3.7', { name: 'des-ede3-cbc', key: 24, iv: 8 }],
]);

/** An encrypted private key whose form was read and whose cost was found bearable; nothing is computed before `open`. */
export interface EncryptedKey {
  /** The PKCS#8 DER; `undefined` when the password is wrong. */
  readonly open: (password: Bytes) => Promise<Bytes | undefined>;
}

/**
 * Reads an EncryptedPrivateKeyInfo (RFC 5958 §3) under PBES2 (RFC 8018 §6.2) with PBKDF2 or scrypt (RFC 7914 §7). Throws `key-invalid` for
 * another form, `der-invalid`; `open` throws `limit` for a derivation that costs more than any honest key's.
 */
export function readPbes2(der: Bytes): EncryptedKey {
  const [algorithm, content, rest] = children(expectTag(readDer(der), TAG.sequence, 'encrypted key'));
  const encrypted = readOctets(content, 'encrypted key');
  const scheme = algorithmOf(algorithm, 'encryption of the key');
  if (rest !== undefined || scheme.oid !== PBES2)
    throw new AssayError('key-invalid', `the key is not encrypted with PBES2 (${scheme.oid})`, {
      hint: 'openssl pkcs8 -in FILE -topk8 -v2 aes-256-cbc encrypts it anew',
    });
  const [kdf, cipher] = children(expectTag(scheme.parameters, TAG.sequence, 'PBES2 parameters'));
  const decipher = cipherOf(cipher);
  const derive = deriverOf(kdf, decipher.key);
  return {
    async open(password) {
      const key = await derive(password);
      try {
        return decrypt(decipher, key, encrypted);
      } finally {
        key.fill(0);
      }
    },
  };
}

interface Algorithm {
  readonly oid: string;
  readonly parameters: DerValue | undefined;
}

function algorithmOf(value: DerValue | undefined, what: string): Algorithm {
  const [id, parameters] = children(expectTag(value, TAG.sequence, what));
  return { oid: readOid(id, what), parameters };
}

interface Decipher {
  readonly name: string;
  readonly key: number;
  readonly iv: Bytes;
}

function cipherOf(value: DerValue | undefined): Decipher {
  const { oid, parameters } = algorithmOf(value, 'cipher of the key');
  const known = CIPHERS.get(oid);
  if (known === undefined) throw new AssayError('key-invalid', `cipher ${oid} of the key is none of AES-CBC and Triple DES`);
  const iv = readOctets(parameters, 'initialisation vector');
  if (iv.length !== known.iv) throw new AssayError('key-invalid', `initialisation vector of ${known.name} has ${iv.length} bytes`);
  return { name: known.name, key: known.key, iv };
}

function deriverOf(value: DerValue | undefined, length: number): (password: Bytes) => Promise<Buffer> {
  const { oid, parameters } = algorithmOf(value, 'key derivation');
  const fields = children(expectTag(parameters, TAG.sequence, 'key derivation'));
  const salt = readOctets(fields[0], 'salt');
  if (oid === SCRYPT) {
    const [n = 0, r = 0, p = 0] = fields.slice(1, 4).map((f) => readSmallInteger(f, 'scrypt parameter'));
    checkLength(fields[4], length);
    return (password) => byScrypt(password, salt, { n, r, p }, length);
  }
  if (oid !== PBKDF2) throw new AssayError('key-invalid', `key derivation ${oid} is neither PBKDF2 nor scrypt`);
  const iterations = readSmallInteger(fields[1], 'iteration count');
  const stated = fields[2]?.tag === TAG.integer ? fields[2] : undefined;
  checkLength(stated, length);
  const prf = fields[stated === undefined ? 2 : 3];
  const hmac = prf === undefined ? 'sha1' : HMACS.get(algorithmOf(prf, 'PBKDF2 function').oid);
  if (hmac === undefined) throw new AssayError('key-invalid', 'PBKDF2 of the key is not with HMAC and a SHA function');
  return (password) => byPbkdf2(password, salt, iterations, hmac, length);
}

function checkLength(stated: DerValue | undefined, length: number): void {
  if (stated !== undefined && readSmallInteger(stated, 'key length') !== length)
    throw new AssayError('key-invalid', 'key length of the derivation is not that of the cipher');
}

function decrypt({ name, iv }: Decipher, key: Bytes, encrypted: Bytes): Bytes | undefined {
  try {
    const decipher = createDecipheriv(name, key, iv);
    const plain = Buffer.concat([decipher.update(encrypted), decipher.final()]);
    // One wrong password in 256 leaves padding that looks right; what is then no key shows the rest.
    readDer(plain);
    return plain;
  } catch {
    return undefined;
  }
}
