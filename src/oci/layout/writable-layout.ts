import { realpath, unlink } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import type { Bytes } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { abortError, whenAllAborted } from '../abort.ts';
import { checkedPieces, piecesOf } from '../checked-pieces.ts';
import { nameOf } from '../content.ts';
import { type Descriptor, descriptorOf } from '../descriptor.ts';
import { type Digest, digestOf, isDigest } from '../digest.ts';
import { type ParsedManifest, parseManifest } from '../manifest.ts';
import { referrerDescriptor } from '../referrer-descriptor.ts';
import type { StoredManifest } from '../store.ts';
import type { TagChange, WritableStore, WriteManifestOptions, WriteOptions, WrittenManifest } from '../writable-store.ts';
import { blobName } from './blob-name.ts';
import { createLayout, removeWhatIsLeft } from './create-layout.ts';
import { DISK, type Disk, makeFolder, unwritable, writeWhole } from './disk.ts';
import { folderFiles, type LayoutFiles } from './files.ts';
import {
  annotated,
  digestUnder,
  entriesOf,
  type IndexEntry,
  indexBytes,
  withListed,
  without,
  withoutChildren,
  withTag,
} from './index-entries.ts';
import { readLayoutIndex } from './layout-index.ts';
import { type LayoutStore, type LayoutStoreOptions, layoutStore } from './layout-store.ts';
import { withLayoutLock } from './lock.ts';

/** How a layout is opened for writing. */
export interface WritableLayoutOptions extends LayoutStoreOptions {
  /** Makes the layout when the folder is empty or not there. */
  readonly create?: boolean;
  /** Ends the wait for whoever else makes it. */
  readonly signal?: AbortSignal;
  /** For tests. */
  readonly disk?: Disk;
}

/** A layout in a folder that is written to. */
export interface WritableLayout extends WritableStore, Omit<LayoutStore, 'openBlob'> {
  readonly kind: 'layout';
  /** Puts an annotation on the entries of `index.json` that are this manifest. */
  annotate(digest: Digest, name: string, value: string, options?: WriteOptions): Promise<void>;
}

/**
 * Opens a layout in a folder for writing, together with whoever else writes to it. Blobs are written whole or not at all; `index.json` is replaced at once, under a
 * lock, and last. Manifests with a subject are listed there, so that they are found as referrers; what a tag, or a manifest without a
 * tag, was written as is listed as well, except what an index lists. Throws `file-unreadable`, `file-unwritable`, `layout-invalid`, `limit`, `write-conflict`.
 */
export async function openWritableLayout(path: string, options: WritableLayoutOptions = {}): Promise<WritableLayout> {
  const disk = options.disk ?? DISK;
  if (options.create === true) await createLayout(path, disk, options.signal);
  const files = await folderFiles(path);
  const entries = await readLayoutIndex(files);
  const root = await realpath(path);
  await removeWhatIsLeft(root);
  return writableLayout(files, root, layoutStore(files, entries, options), disk, options);
}

type Change = (entries: readonly IndexEntry[]) => readonly IndexEntry[];

/** Changes that are made with one replacement of `index.json`. */
interface Batch {
  readonly changes: Change[];
  /** Of those who wait for it. */
  readonly signals: (AbortSignal | undefined)[];
  readonly done: Promise<void>;
}

function writableLayout(files: LayoutFiles, root: string, first: LayoutStore, disk: Disk, options: WritableLayoutOptions): WritableLayout {
  const remembering = rememberManifests(files);
  let now = first;
  let seen: Bytes | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let waiting: Batch | undefined;

  // Others may have written since: what is listed is read anew, and what was learnt of it is kept while it stays the same.
  async function current(): Promise<LayoutStore> {
    const bytes = await files.read('index.json', LIMITS.manifestBytes + 1);
    if (bytes !== undefined && seen !== undefined && bytes.equals(seen)) return now;
    now = layoutStore(remembering, await readLayoutIndex(files), options);
    seen = bytes;
    return now;
  }

  async function replaceIndex(changes: readonly Change[], signal: AbortSignal | undefined): Promise<void> {
    await withLayoutLock(root, signal, async (held) => {
      const bytes = (await files.read('index.json', LIMITS.manifestBytes + 1)) ?? Buffer.alloc(0);
      const { rest, entries } = entriesOf(bytes, files.label);
      const changed = changes.reduce((so, change) => change(so), entries);
      if (changed === entries) return;
      const next = indexBytes(rest, changed);
      if (next.length > LIMITS.manifestBytes)
        throw new AssayError('limit', `index.json of ${files.label} would have ${next.length} bytes (at most ${LIMITS.manifestBytes})`);
      await held.check();
      await writeWhole(join(root, 'index.json'), piecesOf(next), disk);
    });
  }

  // In one process they queue, rather than wake each other up; those that wait are made together.
  async function changeIndex(change: Change, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) throw abortError(signal, files.label);
    const batch = waiting ?? openBatch();
    batch.changes.push(change);
    batch.signals.push(signal);
    await batch.done;
  }

  function openBatch(): Batch {
    const changes: Change[] = [];
    const signals: (AbortSignal | undefined)[] = [];
    const done = turn.then(() => {
      waiting = undefined;
      return replaceIndex(changes, whenAllAborted(signals));
    });
    turn = done.catch(() => {});
    waiting = { changes, signals, done };
    return waiting;
  }

  async function keep(descriptor: Descriptor, pieces: AsyncIterable<Bytes>, signal: AbortSignal | undefined): Promise<boolean> {
    if (await holds(files, descriptor, signal)) return false;
    const target = join(root, blobName(descriptor.digest));
    await makeFolder(dirname(target));
    await checkInside(root, dirname(target));
    await writeWhole(target, checkedPieces(descriptor, pieces), disk, signal);
    return true;
  }

  async function keepManifest(bytes: Bytes, manifest: ParsedManifest, { digest, signal }: WriteManifestOptions): Promise<Descriptor> {
    const descriptor = descriptorOf(manifest.mediaType, nameOf(bytes, digest), bytes.length);
    await keep(descriptor, piecesOf(bytes), signal);
    return descriptor;
  }

  // A manifest with a subject is found by being listed alone, whatever it was called.
  async function referrerUnder(tag: string): Promise<Digest | undefined> {
    try {
      const stored = await (await current()).resolve(tag);
      return stored !== undefined && parseManifest(stored.bytes).subject !== undefined ? stored.descriptor.digest : undefined;
    } catch (error) {
      // What is broken is no evidence.
      if (error instanceof AssayError) return undefined;
      throw error;
    }
  }

  async function writeManifest(bytes: Bytes, write: WriteManifestOptions = {}): Promise<WrittenManifest> {
    const manifest = parseManifest(bytes, write.mediaType, LIMITS.referrersPageBytes);
    const descriptor = await keepManifest(bytes, manifest, write);
    // A manifest with a subject is found by being listed alone.
    if (write.unlisted === true && write.tag === undefined && manifest.subject === undefined) return { descriptor, listed: undefined };
    const listed =
      manifest.subject === undefined ? descriptor : withoutAnnotations(referrerDescriptor(manifest, descriptor.digest, bytes.length));
    const children = new Set(manifest.kind === 'index' ? manifest.manifests.map((m) => m.digest) : []);
    const referrer = write.tag === undefined ? undefined : await referrerUnder(write.tag);
    await changeIndex((entries) => {
      const named = write.tag === undefined ? withListed(entries, listed) : withTag(entries, write.tag, listed, referrer);
      const rest = children.size === 0 ? named : withoutChildren(named, children);
      return rest.length === entries.length && named === entries ? entries : rest;
    }, write.signal);
    return { descriptor, listed: manifest.subject === undefined ? undefined : 'referrers' };
  }

  async function changeTag(tag: string, change: TagChange, write: WriteOptions = {}): Promise<void> {
    for (let n = 0; n < LIMITS.layoutTagChanges; n++) {
      const before: StoredManifest | undefined = await (await current()).resolve(tag, write);
      const bytes = await change.merge(before);
      if (bytes === undefined) return;
      const manifest = parseManifest(bytes, undefined, LIMITS.referrersPageBytes);
      const descriptor = await keepManifest(bytes, manifest, write);
      let done = false;
      await changeIndex((entries) => {
        done = digestUnder(entries, tag) === before?.descriptor.digest;
        return done ? withTag(entries, tag, descriptor) : entries;
      }, write.signal);
      if (done) return;
    }
    throw new AssayError('write-conflict', `${files.label}: others keep changing ${tag}, and ${change.entry} is not there`);
  }

  async function remove(what: Digest | string, write: WriteOptions = {}): Promise<boolean> {
    let changed = false;
    const gone = isDigest(what) ? { digest: what } : { tag: what };
    const referrer = isDigest(what) ? undefined : await referrerUnder(what);
    await changeIndex((entries) => {
      const rest = without(entries, gone, referrer);
      changed = rest.length < entries.length || (referrer !== undefined && digestUnder(entries, what) === referrer);
      return changed ? rest : entries;
    }, write.signal);
    return isDigest(what) ? (await removeBlob(root, what)) || changed : changed;
  }

  return {
    ...first,
    get entries() {
      return now.entries;
    },
    resolve: async (tag, read) => (await current()).resolve(tag, read),
    manifest: (digest, read) => now.manifest(digest, read),
    async *referrers(subject, read) {
      return yield* (await current()).referrers(subject, read);
    },
    attached: async (subject, suffix, read) => (await current()).attached(subject, suffix, read),
    fallback: async (subject, read) => (await current()).fallback(subject, read),
    async writeBlob(bytes, write = {}) {
      const descriptor = descriptorOf(write.mediaType ?? 'application/octet-stream', digestOf(bytes), bytes.length);
      await keep(descriptor, piecesOf(bytes), write.signal);
      return descriptor;
    },
    copyBlob: async (descriptor, source, write = {}) => ((await keep(descriptor, source.open(), write.signal)) ? 'sent' : 'there'),
    openBlob: (descriptor) => first.openBlob(descriptor),
    writeManifest,
    changeTag,
    remove,
    annotate: async (digest, name, value, write = {}) => {
      await changeIndex((entries) => annotated(entries, digest, name, value), write.signal);
      await current();
    },
  };
}

// A list of referrers is made of all manifests; while a layout is filled it is made again and again.
function rememberManifests(files: LayoutFiles): LayoutFiles {
  const known = new Map<string, Buffer>();
  let held = 0;
  return {
    ...files,
    async read(name, most) {
      const old = known.get(name);
      // Still there, and not another: what others remove or replace is not told of here.
      if (old !== undefined && old.length <= most && (await files.size(name)) === old.length) return old;
      const bytes = await files.read(name, most);
      const small = bytes !== undefined && bytes.length < most && bytes.length <= LIMITS.layoutRememberedBytes && name.startsWith('blobs/');
      if (small && !known.has(name) && held + bytes.length <= LIMITS.memoryCacheBytes) {
        known.set(name, bytes);
        held += bytes.length;
      }
      return bytes;
    },
  };
}

// A file of the right size with other bytes is no copy: whoever is asked for the content would refuse it.
async function holds(files: LayoutFiles, descriptor: Descriptor, signal: AbortSignal | undefined): Promise<boolean> {
  const name = blobName(descriptor.digest);
  if ((await files.size(name)) !== descriptor.size) return false;
  try {
    for await (const _ of checkedPieces(descriptor, files.pieces(name))) if (signal?.aborted) throw abortError(signal, files.label);
    return true;
  } catch (error) {
    if (!signal?.aborted && error instanceof AssayError && error.group === 'transport') return false;
    throw error;
  }
}

async function removeBlob(root: string, digest: Digest): Promise<boolean> {
  const path = join(root, blobName(digest));
  try {
    await checkInside(root, dirname(path));
    await unlink(path);
    return true;
  } catch (cause) {
    if ((cause as { code?: unknown }).code === 'ENOENT') return false;
    if (cause instanceof AssayError) throw cause;
    throw unwritable(path, cause);
  }
}

async function checkInside(root: string, folder: string): Promise<void> {
  if (!(await realpath(folder)).startsWith(root.endsWith(sep) ? root : root + sep))
    throw new AssayError('layout-invalid', `blobs of oci:${root} is a link that leads out of the layout`);
}

function withoutAnnotations({ annotations: _, ...descriptor }: Descriptor): Descriptor {
  return descriptor;
}
