import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { confirmWritten } from '../confirm-written.ts';
import type { Digest } from '../digest.ts';
import { type ParsedManifest, parseManifest } from '../manifest.ts';
import { isManifestType } from '../media-types.ts';
import type { StoredManifest } from '../store.ts';
import type { WrittenManifest } from '../writable-store.ts';
import { each } from './each.ts';
import type { Job } from './job.ts';
import type { CopySource } from './source.ts';

/** Reads a manifest of a source. Throws `not-found` when it is not there, though something names it. */
export async function manifestOf(job: Job, source: CopySource, digest: Digest): Promise<StoredManifest> {
  job.admit(digest);
  const stored = await source.store.manifest(digest, { signal: job.signal });
  if (stored === undefined) throw new AssayError('not-found', `${digest} is named in ${source.store.label}, and is not there`);
  return stored;
}

/** How deep in indexes something is, and whether its small blobs are sent without being asked about. */
export interface NamedOptions {
  readonly depth?: number;
  readonly unasked?: boolean;
}

/** Copies everything that a manifest names, and not itself: blobs, and whole manifests below an index. Answers the digests of those. Throws `limit`. */
export async function copyNamed(
  job: Job,
  source: CopySource,
  manifest: ParsedManifest,
  { depth = 0, unasked = false }: NamedOptions = {},
): Promise<readonly Digest[]> {
  if (depth > LIMITS.indexDepth) throw new AssayError('limit', `indexes are nested deeper than ${LIMITS.indexDepth} levels`);
  if (manifest.kind === 'manifest') {
    const config = manifest.config === undefined ? [] : [manifest.config];
    await each([...config, ...manifest.layers], LIMITS.blobsInFlight, (d) => job.blob(source, d, unasked));
    return [];
  }
  const below = new Set<Digest>();
  // An index may name one child many times, and each of them be such an index.
  const children = new Map(manifest.manifests.map((child) => [child.digest, child]));
  await each(children.values(), LIMITS.evidenceInFlight, async (child) => {
    if (!isManifestType(child.mediaType)) return job.blob(source, child);
    for (const digest of [child.digest, ...(await copyWhole(job, source, child.digest, depth + 1))]) below.add(digest);
  });
  return [...below];
}

/** Copies a manifest with everything that it names, itself last, once however often it is named. Answers the digests of manifests below it. */
function copyWhole(job: Job, source: CopySource, digest: Digest, depth: number): Promise<readonly Digest[]> {
  return job.once(source, digest, () => copyUncopied(job, source, digest, depth));
}

async function copyUncopied(job: Job, source: CopySource, digest: Digest, depth: number): Promise<readonly Digest[]> {
  const stored = await manifestOf(job, source, digest);
  const manifest = parseManifest(stored.bytes, stored.descriptor.mediaType);
  const below = await copyNamed(job, source, manifest, { depth });
  if (await isThere(job, stored)) noteThere(job);
  else await write(job, stored);
  return below;
}

/** Whether the destination has a manifest. */
export async function isThere(job: Job, stored: StoredManifest): Promise<boolean> {
  return (await job.to.manifest(stored.descriptor.digest, { signal: job.signal })) !== undefined;
}

/** Counts a manifest that is not sent. */
export function noteThere(job: Job): void {
  job.counts.manifests.there++;
  job.report();
}

/** Stores a manifest, which is listed only where that is no work of its own, and looks whether it is there. Throws `write-conflict`, and what writing throws. */
export async function write(job: Job, stored: StoredManifest): Promise<WrittenManifest> {
  const written = await send(job, stored);
  await confirmWritten(job.to, stored.descriptor.digest, { signal: job.signal });
  return written;
}

/** The same, without looking. */
export async function send(job: Job, { bytes, descriptor }: StoredManifest): Promise<WrittenManifest> {
  const { mediaType, digest } = descriptor;
  const written = await job.to.writeManifest(bytes, { mediaType, digest, unlisted: true, signal: job.signal });
  job.counts.manifests.copied++;
  job.counts.bytes += bytes.length;
  job.report();
  return written;
}
