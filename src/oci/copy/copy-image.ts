import { setMaxListeners } from 'node:events';
import { AssayError } from '../../errors.ts';
import { abortError } from '../abort.ts';
import { confirmWritten } from '../confirm-written.ts';
import { isContentOf } from '../content.ts';
import type { Digest } from '../digest.ts';
import { parseManifest } from '../manifest.ts';
import type { WritableStore } from '../writable-store.ts';
import { copyNamed, isThere, manifestOf, noteThere, write } from './content.ts';
import { type CopiedEvidence, copyEvidence, type EvidenceReport, type LeftEvidence } from './evidence.ts';
import { createJob } from './job.ts';
import type { CopyCounts, CopyOptions, CopySource } from './source.ts';

/** What a copy did. */
export interface CopyReport extends CopyCounts {
  readonly digest: Digest;
  /** What the image consists of besides: manifests below an index. */
  readonly below: readonly Digest[];
  readonly pieces: readonly CopiedEvidence[];
  /** Evidence that is listed and is not there, or is broken. Everything else was copied. */
  readonly left: readonly LeftEvidence[];
}

/** Where an image comes from, and where its evidence does. */
export interface CopyFrom {
  readonly image: CopySource;
  readonly evidence: readonly CopySource[];
}

/**
 * Copies an image (an index with everything below it) with all its evidence: referrers by the API and by the fallback tag, cosign's tags, of the
 * image, of its children and of the evidence itself. Content is sent once and asked about first; each manifest comes after what it names, the evidence is listed
 * when it is there, and the image's tag comes last: whoever stops it leaves nothing that looks complete, and the same call goes on where it was.
 * What the destination has is kept: fallback indexes and cosign's tags are merged. Throws `not-found`, `confirmation-missing` (the tag points
 * elsewhere, or others keep on writing), `limit`, and errors of the group `transport`: what cannot be read is never taken for nothing.
 */
export async function copyImage(from: CopyFrom, to: WritableStore, digest: Digest, options: CopyOptions = {}): Promise<CopyReport> {
  const abort = new AbortController();
  // Everything that is under way listens.
  setMaxListeners(0, abort.signal);
  const stop = (): void => abort.abort(options.signal?.reason);
  if (options.signal?.aborted) throw abortError(options.signal);
  options.signal?.addEventListener('abort', stop, { once: true });
  const job = createJob(to, options, abort.signal);
  try {
    await checkTag(to, digest, options, abort.signal);
    const stored = await manifestOf(job, from.image, digest);
    const below = await copyNamed(job, from.image, parseManifest(stored.bytes, stored.descriptor.mediaType));
    const there = await isThere(job, stored);
    if (!there) await write(job, stored);
    else noteThere(job);
    const evidence: EvidenceReport = { copied: [], left: [] };
    // Where the image was not, no copy of before has left anything about it.
    await copyEvidence(job, { sources: from.evidence, subjects: [digest, ...new Set(below)], unasked: !there }, evidence);
    const { tag } = options;
    await checkTag(to, digest, options, abort.signal);
    // Without a tag it is listed all the same, where there is a list.
    await to.writeManifest(stored.bytes, {
      mediaType: stored.descriptor.mediaType,
      digest,
      signal: abort.signal,
      ...(tag === undefined ? {} : { tag }),
    });
    await confirmWritten(to, digest, { tag, signal: abort.signal });
    return { ...job.counts, digest, below: [...new Set(below)], pieces: evidence.copied, left: evidence.left };
  } finally {
    // Whatever is still under way belongs to a copy that has failed.
    abort.abort();
    options.signal?.removeEventListener('abort', stop);
  }
}

// As cosign: a tag that means something else is not moved without being told so.
async function checkTag(to: WritableStore, digest: Digest, { tag, force }: CopyOptions, signal: AbortSignal): Promise<void> {
  if (tag === undefined || force === true) return;
  const now = await to.resolve(tag, { signal });
  // A registry names by SHA-256 what a tag points at.
  if (now === undefined || isContentOf(digest, now.bytes)) return;
  throw new AssayError('confirmation-missing', `${to.label}:${tag} is ${now.descriptor.digest}`, {
    hint: '--force points it at the copy',
  });
}
