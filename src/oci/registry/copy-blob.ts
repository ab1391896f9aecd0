import type { Bytes } from '../../bytes/index.ts';
import { AssayError, toAssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { pause } from '../abort.ts';
import { checkedPieces } from '../checked-pieces.ts';
import { checkSize } from '../content.ts';
import type { Descriptor } from '../descriptor.ts';
import type { BlobSource, WriteOptions } from '../writable-store.ts';
import type { ApiRequest } from './client.ts';
import { isPassing } from './http/exchange.ts';
import type { HttpAnswer } from './http/message.ts';
import { refusal } from './refusal.ts';
import type { Repository } from './repository.ts';
import { checkStored, uploadPlace, withDigest } from './upload-place.ts';

/** A blob that is at hand. */
export interface HeldBlob extends BlobSource {
  readonly bytes: Bytes;
}

/** How a blob is stored. */
export interface CopyBlobOptions extends WriteOptions {
  /** It is sent without being asked about. */
  readonly fresh?: boolean;
  /** Whether it is asked afterwards if it is there. Default: yes, but for what is at hand. */
  readonly confirmed?: boolean;
}

/** How a blob came to where it is now. */
export type BlobCopied = 'there' | 'mounted' | 'sent';

/**
 * Stores a blob of any size (distribution spec 1.1, "Pushing Blobs"): asks whether it is there, lets the registry mount it from another of its
 * repositories, else sends it in one request without ever holding more than a few pieces; in chunks where a registry takes no whole
 * ones. When the connection breaks, or the registry has forgotten the upload, it begins anew, at most `LIMITS.tries` times. Nothing that has another digest is ever
 * complete at the registry. Throws `write-conflict` when the registry says that it has it, and has not, `content-mismatch`, `content-truncated`, what the source throws, and errors of the group `transport`.
 */
export async function copyBlob(
  repository: Repository,
  descriptor: Descriptor,
  source: BlobSource | HeldBlob,
  options: CopyBlobOptions = {},
): Promise<BlobCopied> {
  checkSize(descriptor, LIMITS.movedBlobBytes);
  const upload: Upload = { base: baseOf(repository, options), descriptor, source, failed: { with: undefined }, signal: options.signal };
  if (options.fresh !== true && (await isThere(repository, upload))) return 'there';
  let whole = true;
  for (let n = 1; ; n++) {
    // Who fails to mount, or says so and does not, may still take it.
    const tried = await attempt(repository, upload, { whole, mounts: n === 1 });
    if (tried === 'mounted' || tried === 'sent') {
      if (!(options.confirmed ?? !('bytes' in source)) || (await isKept(repository, upload))) return tried;
      if (n >= LIMITS.tries) throw lost(repository, descriptor);
      continue;
    }
    if (upload.failed.with !== undefined) throw upload.failed.with;
    const broken = tried instanceof AssayError;
    if (whole && !broken && WANTS_CHUNKS.has(tried.answer.status)) {
      whole = false;
      continue;
    }
    const passing = broken
      ? isPassing(tried) || isBusy(tried)
      : PASSING.has(tried.answer.status) || (!whole && UPLOAD_GONE.has(tried.answer.status));
    if (!passing || n >= LIMITS.tries || options.signal?.aborted === true) throw broken ? tried : refusal(tried.answer, tried);
    // Some refuse what is too large for them by hanging up.
    if (broken && n >= 2) whole = false;
    await pause(LIMITS.retryPauseMs * n * (0.5 + Math.random()), options.signal);
  }
}

async function isThere(repository: Repository, { base, descriptor }: Upload): Promise<boolean> {
  const head: ApiRequest = { ...base, method: 'HEAD', target: `/v2/${repository.name}/blobs/${descriptor.digest}` };
  const there = await repository.client.send(head);
  if (there.status !== 200 && there.status !== 404) throw refusal(there, head);
  return there.status === 200;
}

// Some acknowledge a write and lose it; what was written a moment ago may need some time to be seen.
async function isKept(repository: Repository, upload: Upload): Promise<boolean> {
  if (await isThere(repository, upload)) return true;
  await pause(LIMITS.retryPauseMs, upload.signal);
  return isThere(repository, upload);
}

function lost(repository: Repository, { digest }: Descriptor): AssayError {
  return new AssayError('write-conflict', `${repository.registry}/${repository.name} accepted ${digest}, and does not have it`, {
    hint: 'do the same again when the registry is well',
  });
}

// A registry that begins no upload now may do so in a moment; what was begun and not ended harms nobody.
function isBusy(error: AssayError): boolean {
  return error.code === 'registry-error' && error.retryable;
}

interface Upload {
  readonly base: Omit<ApiRequest, 'method' | 'target'>;
  readonly descriptor: Descriptor;
  readonly source: BlobSource | HeldBlob;
  /** What the source threw: no fault of the registry's. */
  readonly failed: { with: unknown };
  readonly signal: AbortSignal | undefined;
}

/** A part of an upload that was refused. */
interface Refused {
  readonly method: 'PUT' | 'PATCH';
  readonly answer: HttpAnswer;
}

const PASSING: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);
// Distribution spec 1.1: an upload that has expired, or has other bytes than we believe. Another one can be begun.
const UPLOAD_GONE: ReadonlySet<number> = new Set([404, 416]);
// 404: some forget an upload that a refused request has touched.
const WANTS_CHUNKS: ReadonlySet<number> = new Set([400, 404, 405, 411, 413, 415, 501]);

// One upload from its beginning. An answer is one that is no success.
async function attempt(
  repository: Repository,
  upload: Upload,
  { whole, mounts }: { readonly whole: boolean; readonly mounts: boolean },
): Promise<'mounted' | 'sent' | Refused | AssayError> {
  const { base, descriptor, source } = upload;
  try {
    const from = mounts ? source.mountFrom : undefined;
    const begun = await begin(repository, upload, from);
    if (begun.status === 201 && from !== undefined) return 'mounted';
    if (begun.status !== 202) throw refusal(begun, { method: 'POST' });
    if (!whole) return await sendChunks(repository, upload, begun);
    const target = withDigest(uploadPlace(begun), descriptor.digest);
    const body = 'bytes' in source ? source.bytes : { size: descriptor.size, open: () => pieces(upload) };
    // An upload that broke off may be gone: it is begun anew, not sent again.
    const done = await repository.client.send({ ...base, method: 'PUT', target, body, headers: CONTENT, idempotent: false });
    return ended(done, upload);
  } catch (error) {
    return toAssayError(error);
  }
}

const CONTENT = { 'content-type': 'application/octet-stream' };

async function begin(repository: Repository, upload: Upload, mountFrom: string | undefined): Promise<HttpAnswer> {
  const begun = await post(repository, upload, mountFrom);
  // Who may not mount, or knows nothing of it, may still send; some refuse the whole request.
  const refused = begun.status >= 400 && begun.status < 500 && begun.status !== 429;
  return mountFrom !== undefined && refused ? post(repository, upload, undefined) : begun;
}

function post(repository: Repository, { base, descriptor }: Upload, from: string | undefined): Promise<HttpAnswer> {
  const mount = from === undefined ? '' : `?mount=${descriptor.digest}&from=${encodeURIComponent(from)}`;
  const scopes = from === undefined ? {} : { scopes: [`repository:${from}:pull`] };
  return repository.client.send({ ...base, ...scopes, method: 'POST', target: `/v2/${repository.name}/blobs/uploads/${mount}` });
}

// Distribution spec 1.1, "Pushing a blob in chunks".
async function sendChunks(repository: Repository, upload: Upload, begun: HttpAnswer): Promise<'sent' | Refused> {
  const { base, descriptor } = upload;
  let last = begun;
  let start = 0;
  for await (const chunk of chunksOf(pieces(upload), chunkSize(begun))) {
    const headers = { ...CONTENT, 'content-range': `${start}-${start + chunk.length - 1}` };
    const answer = await repository.client.send({ ...base, method: 'PATCH', target: uploadPlace(last), body: chunk, headers });
    if (answer.status !== 202) return { method: 'PATCH', answer };
    start += chunk.length;
    last = answer;
  }
  const target = withDigest(uploadPlace(last), descriptor.digest);
  const done = await repository.client.send({ ...base, method: 'PUT', target, headers: { ...CONTENT, 'content-length': '0' } });
  return ended(done, upload);
}

function ended(done: HttpAnswer, { descriptor }: Upload): 'sent' | Refused {
  if (done.status !== 201 && done.status !== 204) return { method: 'PUT', answer: done };
  checkStored(done, descriptor.digest);
  return 'sent';
}

function chunkSize(begun: HttpAnswer): number {
  const least = Number(begun.headers.get('oci-chunk-min-length') ?? 0);
  if (!(least <= 4 * LIMITS.uploadChunkBytes)) throw new AssayError('limit', `the registry asks for chunks of ${least} bytes`);
  return Math.max(LIMITS.uploadChunkBytes, least);
}

async function* chunksOf(source: AsyncIterable<Bytes>, size: number): AsyncGenerator<Bytes> {
  let parts: Bytes[] = [];
  let have = 0;
  for await (const piece of source) {
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, at + size - have);
      parts.push(part);
      have += part.length;
      at += part.length;
      if (have < size) continue;
      yield Buffer.concat(parts);
      [parts, have] = [[], 0];
    }
  }
  if (have > 0) yield Buffer.concat(parts);
}

async function* pieces({ descriptor, source, failed }: Upload): AsyncGenerator<Bytes> {
  try {
    yield* checkedPieces(descriptor, source.open());
  } catch (error) {
    failed.with = error;
    throw error;
  }
}

function baseOf(repository: Repository, options: WriteOptions): Upload['base'] {
  return {
    registry: repository.registry,
    repository: repository.name,
    actions: ['pull', 'push'],
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
}
