import { createPrivateKey } from 'node:crypto';
import type { Bytes } from '../bytes/index.ts';
import { type PemBlock, parsePem } from '../codec/pem.ts';
import { AssayError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { COSIGN_LABELS, readCosignKey } from './cosign-key.ts';
import { type EncryptedKey, readPbes2 } from './pbes2.ts';
import { importPrivateKey, type PrivateKey, privateKeyOf, signWith } from './private-key.ts';
import { schemesOf, verifyWith } from './verify.ts';

/** Asked for the password of an encrypted key. `attempt` counts from 0; `undefined` means that there is no further answer. */
export type AskPassword = (attempt: number) => Promise<Bytes | undefined>;

/** Ciphers of the old encryption of PEM (RFC 1421 as openssl has it) that the platform still has. */
const OLD_CIPHERS = /^DEK-Info: *(?:AES-(?:128|192|256)-CBC|DES-EDE3-CBC),[0-9A-F]+ *\r?$/m;

/**
 * The one private key of a PEM text: PKCS#8 plain or encrypted with PBES2 (RFC 5958), SEC1 (RFC 5915), PKCS#1 (RFC 8017 A.1.2), either of these
 * under openssl's old encryption, and cosign's encrypted form. The password is only asked for where there is one.
 *
 * Throws `key-invalid` (what is no private key, or not one of the kinds that sign; its two halves do not belong together), `password-wrong`,
 * `limit` for an encryption that costs too much, `algorithm-unsupported`. No error holds anything of the key or of the password.
 */
export async function privateKeyFromPem(text: string, password: AskPassword): Promise<PrivateKey> {
  const key = /^Proc-Type: *4, *ENCRYPTED/m.test(text) ? await openOld(text, password) : await openBlock(blockOf(text), password);
  await checkPair(key);
  return key;
}

/** Whether the private key of a PEM text is encrypted. */
export function isEncryptedPem(text: string): boolean {
  return /-----BEGIN ENCRYPTED [A-Z0-9 ]*PRIVATE KEY-----/.test(text) || /^Proc-Type: *4, *ENCRYPTED/m.test(text);
}

function blockOf(text: string): PemBlock {
  // openssl ecparam writes the name of the curve into a block of its own before the key.
  const blocks = parsePem(text, 'key').filter(({ label }) => label !== 'EC PARAMETERS');
  const [block] = blocks;
  if (block === undefined || blocks.length !== 1)
    throw new AssayError('key-invalid', `${blocks.length} PEM blocks where one private key is expected`);
  return block;
}

async function openBlock({ label, bytes }: PemBlock, password: AskPassword): Promise<PrivateKey> {
  if (label === 'PRIVATE KEY') return importPrivateKey(bytes);
  if (label === 'EC PRIVATE KEY') return ofType('ecdsa', imported({ key: Buffer.from(bytes), format: 'der', type: 'sec1' }), label);
  if (label === 'RSA PRIVATE KEY') return ofType('rsa', imported({ key: Buffer.from(bytes), format: 'der', type: 'pkcs1' }), label);
  if (label === 'ENCRYPTED PRIVATE KEY') return decrypted(readPbes2(bytes), password);
  if (COSIGN_LABELS.has(label)) return decrypted(readCosignKey(bytes), password);
  throw new AssayError('key-invalid', `a "${label}" is not a private key that is read here`, hintFor(label));
}

// Newer platforms read whatever stands there, whatever it was called.
function ofType(type: PrivateKey['publicKey']['type'], key: PrivateKey, label: string): PrivateKey {
  if (key.publicKey.type === type) return key;
  throw new AssayError('key-invalid', `a "${label}" holds a key of another kind`);
}

function hintFor(label: string): { hint?: string } {
  if (label === 'OPENSSH PRIVATE KEY') return { hint: 'ssh-keygen -p -m PKCS8 -f COPY makes PKCS#8 of a copy of it' };
  if (label === 'PUBLIC KEY' || label === 'RSA PUBLIC KEY') return { hint: 'this is the public key; name the private one' };
  if (label === 'CERTIFICATE') return { hint: 'this is a certificate; name its private key' };
  if (label.endsWith('PRIVATE KEY')) return { hint: 'openssl pkcs8 -topk8 -in FILE makes PKCS#8 of it' };
  return {};
}

async function decrypted(key: EncryptedKey, password: AskPassword): Promise<PrivateKey> {
  const pkcs8 = await withPassword(password, (given) => key.open(given));
  try {
    return importPrivateKey(pkcs8);
  } finally {
    pkcs8.fill(0);
  }
}

function openOld(text: string, password: AskPassword): Promise<PrivateKey> {
  if (!OLD_CIPHERS.test(text))
    throw new AssayError('key-invalid', 'the key is encrypted with a cipher that is not read here', {
      hint: 'openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE encrypts it anew',
    });
  return withPassword(password, async (given) => {
    try {
      return privateKeyOf(createPrivateKey({ key: text, format: 'pem', passphrase: Buffer.from(given) }));
    } catch (error) {
      if (error instanceof AssayError) throw error;
      return undefined;
    }
  });
}

async function withPassword<T>(password: AskPassword, open: (given: Bytes) => Promise<T | undefined>): Promise<T> {
  for (let attempt = 0; attempt < LIMITS.passwordTries; attempt++) {
    const given = await password(attempt);
    if (given === undefined) {
      if (attempt > 0) break;
      throw new AssayError('password-wrong', 'the key is encrypted, and there is no password for it');
    }
    const opened = await open(given);
    if (opened !== undefined) return opened;
  }
  throw new AssayError('password-wrong', 'the password does not open the key');
}

function imported(input: { readonly key: Buffer; readonly format: 'der'; readonly type: 'sec1' | 'pkcs1' }): PrivateKey {
  let handle: ReturnType<typeof createPrivateKey>;
  try {
    handle = createPrivateKey(input);
  } catch (cause) {
    throw new AssayError('key-invalid', 'private key cannot be read', { cause });
  }
  return privateKeyOf(handle);
}

// A key's file may hold both halves, and nothing makes them belong together: what is signed with one then verifies with no key that anybody has.
async function checkPair(key: PrivateKey): Promise<void> {
  const [scheme] = schemesOf(key.publicKey);
  const message = Buffer.from('assay: do these halves belong together?');
  const matches = await (async () => {
    try {
      return scheme !== undefined && verifyWith(key.publicKey, scheme, message, await signWith(key, scheme, message));
    } catch (cause) {
      throw new AssayError('key-invalid', 'the private key does not sign', { cause });
    }
  })();
  if (!matches) throw new AssayError('key-invalid', 'the private key does not belong to the public key that stands beside it');
}
