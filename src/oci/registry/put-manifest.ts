import type { Bytes } from '../../bytes/index.ts';
import { LIMITS } from '../../limits.ts';
import type { Descriptor } from '../descriptor.ts';
import { digestOf } from '../digest.ts';
import { parseManifest } from '../manifest.ts';
import { referrerDescriptor } from '../referrer-descriptor.ts';
import type { ReadOptions } from '../store.ts';
import type { ApiRequest } from './client.ts';
import { addToFallback } from './fallback-index.ts';
import { refusal } from './refusal.ts';
import type { Repository } from './repository.ts';

/** What a push of a manifest may be told. */
export interface PutManifestOptions extends Pick<ReadOptions, 'signal'> {
  /** Tag to point at it; left out, it is stored by digest alone. */
  readonly tag?: string;
}

/**
 * Stores a manifest (distribution spec 1.1, "Pushing Manifests"). When it has a subject and the registry does not say
 * that it knows subjects (`OCI-Subject`), the fallback index of the subject gets an entry ("Pushing Manifests with Subject").
 * Throws `manifest-invalid`, `content-mismatch`, and errors of the group `transport`.
 */
export async function putManifest(repository: Repository, bytes: Bytes, options: PutManifestOptions = {}): Promise<Descriptor> {
  const manifest = parseManifest(bytes);
  const answer = await putDocument(repository, bytes, manifest.mediaType, options.tag, options.signal);
  const descriptor = referrerDescriptor(manifest, digestOf(bytes), bytes.length);
  if (manifest.subject !== undefined && !answer.has('oci-subject')) {
    await addToFallback(repository, manifest.subject.digest, descriptor, options);
  }
  return descriptor;
}

/** PUT of a manifest as it is; answers the headers. */
export async function putDocument(
  repository: Repository,
  bytes: Bytes,
  mediaType: string,
  tag: string | undefined,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, string>> {
  const request: ApiRequest = {
    registry: repository.registry,
    repository: repository.name,
    actions: ['pull', 'push'],
    method: 'PUT',
    target: `/v2/${repository.name}/manifests/${tag ?? digestOf(bytes)}`,
    headers: { 'content-type': mediaType },
    body: bytes,
    maxBytes: LIMITS.apiAnswerBytes,
    ...(signal === undefined ? {} : { signal }),
  };
  const answer = await repository.client.send(request);
  if (answer.status !== 201 && answer.status !== 200) throw refusal(answer, request);
  return answer.headers;
}
