import type { Bytes } from '../../bytes/index.ts';
import { AssayError, isAssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { abortError } from '../abort.ts';
import type { Descriptor } from '../descriptor.ts';
import { algorithmOf, type Digest } from '../digest.ts';
import { isManifestType } from '../media-types.ts';
import { createSemaphore } from '../registry/http/semaphore.ts';
import type { BlobSource, WritableStore } from '../writable-store.ts';
import type { CopyCounts, CopyOptions, CopySource } from './source.ts';

/** One copy under way: what is known of the destination, and what is counted. */
export interface Job {
  readonly to: WritableStore;
  readonly options: CopyOptions;
  readonly counts: CopyCounts;
  readonly signal: AbortSignal;
  /** Tells whoever watches. */
  report(): void;
  /** Copies a blob, once however often it is named. `unasked`: when it is small it is sent without being asked about. */
  blob(source: CopySource, descriptor: Descriptor, unasked?: boolean): Promise<void>;
  /** Does something about a manifest of a source once, however often it is named. */
  once<T>(source: CopySource, digest: Digest, work: () => Promise<T>): Promise<T>;
  /** Counts a manifest that is about to be read. Throws `limit`. */
  admit(digest: Digest): void;
  /** Whether an error is one of `admit`, after which nothing more is copied. */
  isFull(error: unknown): boolean;
}

/** Begins a copy. Content of the same digest is asked about once. */
export function createJob(to: WritableStore, options: CopyOptions, signal: AbortSignal): Job {
  const counts: CopyCounts = {
    manifests: { copied: 0, there: 0 },
    blobs: { sent: 0, mounted: 0, there: 0, foreign: 0 },
    bytes: 0,
    evidence: 0,
  };
  const blobs = new Map<Digest, Promise<void>>();
  const seen = new Set<Digest>();
  const manifests = new WeakMap<CopySource, Map<Digest, Promise<unknown>>>();
  let full: AssayError | undefined;
  const transfers = createSemaphore(LIMITS.blobsInFlight);
  const report = (): void => options.progress?.(counts);

  async function send({ store, mountFrom }: CopySource, descriptor: Descriptor): Promise<void> {
    let missing: unknown;
    async function* open(): AsyncGenerator<Bytes> {
      try {
        yield* store.openBlob(descriptor, { signal });
      } catch (error) {
        if (isAssayError(error, 'not-found')) missing = error;
        throw error;
      }
    }
    const source: BlobSource = {
      open,
      ...(mountFrom === undefined ? {} : { mountFrom }),
    };
    try {
      const how = await to.copyBlob(descriptor, source, { signal });
      counts.blobs[how]++;
      if (how === 'sent') counts.bytes += descriptor.size;
    } catch (error) {
      // Layers that may not be redistributed are where their addresses say, not in the registry.
      if (missing === undefined || error !== missing || !FOREIGN.test(descriptor.mediaType)) throw error;
      counts.blobs.foreign++;
    }
    report();
  }

  // So small that it is held, and takes no place among transfers.
  async function sendUnasked({ store }: CopySource, descriptor: Descriptor): Promise<void> {
    const bytes = await store.read(descriptor, { signal });
    await to.writeBlob(bytes, { mediaType: descriptor.mediaType, fresh: true, confirmed: true, signal });
    counts.blobs.sent++;
    counts.bytes += descriptor.size;
    report();
  }

  function mayGoUnasked({ mountFrom }: CopySource, { digest, size, mediaType }: Descriptor): boolean {
    // What is written at once is named by its SHA-256.
    const plain = algorithmOf(digest) === 'sha256' && !FOREIGN.test(mediaType) && !isManifestType(mediaType);
    return to.kind === 'registry' && mountFrom === undefined && plain && size <= LIMITS.unaskedBlobBytes;
  }

  return {
    to,
    options,
    counts,
    signal,
    report,
    blob(source, descriptor, unasked) {
      const known = blobs.get(descriptor.digest);
      if (known !== undefined) return known;
      const small = unasked === true && mayGoUnasked(source, descriptor);
      const copied = small ? sendUnasked(source, descriptor) : transfers.run(() => send(source, descriptor), signal);
      // Another source may have what this one has not.
      copied.catch(() => blobs.delete(descriptor.digest));
      blobs.set(descriptor.digest, copied);
      return copied;
    },
    once<T>(source: CopySource, digest: Digest, work: () => Promise<T>) {
      const known = manifests.get(source) ?? new Map<Digest, Promise<unknown>>();
      manifests.set(source, known);
      const made = (known.get(digest) as Promise<T> | undefined) ?? work();
      known.set(digest, made);
      return made;
    },
    admit(digest) {
      if (signal.aborted) throw abortError(signal);
      seen.add(digest);
      if (seen.size <= LIMITS.copiedManifests) return;
      full ??= new AssayError('limit', `there are more than ${LIMITS.copiedManifests} manifests to copy`, {
        hint: 'copy less at once with --only or --platform',
      });
      throw full;
    },
    isFull: (error) => full !== undefined && error === full,
  };
}

/** `application/vnd.oci.image.layer.nondistributable.…` (OCI image spec, layer.md), `…rootfs.foreign…` (Docker). */
const FOREIGN = /\.(?:nondistributable|foreign)\b/;
