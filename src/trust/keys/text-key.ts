import type { Bytes } from '../../bytes/index.ts';
import { algorithmsOf, localSigner, type PrivateKey, type PublicKey, publicKeyFromPem } from '../../crypto/index.ts';
import { AssayError, messageOf } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { KeyContext, KeyHandle } from './key-handle.ts';
import { once } from './once.ts';

/** How a text is read. */
export interface TextKeyOptions {
  /** A private key is none here: the place is open to everybody. */
  readonly publicOnly?: boolean;
  /** A password that stands beside the key, as in a Kubernetes Secret; nobody is asked then. */
  readonly password?: Bytes;
}

/**
 * The key in a PEM text: public, or private, encrypted or not. Throws `key-invalid`, `pem-invalid` with a hint at what else the text is. The
 * password of an encrypted key is asked for when the handle is used, once.
 */
export function handleOfText(name: string, text: string, context: KeyContext, options: TextKeyOptions = {}): KeyHandle {
  bounded(name, text);
  if (isPrivatePem(text) && options.publicOnly !== true) return privateHandle(name, text, context, options);
  const key = publicKeyOf(name, text, options.publicOnly === true ? 'public key' : 'key');
  return {
    name,
    publicKey: async () => key,
    signer: async () => {
      throw new AssayError('key-invalid', `${name} holds a public key, which cannot sign`, { hint: 'name the private key' });
    },
  };
}

/** The private key in a PEM text, which has to be one that signs. Throws `key-invalid` with a hint, `password-wrong`, `limit`. */
export async function privateKeyOfText(
  name: string,
  text: string,
  context: KeyContext,
  { password }: TextKeyOptions = {},
): Promise<PrivateKey> {
  const ask = async (attempt: number): Promise<Bytes | undefined> => {
    if (password === undefined) return context.password(name, attempt);
    return attempt === 0 ? password : undefined;
  };
  bounded(name, text);
  return read(name, async () => {
    const { privateKeyFromPem } = await import('../../crypto/private-keys.ts');
    const key = await privateKeyFromPem(text, ask);
    algorithmsOf(key.publicKey);
    return key;
  });
}

function privateHandle(name: string, text: string, context: KeyContext, options: TextKeyOptions): KeyHandle {
  const open = once(() => privateKeyOfText(name, text, context, options));
  return {
    name,
    publicKey: async () => (await open()).publicKey,
    signer: async () => localSigner(await open(), name),
  };
}

function isPrivatePem(text: string): boolean {
  return /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(text);
}

function bounded(name: string, text: string): void {
  if (text.length > LIMITS.keyTextBytes)
    throw new AssayError('limit', `key ${name} has ${text.length} characters (at most ${LIMITS.keyTextBytes})`);
}

/** An error about the key, with its name. What cannot be used is the user's choice of key: `key-invalid`. */
async function read<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if (!(cause instanceof AssayError) || !['key-invalid', 'pem-invalid', 'algorithm-unsupported', 'der-invalid'].includes(cause.code))
      throw cause instanceof AssayError && cause.code === 'password-wrong'
        ? new AssayError('password-wrong', `${name}: ${cause.message}`, {
            cause,
            ...(cause.hint === undefined ? {} : { hint: cause.hint }),
          })
        : cause;
    const hint =
      cause.code === 'algorithm-unsupported'
        ? 'keys that sign are ECDSA on P-256, P-384 or P-521, RSA of 2048, 3072 or 4096 bits, or Ed25519'
        : cause.hint;
    throw new AssayError('key-invalid', `key ${name}: ${cause.message}`, { cause, ...(hint === undefined ? {} : { hint }) });
  }
}

function publicKeyOf(name: string, text: string, wanted: 'key' | 'public key'): PublicKey {
  try {
    return publicKeyFromPem(text);
  } catch (cause) {
    if (cause instanceof AssayError && cause.code === 'algorithm-unsupported')
      throw new AssayError('key-invalid', `key ${name}: ${cause.message}`, { cause });
    throw new AssayError('key-invalid', `${name} holds no ${wanted}: ${messageOf(cause)}`, { cause, ...hintFor(text) });
  }
}

function hintFor(text: string): { hint?: string } {
  if (text.includes('PRIVATE KEY')) return { hint: 'this is a private key; assay keys public --key FILE prints the public one' };
  if (text.includes('BEGIN CERTIFICATE'))
    return { hint: 'this is a certificate; --ca-roots or --certificate-chain with an identity verifies by certificate' };
  // A SEQUENCE of DER, read as text.
  if (text.startsWith('0') && text.includes('\ufffd'))
    return { hint: 'this is DER; openssl pkey -inform DER -in FILE [-pubin] makes PEM of a key' };
  return {};
}
