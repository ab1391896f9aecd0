import { join, resolve } from 'node:path';
import type { Bytes } from '../bytes/index.ts';
import { AssayError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { descriptorOf } from '../oci/descriptor.ts';
import { algorithmOf, type Digest, digestOf, hexOf } from '../oci/digest.ts';
import { type LayoutReference, parseReference, type RegistryReference } from '../oci/reference.ts';
import type { Io } from './io.ts';
import { clientOf } from './registry.ts';
import type { Values } from './values.ts';

/** The content that `REPO@DIGEST` names, whole, and checked against the digest. Throws `reference-invalid`, `not-found`, `content-mismatch`, and errors of the groups `transport` and `limit`. */
export async function readBlob(text: string, options: Values, io: Io, signal: AbortSignal): Promise<Bytes> {
  const reference = parseReference(text);
  if (reference.digest === undefined)
    throw new AssayError('reference-invalid', `not a blob: "${text.slice(0, 200)}" (REPO@DIGEST is expected)`);
  if (reference.kind !== 'registry') return fromLayout(reference, reference.digest, text, io, signal);
  return fromRegistry(reference, reference.digest, options, io, signal);
}

// The size that the descriptor needs is the file's; the layout reads it, and checks that nothing else was put there.
async function fromLayout(reference: LayoutReference, digest: Digest, text: string, io: Io, signal: AbortSignal): Promise<Bytes> {
  if (reference.kind === 'archive')
    throw new AssayError('unsupported', 'blobs of archives are not read yet', { hint: 'unpack it: oci:FOLDER@DIGEST' });
  const path = resolve(io.cwd, reference.path);
  const [{ openStore }, { stat }] = await Promise.all([import('../oci/open.ts'), import('node:fs/promises')]);
  const store = await openStore({ ...reference, path });
  const found = await stat(join(path, 'blobs', algorithmOf(digest), hexOf(digest))).catch(() => undefined);
  if (found === undefined) throw new AssayError('not-found', `${text.slice(0, 400)} is not there`);
  return store.read(descriptorOf('application/octet-stream', digest, found.size), { signal, maxBytes: LIMITS.layerStoredBytes });
}

// Nothing but the digest is known of the blob: the bound is the largest layer.
async function fromRegistry(reference: RegistryReference, digest: Digest, options: Values, io: Io, signal: AbortSignal): Promise<Bytes> {
  const [client, { refusal }] = await Promise.all([clientOf(options, io, reference.registry), import('../oci/registry/refusal.ts')]);
  const request = {
    registry: reference.registry,
    repository: reference.repository,
    actions: ['pull'],
    method: 'GET',
    target: `/v2/${reference.repository}/blobs/${digest}`,
    maxBytes: LIMITS.layerStoredBytes,
    signal,
  } as const;
  const answer = await client.send(request);
  if (answer.status !== 200) throw refusal(answer, request);
  const found = digestOf(answer.body, algorithmOf(digest));
  if (found !== digest) throw new AssayError('content-mismatch', `${digest}: the content has the digest ${found}`);
  return answer.body;
}
