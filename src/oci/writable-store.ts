import type { Bytes } from '../bytes/index.ts';
import type { Descriptor } from './descriptor.ts';
import type { Digest } from './digest.ts';
import type { ReadOptions, Store, StoredManifest } from './store.ts';

/** What every write may be told. */
export type WriteOptions = Pick<ReadOptions, 'signal'>;

/** What a write of a small blob may be told. */
export interface WriteBlobOptions extends WriteOptions {
  readonly mediaType?: string;
  /** It was made just now, so that it can hardly be there: it is sent without being asked about. */
  readonly fresh?: boolean;
  /** Whoever writes does not read it back: it is asked afterwards whether it is there. Throws `write-conflict` when it is not. */
  readonly confirmed?: boolean;
}

/** Where a blob comes from that may be too large to hold. */
export interface BlobSource {
  /** The content in pieces, once for each call; what comes is checked by whoever stores it. */
  readonly open: () => AsyncIterable<Bytes>;
  /** Another repository of the same registry that has it: it is mounted from there where the registry agrees. */
  readonly mountFrom?: string;
}

/** A manifest that was written. */
export interface WrittenManifest {
  readonly descriptor: Descriptor;
  /** Where a manifest with a subject is listed: by the registry's referrers API, or in the fallback index that was written for it. */
  readonly listed: 'referrers' | 'fallback-tag' | undefined;
}

/** What a write of a manifest may be told. */
export interface WriteManifestOptions extends WriteOptions {
  readonly tag?: string;
  readonly mediaType?: string;
  /** What it is named by; default the SHA-256 of its bytes. Another one is `content-mismatch`. */
  readonly digest?: Digest;
  /** Leaves the fallback index of its subject alone: who writes many referrers lists them there at once. `listed` then is `undefined` where only that index would list it. A layout does not list a manifest without a subject then. */
  readonly unlisted?: boolean;
}

/** How a tag is changed that others may change at the same time. */
export interface TagChange {
  /**
   * What the tag has to hold, made from what it holds now: with whatever others wrote, and ours. `undefined` when ours is in what it holds now.
   * Called again for each time that somebody else was quicker. Blobs that it names have to be written before it answers.
   */
  readonly merge: (now: StoredManifest | undefined) => Promise<Bytes | undefined>;
  /** The digest that has to be found under the tag, for people: what is said to be missing when the change is lost. */
  readonly entry: Digest;
}

/** A store that is written to as well. What is written is named by the digest of its bytes; nothing is ever changed but tags and lists. */
export interface WritableStore extends Store {
  /** Stores a small blob; what is there already is not sent again. */
  writeBlob(bytes: Bytes, options?: WriteBlobOptions): Promise<Descriptor>;
  /** Stores a blob of any size; answers how it came there. Throws `content-mismatch` when the source gives something else. */
  copyBlob(descriptor: Descriptor, source: BlobSource, options?: WriteOptions): Promise<'there' | 'mounted' | 'sent'>;
  /** The content of a blob of any size in pieces. Its last piece comes only when size and digest of all of them are right; else `content-mismatch`. */
  openBlob(descriptor: Descriptor, options?: WriteOptions): AsyncIterable<Bytes>;
  /**
   * Stores a manifest, and points a tag at it. Whatever it names has to be there. A manifest with a subject is among that subject's
   * referrers when this returns. Throws `write-conflict`, naming the digest, when it could not be listed because others kept on writing.
   */
  writeManifest(bytes: Bytes, options?: WriteManifestOptions): Promise<WrittenManifest>;
  /** Changes a tag together with whoever else changes it, so that nothing is lost. Throws `write-conflict` naming the entry that is not there. */
  changeTag(tag: string, change: TagChange, options?: WriteOptions): Promise<void>;
  /** Deletes a manifest by digest, or a tag. `false` when it was not there. */
  remove(what: Digest | string, options?: WriteOptions): Promise<boolean>;
}
