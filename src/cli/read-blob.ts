import type { Bytes } from '../bytes/index.ts';
import { AssayError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { algorithmOf, type Digest, digestOf } from '../oci/digest.ts';
import { parseReference, type RegistryReference } from '../oci/reference.ts';
import type { Io } from './io.ts';
import { clientOf } from './registry.ts';
import type { Values } from './values.ts';

/** The content that `REPO@DIGEST` names, whole, and checked against the digest. Throws `reference-invalid`, `not-found`, `content-mismatch`, and errors of the groups `transport` and `limit`. */
export async function readBlob(text: string, options: Values, io: Io, signal: AbortSignal): Promise<Bytes> {
  const reference = parseReference(text);
  if (reference.digest === undefined)
    throw new AssayError('reference-invalid', `not a blob: "${text.slice(0, 200)}" (REPO@DIGEST is expected)`);
  if (reference.kind !== 'registry')
    throw new AssayError('unsupported', 'blobs of layouts are not read yet', {
      hint: `blobs/${reference.digest.replace(':', '/')} in the layout is the blob`,
    });
  return fromRegistry(reference, reference.digest, options, io, signal);
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
