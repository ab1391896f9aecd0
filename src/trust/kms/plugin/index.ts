import { algorithmsOf, type HashName, type PublicKey, publicKeyFromPem } from '../../../crypto/index.ts';
import { AssayError } from '../../../errors.ts';
import type { CreateKey, KeyContext, OpenKey } from '../../keys/key-handle.ts';
import { once } from '../../keys/once.ts';
import { remoteSigner } from '../remote-signer.ts';
import { servedBytes, servedKey, signingKey } from '../served-key.ts';
import { askPlugin, findProgram } from './program.ts';

/** Go's numbers of hash functions (crypto.Hash). */
const GO_HASH: Readonly<Record<HashName, number>> = { sha256: 5, sha384: 6, sha512: 7 };

/**
 * Opens a key of a Sigstore KMS plugin: `NAME://KEY` is served by the program `sigstore-kms-NAME` on PATH (sigstore, pkg/signature/kms/cliplugin). The program gets the environment as it
 * does under cosign, bounded time and output. Throws `key-unavailable` when there is no such program; the handle throws `key-refused`, `key-unavailable`, `service-lied`.
 */
export const openKey: OpenKey = async (reference, context) => {
  const { plugin, key } = partsOf(reference);
  const program = await findProgram(plugin, context);
  const publicKey = once(async () => {
    const question = { method: 'publicKey', args: { publicKeyOptions: { rpcOptions: {} } }, hashFunc: GO_HASH.sha256 } as const;
    return keyIn((await askPlugin(program, key, question, context)).publicKeyPEM, reference);
  });
  return {
    name: reference,
    publicKey,
    async signer() {
      const known = signingKey(reference, await publicKey());
      const sign = async (
        hash: HashName,
        messageOptions: object,
        input: Uint8Array | undefined,
        signal: AbortSignal | undefined,
      ): Promise<Buffer> => {
        const question = {
          method: 'signMessage',
          args: { signOptions: { rpcOptions: {}, messageOptions } },
          hashFunc: GO_HASH[hash],
        } as const;
        const within: KeyContext = signal === undefined ? context : { ...context, signal };
        const said = await askPlugin(program, key, input === undefined ? question : { ...question, input }, within);
        return bytesIn(said.signature, reference);
      };
      return remoteSigner({
        name: reference,
        publicKey: known,
        // The protocol names no scheme: a plugin signs in the usual one of its key.
        schemes: [algorithmsOf(known)[0].scheme],
        takesMessages: true,
        signMessage: (message, { hash }, signal) => sign(hash, { hashFunc: GO_HASH[hash] }, message, signal),
        signDigest: (digest, { hash }, signal) =>
          sign(hash, { digest: Buffer.from(digest).toString('base64'), hashFunc: GO_HASH[hash] }, undefined, signal),
      });
    },
  };
};

/** Has a plugin make a key; without an algorithm, of the kind that it likes best. Throws as `openKey` and its handle. */
export const createKey: CreateKey = async (reference, algorithm, context) => {
  const { plugin, key } = partsOf(reference);
  const program = await findProgram(plugin, context);
  const usual = async (): Promise<unknown> =>
    (await askPlugin(program, key, { method: 'defaultAlgorithm', args: {}, hashFunc: GO_HASH.sha256 }, context)).defaultAlgorithm;
  const args = { algorithm: algorithm ?? (await usual()) };
  const said = await askPlugin(program, key, { method: 'createKey', args, hashFunc: GO_HASH.sha256 }, context);
  return keyIn(said.publicKeyPEM, reference);
};

function partsOf(reference: string): { readonly plugin: string; readonly key: string } {
  const [, plugin, key] = /^([A-Za-z0-9][A-Za-z0-9._-]{0,63}):\/\/(.+)$/.exec(reference) ?? [];
  if (plugin === undefined || key === undefined || key.length > 2048)
    throw new AssayError('key-invalid', `${reference.slice(0, 200)} is no key of a plugin`, {
      hint: 'NAME://KEY, served by the program sigstore-kms-NAME',
    });
  return { plugin, key };
}

function keyIn(pem: unknown, reference: string): PublicKey {
  const text = bytesIn(pem, reference).toString('utf8');
  return servedKey(reference, () => publicKeyFromPem(text));
}

// Go writes bytes as base64.
function bytesIn(text: unknown, reference: string): Buffer {
  if (typeof text !== 'string' || text === '') throw new AssayError('service-lied', `${reference}: the plugin's answer holds nothing`);
  return Buffer.from(servedBytes(reference, text));
}
