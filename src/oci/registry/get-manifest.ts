import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { descriptorOf } from '../descriptor.ts';
import { algorithmOf, type Digest, digestOf, isDigest } from '../digest.ts';
import { mediaTypeOf } from '../media-type-of.ts';
import { MANIFEST_TYPES } from '../media-types.ts';
import type { ReadOptions, StoredManifest } from '../store.ts';
import { type HttpAnswer, printable } from './http/message.ts';
import { refusal } from './refusal.ts';
import type { Repository } from './repository.ts';

/**
 * GET of a manifest by tag or digest (distribution spec 1.1, "Pulling manifests"). `undefined` when the registry says
 * that it is not there. The digest is computed from the bytes: for a digest it has to be that one; for a tag, a
 * `Docker-Content-Digest` that says otherwise is `content-mismatch`. Throws errors of the group `transport`, and `limit`.
 */
export async function getManifest(
  repository: Repository,
  what: string | Digest,
  options: ReadOptions = {},
): Promise<StoredManifest | undefined> {
  const answer = await ask(repository, what, options, {});
  return answer === undefined ? undefined : checked(answer, what);
}

/** The same of a tag that is about to be changed: nothing between here and the registry may answer from a cache, and with the strong entity tag (RFC 9110 §8.8.3) of the answer. */
export async function getTag(
  repository: Repository,
  tag: string,
  options: ReadOptions,
): Promise<{ readonly stored: StoredManifest | undefined; readonly etag: string | undefined }> {
  const answer = await ask(repository, tag, options, { 'cache-control': 'no-cache' });
  if (answer === undefined) return { stored: undefined, etag: undefined };
  const etag = answer.headers.get('etag');
  return { stored: checked(answer, tag), etag: etag !== undefined && /^"[^"]*"$/.test(etag) ? etag : undefined };
}

async function ask(
  repository: Repository,
  what: string,
  options: ReadOptions,
  headers: Readonly<Record<string, string>>,
): Promise<HttpAnswer | undefined> {
  const maxBytes = Math.min(options.maxBytes ?? LIMITS.manifestBytes, LIMITS.referrersPageBytes);
  const answer = await repository.client.send({
    registry: repository.registry,
    repository: repository.name,
    actions: ['pull'],
    method: 'GET',
    target: `/v2/${repository.name}/manifests/${what}`,
    headers: { accept: MANIFEST_TYPES.join(', '), ...headers },
    maxBytes,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw refusal(answer, { method: 'GET' });
  return answer;
}

function checked(answer: HttpAnswer, what: string): StoredManifest {
  const { body: bytes } = answer;
  const served = (answer.headers.get('content-type') ?? '').replace(/;.*$/s, '').trim().toLowerCase();
  const where = printable(answer.url);
  if (isDigest(what)) {
    const digest = digestOf(bytes, algorithmOf(what));
    if (digest !== what) throw new AssayError('content-mismatch', `${where}: the content has the digest ${digest}`);
    return { descriptor: descriptorOf(mediaTypeOf(bytes, served) ?? served, digest, bytes.length), bytes };
  }
  const stated = answer.headers.get('docker-content-digest');
  if (/distribution\.manifest\.v1\+/.test(served))
    throw new AssayError('unsupported', `${where} is a manifest of Docker's schema 1, which nobody can verify`, {
      hint: 'push the image again with a current tool',
    });
  if (stated !== undefined && isDigest(stated) && digestOf(bytes, algorithmOf(stated)) !== stated) {
    throw new AssayError('content-mismatch', `${where}: the content has the digest ${digestOf(bytes)}, its header says ${stated}`);
  }
  const mediaType = mediaTypeOf(bytes, served);
  if (mediaType === undefined) throw new AssayError('registry-protocol', `${where}: no manifest but "${served.slice(0, 100)}"`);
  return { descriptor: descriptorOf(mediaType, digestOf(bytes), bytes.length), bytes };
}
