import { publicKeyFromPem } from '../../crypto/index.ts';
import { AssayError, messageOf } from '../../errors.ts';
import type { KeyAuthority } from '../../verify/index.ts';
import type { Call } from '../command.ts';
import { readInput } from './files.ts';

/** The key that a `--key` names: a PEM file, an `https://` URL, `env://VARIABLE`, or `-`. Throws `key-invalid`, `file-unreadable`, `unsupported`. */
export async function keyAuthority(name: string, call: Call): Promise<KeyAuthority> {
  const text = await pemOf(name, call);
  try {
    return { kind: 'key', name, key: publicKeyFromPem(text) };
  } catch (cause) {
    if (cause instanceof AssayError && cause.code === 'algorithm-unsupported')
      throw new AssayError('key-invalid', `key ${name}: ${cause.message}`, { cause });
    throw new AssayError('key-invalid', `${name} holds no public key: ${messageOf(cause)}`, { cause, ...hintFor(text) });
  }
}

async function pemOf(name: string, call: Call): Promise<string> {
  const { io } = call;
  const scheme = /^([a-z0-9+-]+):(\/\/)?/.exec(name)?.[1];
  if (scheme === 'env') {
    const value = io.env[name.slice('env://'.length)];
    if (value === undefined || value === '') throw new AssayError('key-invalid', `the variable of ${name} is not set`);
    return value;
  }
  if (name.startsWith('https://') || name.startsWith('http://')) return download(name, call);
  if (scheme !== undefined && /^(?:awskms|gcpkms|azurekms|hashivault|k8s|gitlab|github|pkcs11)$/.test(scheme)) {
    throw new AssayError('unsupported', `keys of the kind ${scheme} are not supported yet`, {
      hint: 'export the public key to a file and name that',
    });
  }
  return (await readInput(name, 'key', io)).toString('utf8');
}

async function download(url: string, { options, signal }: Call): Promise<string> {
  if (!url.startsWith('https://')) throw new AssayError('key-invalid', `a key is not fetched over plain HTTP: ${url}`);
  if (options.flag('offline')) throw new AssayError('offline', `--offline forbids fetching the key ${url}`);
  const { fetchText } = await import('./fetch-text.ts');
  return fetchText(url, signal);
}

function hintFor(text: string): { hint?: string } {
  if (text.includes('PRIVATE KEY')) return { hint: 'this is a private key; cosign public-key --key FILE prints the public one' };
  if (text.includes('BEGIN CERTIFICATE'))
    return { hint: 'this is a certificate; --ca-roots or --certificate-chain with an identity verifies by certificate' };
  return {};
}
