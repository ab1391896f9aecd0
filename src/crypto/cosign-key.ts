import { randomBytes } from 'node:crypto';
import { type Bytes, decodeBase64, encodeBase64, utf8, utf8Decode } from '../bytes/index.ts';
import { pem } from '../codec/der/encode.ts';
import { type Json, type JsonObject, parseJson } from '../codec/json.ts';
import { AssayError } from '../errors.ts';
import { byScrypt, type ScryptCost } from './derive-key.ts';
import type { EncryptedKey } from './pbes2.ts';
import type { PrivateKey } from './private-key.ts';

/** PEM labels of the form: what cosign writes now, and what it wrote before 2.0. */
export const COSIGN_LABELS: ReadonlySet<string> = new Set(['ENCRYPTED SIGSTORE PRIVATE KEY', 'ENCRYPTED COSIGN PRIVATE KEY']);

/** The costs that cosign itself accepts (go-securesystemslib `encrypted`: legacy, default, OWASP). */
const COSTS: readonly number[] = [32_768, 65_536, 131_072];
const COST: ScryptCost = { n: 65_536, r: 8, p: 1 };
const KEY_LENGTH = 32;
const NONCE_LENGTH = 24;
const SALT_LENGTH = 32;

/**
 * Reads cosign's encrypted private key, the JSON in its PEM block (go-securesystemslib `encrypted/encrypted.go`): scrypt of one of three costs and
 * NaCl's secretbox around PKCS#8. Throws `key-invalid` for anything else.
 */
export function readCosignKey(bytes: Bytes): EncryptedKey {
  const top = object(parse(bytes), 'key');
  const kdf = object(top.kdf, 'kdf');
  const params = object(kdf.params, 'kdf.params');
  const cipher = object(top.cipher, 'cipher');
  if (kdf.name !== 'scrypt' || cipher.name !== 'nacl/secretbox')
    throw new AssayError('key-invalid', "the encrypted key is not in cosign's form: scrypt and nacl/secretbox");
  const cost = COSTS.find((n) => n === params.N);
  if (cost === undefined || params.r !== COST.r || params.p !== COST.p)
    throw new AssayError(
      'key-invalid',
      'the encrypted key asks for a cost of scrypt that cosign does not accept (N 32768, 65536 or 131072, r 8, p 1)',
    );
  const salt = binary(kdf.salt, 'kdf.salt');
  const nonce = binary(cipher.nonce, 'cipher.nonce');
  const box = binary(top.ciphertext, 'ciphertext');
  if (nonce.length !== NONCE_LENGTH)
    throw new AssayError('key-invalid', `the nonce of the encrypted key has ${nonce.length} bytes, not ${NONCE_LENGTH}`);
  return {
    async open(password) {
      const [key, { openBox }] = await Promise.all([byScrypt(password, salt, { ...COST, n: cost }, KEY_LENGTH), import('./secretbox.ts')]);
      try {
        return openBox(key, nonce, box);
      } finally {
        key.fill(0);
      }
    },
  };
}

/** A private key in cosign's encrypted form, as PEM. An empty password is one. */
export async function encryptPrivateKey({ handle }: PrivateKey, password: Bytes): Promise<string> {
  const [salt, nonce] = [randomBytes(SALT_LENGTH), randomBytes(NONCE_LENGTH)];
  const [key, { sealBox }] = await Promise.all([byScrypt(password, salt, COST, KEY_LENGTH), import('./secretbox.ts')]);
  const pkcs8 = handle.export({ type: 'pkcs8', format: 'der' });
  try {
    const json = {
      kdf: { name: 'scrypt', params: { N: COST.n, r: COST.r, p: COST.p }, salt: encodeBase64(salt) },
      cipher: { name: 'nacl/secretbox', nonce: encodeBase64(nonce) },
      ciphertext: encodeBase64(sealBox(key, nonce, pkcs8)),
    };
    return pem('ENCRYPTED SIGSTORE PRIVATE KEY', utf8(JSON.stringify(json)));
  } finally {
    key.fill(0);
    pkcs8.fill(0);
  }
}

function parse(bytes: Bytes): Json {
  try {
    return parseJson(utf8Decode(bytes, 'encrypted key'), 'encrypted key');
  } catch (cause) {
    throw new AssayError('key-invalid', "the encrypted key is not in cosign's form", { cause });
  }
}

function object(value: Json | undefined, name: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new AssayError('key-invalid', `the encrypted key is not in cosign's form: "${name}" is no object`);
  return value as JsonObject;
}

function binary(value: Json | undefined, name: string): Bytes {
  try {
    if (typeof value === 'string') return decodeBase64(value, name);
  } catch {
    // As what is no text.
  }
  throw new AssayError('key-invalid', `the encrypted key is not in cosign's form: "${name}" is not base64`);
}
