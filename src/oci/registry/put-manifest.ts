import { type Bytes, equal } from '../../bytes/index.ts';
import { nameOf } from '../content.ts';
import type { Descriptor } from '../descriptor.ts';
import type { Digest } from '../digest.ts';
import { parseManifest } from '../manifest.ts';
import { referrerDescriptor } from '../referrer-descriptor.ts';
import type { ReadOptions } from '../store.ts';
import type { WrittenManifest } from '../writable-store.ts';
import type { TagChangeOptions } from './change-tag.ts';
import { addToFallback } from './fallback-index.ts';
import { getTag } from './get-manifest.ts';
import { MAY_BE_IMMUTABLE, sendDocument } from './put-document.ts';
import { refusal } from './refusal.ts';
import type { Repository } from './repository.ts';

/** What a push of a manifest may be told. */
export interface PutManifestOptions extends TagChangeOptions {
  /** Tag to point at it; left out, it is stored by digest alone. */
  readonly tag?: string;
  /** What it is stored as; default: what it says itself. */
  readonly mediaType?: string;
  /** What it is named by: see `WriteManifestOptions`. */
  readonly digest?: Digest;
  /** Leaves the fallback index to the caller: see `WriteManifestOptions`. */
  readonly unlisted?: boolean;
}

/** Stores a manifest and answers its descriptor, as a list of referrers has it: `writeManifest`. */
export async function putManifest(repository: Repository, bytes: Bytes, options: PutManifestOptions = {}): Promise<Descriptor> {
  return (await writeManifest(repository, bytes, options)).descriptor;
}

/**
 * Stores a manifest (distribution spec 1.1, "Pushing Manifests"). When it has a subject and the registry does not say
 * that it knows subjects (`OCI-Subject`), the fallback index of the subject gets an entry ("Pushing Manifests with Subject").
 * Where a tag may not be changed, and is what it is to be, that is as good.
 * Throws `manifest-invalid`, `content-mismatch`, `write-conflict`, and errors of the group `transport`.
 */
export async function writeManifest(repository: Repository, bytes: Bytes, options: PutManifestOptions = {}): Promise<WrittenManifest> {
  const manifest = parseManifest(bytes, options.mediaType);
  const digest = nameOf(bytes, options.digest);
  const stop = options.signal === undefined ? {} : { signal: options.signal };
  const { answer, request } = await sendDocument(repository, bytes, {
    mediaType: manifest.mediaType,
    what: options.tag ?? digest,
    ...stop,
  });
  const done = answer.status === 201 || answer.status === 200;
  if (!done) {
    // What refuses a manifest with a subject does not say whether it lists it.
    const mayBeThere = MAY_BE_IMMUTABLE.has(answer.status) && manifest.subject === undefined;
    if (!mayBeThere || !(await isUnder(repository, options.tag, bytes, stop))) throw refusal(answer, request);
  }
  const descriptor = referrerDescriptor(manifest, digest, bytes.length);
  if (manifest.subject === undefined) return { descriptor, listed: undefined };
  if (answer.headers.has('oci-subject')) return { descriptor, listed: 'referrers' };
  if (options.unlisted === true) return { descriptor, listed: undefined };
  await addToFallback(repository, manifest.subject.digest, descriptor, options);
  return { descriptor, listed: 'fallback-tag' };
}

async function isUnder(repository: Repository, tag: string | undefined, bytes: Bytes, read: ReadOptions): Promise<boolean> {
  if (tag === undefined) return false;
  const { stored } = await getTag(repository, tag, read);
  return stored !== undefined && equal(stored.bytes, bytes);
}
