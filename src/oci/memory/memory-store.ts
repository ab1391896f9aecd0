import { type Bytes, concat } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { abortError } from '../abort.ts';
import { checkContent, checkSize } from '../content.ts';
import { type Descriptor, descriptorOf } from '../descriptor.ts';
import { algorithmOf, type Digest, digestOf, isDigest } from '../digest.ts';
import { parseManifest } from '../manifest.ts';
import { mediaTypeOf } from '../media-type-of.ts';
import { withReferrer } from '../merge-entries.ts';
import { referrerDescriptor } from '../referrer-descriptor.ts';
import type { ReadOptions, StoredManifest } from '../store.ts';
import { evidenceTag, fallbackTag } from '../tags.ts';
import type { TagChange, WritableStore } from '../writable-store.ts';

/** How a store in memory behaves. */
export interface MemoryStoreOptions {
  readonly label?: string;
  /** Whether it has a referrers API; default true. */
  readonly referrersApi?: boolean;
  /** Entries of one page of referrers; default all. */
  readonly pageSize?: number;
  readonly attachmentTagPrefix?: string;
}

/** A store in memory, with verbs that fill it at once beside those of every store. */
export interface MemoryStore extends WritableStore {
  putBlob(bytes: Bytes, mediaType?: string): Descriptor;
  /** Stores a document as a manifest, broken ones too; `tag` points at it. */
  putManifest(bytes: Bytes, options?: PutOptions): Descriptor;
  /** Makes the store forget content. */
  drop(digest: Digest): void;
}

interface PutOptions {
  readonly tag?: string;
  readonly mediaType?: string;
}

/** An empty store in memory. Its content is checked when it is read, like any other. */
export function createMemoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  const blobs = new Map<string, Bytes>();
  const manifests = new Map<string, StoredManifest>();
  const tags = new Map<string, Digest>();

  function at(digest: Digest | undefined): StoredManifest | undefined {
    return digest === undefined ? undefined : manifests.get(digest);
  }

  async function* referrers(
    subject: Digest,
    read: ReadOptions & { readonly artifactType?: string } = {},
  ): AsyncGenerator<readonly Descriptor[], 'answered' | 'unsupported'> {
    if (options.referrersApi === false) return 'unsupported';
    const all = [...manifests.values()].flatMap((m) => referrerOf(m, subject));
    const wanted = read.artifactType === undefined ? all : all.filter((d) => d.artifactType === read.artifactType);
    const size = options.pageSize ?? LIMITS.referrers;
    for (let i = 0; i < wanted.length; i += size) {
      if (read.signal?.aborted) throw abortError(read.signal, 'a store in memory');
      yield wanted.slice(i, i + size);
    }
    return 'answered';
  }

  function putBlob(bytes: Bytes, mediaType = 'application/octet-stream'): Descriptor {
    const descriptor = descriptorOf(mediaType, digestOf(bytes), bytes.length);
    blobs.set(descriptor.digest, bytes);
    return descriptor;
  }

  function putManifest(bytes: Bytes, { tag, mediaType = mediaTypeOf(bytes) ?? 'application/octet-stream' }: PutOptions = {}): Descriptor {
    const descriptor = descriptorOf(mediaType, digestOf(bytes), bytes.length);
    manifests.set(descriptor.digest, { descriptor, bytes });
    // The same content is also known by its other digest.
    const other = digestOf(bytes, 'sha512');
    manifests.set(other, { descriptor: descriptorOf(mediaType, other, bytes.length), bytes });
    if (tag !== undefined) tags.set(tag, descriptor.digest);
    return descriptor;
  }

  async function changeTag(tag: string, { merge }: TagChange): Promise<void> {
    for (;;) {
      const now = at(tags.get(tag));
      const bytes = await merge(now);
      // Somebody else may have been quicker while it was merged.
      if (at(tags.get(tag)) !== now) continue;
      if (bytes !== undefined) putManifest(bytes, { tag });
      return;
    }
  }

  return {
    kind: 'memory',
    label: options.label ?? 'memory',
    resolve: async (tag) => at(tags.get(tag)),
    manifest: async (digest) => at(digest),
    async read(descriptor, read = {}) {
      checkSize(descriptor, read.maxBytes ?? LIMITS.evidenceBytes);
      const bytes = blobs.get(descriptor.digest) ?? manifests.get(descriptor.digest)?.bytes;
      if (bytes === undefined) throw new AssayError('not-found', `${descriptor.digest} is not in ${this.label}`);
      return checkContent(descriptor, bytes);
    },
    referrers,
    async attached(subject, suffix) {
      const found = at(tags.get(evidenceTag(subject, suffix, options.attachmentTagPrefix) ?? ''));
      return found === undefined ? [] : [found];
    },
    fallback: async (subject) => at(tags.get(fallbackTag(subject))),
    putBlob,
    putManifest,
    writeBlob: async (bytes, { mediaType } = {}) => putBlob(bytes, mediaType),
    async copyBlob(descriptor, source) {
      if (blobs.has(descriptor.digest)) return 'there';
      const parts: Bytes[] = [];
      for await (const part of source.open()) parts.push(part);
      blobs.set(descriptor.digest, checkContent(descriptor, concat(...parts)));
      return 'sent';
    },
    async *openBlob(descriptor, read = {}) {
      yield await this.read(descriptor, { ...read, maxBytes: Number.MAX_SAFE_INTEGER });
    },
    async writeManifest(bytes, write = {}) {
      const manifest = parseManifest(bytes, write.mediaType);
      putManifest(bytes, { ...write, mediaType: manifest.mediaType });
      const descriptor = referrerDescriptor(manifest, digestOf(bytes), bytes.length);
      if (manifest.subject === undefined) return { descriptor, listed: undefined };
      if (options.referrersApi !== false) return { descriptor, listed: 'referrers' };
      const merge: TagChange['merge'] = async (now) => withReferrer(now, descriptor);
      await changeTag(fallbackTag(manifest.subject.digest), { entry: descriptor.digest, merge });
      return { descriptor, listed: 'fallback-tag' };
    },
    changeTag,
    async remove(what) {
      if (!isDigest(what)) return tags.delete(what);
      const there = manifests.get(what);
      if (there === undefined) return false;
      for (const algorithm of ['sha256', 'sha512'] as const) manifests.delete(digestOf(there.bytes, algorithm));
      for (const [tag, digest] of tags) if (digest === what) tags.delete(tag);
      return true;
    },
    drop(digest) {
      blobs.delete(digest);
      manifests.delete(digest);
    },
  };
}

function referrerOf(stored: StoredManifest, subject: Digest): readonly Descriptor[] {
  if (algorithmOf(stored.descriptor.digest) !== 'sha256') return [];
  try {
    const manifest = parseManifest(stored.bytes, stored.descriptor.mediaType);
    if (manifest.subject?.digest !== subject) return [];
    return [referrerDescriptor(manifest, stored.descriptor.digest, stored.bytes.length)];
  } catch (error) {
    if (error instanceof AssayError) return [];
    throw error;
  }
}
