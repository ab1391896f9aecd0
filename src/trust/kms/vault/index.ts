import { type Bytes, decodeBase64, utf8 } from '../../../bytes/index.ts';
import { bits, oid, seq } from '../../../codec/der/encode.ts';
import type { Json } from '../../../codec/json.ts';
import { importPublicKey, type PublicKey, publicKeyFromPem, type SigningScheme, schemesOf } from '../../../crypto/index.ts';
import { AssayError } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import type { CreateKey, KeyContext, OpenKey } from '../../keys/key-handle.ts';
import { once } from '../../keys/once.ts';
import { createServiceClient } from '../../service-client/client.ts';
import { jsonObjectOf } from '../../service-client/json.ts';
import { remoteSigner } from '../remote-signer.ts';
import { servedBytes, servedKey } from '../served-key.ts';
import { parseVaultReference, type VaultReference, vaultToken } from './reference.ts';

const HASHES = { sha256: 'sha2-256', sha384: 'sha2-384', sha512: 'sha2-512' } as const;

const KINDS: ReadonlyMap<string, string> = new Map([
  ['ecdsa-sha2-256-nistp256', 'ecdsa-p256'],
  ['ecdsa-sha2-384-nistp384', 'ecdsa-p384'],
  ['ecdsa-sha2-512-nistp521', 'ecdsa-p521'],
  ['rsa-sign-pkcs1-2048-sha256', 'rsa-2048'],
  ['rsa-sign-pkcs1-3072-sha256', 'rsa-3072'],
  ['rsa-sign-pkcs1-4096-sha256', 'rsa-4096'],
  ['ed25519', 'ed25519'],
]);

interface VaultKey {
  readonly publicKey: PublicKey;
  /** The version that the public key is of. */
  readonly version: number;
}

/**
 * Opens a key of the transit engine of HashiCorp Vault or OpenBao (`hashivault://`, `openbao://`), over its HTTP API: HashiCorp publishes no library for Node. Throws `key-invalid`; the handle throws
 * `key-refused`, `key-unavailable`, `service-lied`.
 */
export const openKey: OpenKey = async (reference, context) => {
  const wanted = parseVaultReference(reference, context);
  const ask = callerOf(reference, wanted, context);
  const key = once(async () => newest(await ask('GET', `keys/${wanted.key}`), reference));
  return {
    name: reference,
    publicKey: async () => (await key()).publicKey,
    async signer() {
      const { publicKey, version } = await key();
      const sign = async (input: Bytes, scheme: SigningScheme, prehashed: boolean, signal: AbortSignal | undefined): Promise<Bytes> => {
        const body = {
          input: Buffer.from(input).toString('base64'),
          prehashed,
          key_version: version,
          ...(publicKey.type === 'rsa' ? { signature_algorithm: scheme.padding === 'pss' ? 'pss' : 'pkcs1v15', salt_length: 'hash' } : {}),
          ...(publicKey.type === 'ecdsa' ? { marshaling_algorithm: 'asn1' } : {}),
        };
        const path = publicKey.type === 'ed25519' ? `sign/${wanted.key}` : `sign/${wanted.key}/${HASHES[scheme.hash]}`;
        return signatureIn((await ask('POST', path, body, signal)).signature, reference);
      };
      return remoteSigner({
        name: reference,
        publicKey,
        schemes: schemesOf(publicKey),
        signDigest: (digest, scheme, signal) => sign(digest, scheme, true, signal),
        signMessage: (message, scheme, signal) => sign(message, scheme, false, signal),
      });
    },
  };
};

/** Makes a key in the transit engine; one that is there stays as it is. Throws `key-invalid`, `key-refused`, `key-unavailable`, `unsupported`. */
export const createKey: CreateKey = async (reference, algorithm, context) => {
  const wanted = parseVaultReference(reference, context);
  const type = KINDS.get(algorithm ?? 'ecdsa-sha2-256-nistp256');
  if (type === undefined) throw new AssayError('unsupported', `Vault has no keys for ${algorithm}`, { hint: [...KINDS.keys()].join(', ') });
  const ask = callerOf(reference, wanted, context);
  await ask('POST', `keys/${wanted.key}`, { type });
  const data = await ask('GET', `keys/${wanted.key}`);
  // Vault answers the same whether it made a key or found one.
  if (data.type !== type)
    throw new AssayError('key-refused', `${reference} is there already, of the type ${String(data.type)}`, { retryable: false });
  return newest(data, reference).publicKey;
};

type Data = { readonly [name: string]: Json };
type Ask = (method: 'GET' | 'POST', path: string, body?: object, signal?: AbortSignal) => Promise<Data>;

function callerOf(reference: string, { address, mount, namespace, tls }: VaultReference, context: KeyContext): Ask {
  return async (method, path, body, signal = context.signal) => {
    const token = await vaultToken(reference, context);
    const client = createServiceClient({ env: context.env, tls });
    try {
      const answer = await client.request({
        method,
        url: `${address}/v1/${mount}/${path}`,
        headers: {
          'x-vault-token': token,
          'x-vault-request': 'true',
          ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }),
        },
        ...(body === undefined ? {} : { body: utf8(JSON.stringify(body)) }),
        secrets: [token],
        who: 'Vault',
        timeoutMs: LIMITS.keyServiceMs,
        ...(signal === undefined ? {} : { signal }),
        accept: [200, 204],
      });
      // An answer to a write may be empty.
      if (answer.status === 204) return {};
      const { data } = jsonObjectOf(answer, 'Vault');
      return typeof data === 'object' && data !== null && !Array.isArray(data) ? (data as Data) : {};
    } catch (error) {
      throw ofKey(reference, error);
    } finally {
      await client.close();
    }
  };
}

function ofKey(reference: string, error: unknown): unknown {
  if (!(error instanceof AssayError)) return error;
  const code = ({ 'service-refused': 'key-refused', 'service-unavailable': 'key-unavailable', 'usage-invalid': 'key-invalid' } as const)[
    error.code as 'service-refused'
  ];
  return code === undefined ? error : new AssayError(code, `${reference}: ${error.message}`, { cause: error, retryable: error.retryable });
}

function newest(data: Data, reference: string): VaultKey {
  const version = Number(data.latest_version);
  const keys = data.keys as { readonly [version: string]: { readonly public_key?: unknown; readonly name?: unknown } } | undefined;
  const key = keys?.[String(version)];
  if (typeof key?.public_key !== 'string' || !Number.isSafeInteger(version))
    throw new AssayError('key-invalid', `${reference} has no public key: it is of the type ${String(data.type)}`);
  const text = key.public_key;
  const read = (): PublicKey =>
    // Of Ed25519 the bare 32 bytes.
    data.type === 'ed25519'
      ? importPublicKey(seq(seq(oid('1.3.101.112')), bits(decodeBase64(text, 'public key'))))
      : publicKeyFromPem(text);
  return { publicKey: servedKey(reference, read), version };
}

// `vault:v3:BASE64`
function signatureIn(text: Json | undefined, reference: string): Bytes {
  const base64 = typeof text === 'string' ? /^(?:vault|bao):v\d+:([A-Za-z0-9+/=]+)$/.exec(text)?.[1] : undefined;
  if (base64 === undefined) throw new AssayError('service-lied', `${reference}: the answer of Vault holds no signature`);
  return servedBytes(reference, base64);
}
