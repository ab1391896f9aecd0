import type { Bytes } from '../../bytes/index.ts';
import { AssayError, type ErrorCode } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { abortError } from '../abort.ts';
import { checkedPieces, piecesOf } from '../checked-pieces.ts';
import { checkContent, checkSize, inlined } from '../content.ts';
import { type Descriptor, descriptorOf } from '../descriptor.ts';
import type { Digest } from '../digest.ts';
import { mediaTypeOf } from '../media-type-of.ts';
import type { EvidenceSuffix, ReadOptions, Store, StoredManifest } from '../store.ts';
import { evidenceTag, fallbackTag } from '../tags.ts';
import { blobName } from './blob-name.ts';
import { folderFiles, type LayoutFiles } from './files.ts';
import { cosignKind, readLayoutIndex, refName } from './layout-index.ts';
import { scanLayout } from './scan.ts';
import { withUnlisted } from './scan-blobs.ts';
import { archiveFiles } from './tar.ts';

/** How a layout serves as a store. */
export interface LayoutStoreOptions {
  /** In front of cosign's tags (`--attachment-tag-prefix`). */
  readonly attachmentTagPrefix?: string;
}

/** A layout as a store. */
export interface LayoutStore extends Store {
  readonly kind: 'layout';
  /** The entries of `index.json`, as they stand there. */
  readonly entries: readonly Descriptor[];
  /** Content of which only the digest is known, checked against it; `undefined` when it is not there. Throws `content-mismatch`, `limit`. */
  blob(digest: Digest, options?: ReadOptions): Promise<Bytes | undefined>;
  /** The content of a blob of any size in pieces; see `WritableStore.openBlob`. */
  openBlob(descriptor: Descriptor, options?: Pick<ReadOptions, 'signal'>): AsyncIterable<Bytes>;
  /** Ends the use. Nothing is held open between two reads. */
  close(): Promise<void>;
}

/** Opens a layout in a folder (`layout`) or in a tar archive. Throws `file-unreadable`, `layout-invalid`, `unsupported`, `limit`. */
export async function openLayout(kind: 'layout' | 'archive', path: string, options: LayoutStoreOptions = {}): Promise<LayoutStore> {
  const files = kind === 'layout' ? await folderFiles(path) : await archiveFiles(path);
  return layoutStore(files, await readLayoutIndex(files), options);
}

/** A store over the files of a layout, whose index has these entries. */
export function layoutStore(files: LayoutFiles, entries: readonly Descriptor[], options: LayoutStoreOptions): LayoutStore {
  let scanned: Promise<ReadonlyMap<Digest, readonly Descriptor[]>> | undefined;

  async function manifest(digest: Digest, read: ReadOptions = {}): Promise<StoredManifest | undefined> {
    const most = Math.min(read.maxBytes ?? LIMITS.manifestBytes, LIMITS.manifestBytes);
    const bytes = await readBlob(files, digest, most, 'limit', read.signal);
    if (bytes === undefined) return undefined;
    const listed = entries.find((e) => e.digest === digest);
    checkContent(listed ?? descriptorOf('', digest, bytes.length), bytes);
    return { descriptor: descriptorOf(mediaTypeOf(bytes, listed?.mediaType) ?? listed?.mediaType ?? '', digest, bytes.length), bytes };
  }

  /** The manifest of an entry of `index.json`: when it is listed, it has to be there. */
  async function listed(entry: Descriptor, read: ReadOptions): Promise<StoredManifest> {
    const found = await manifest(entry.digest, read);
    if (found === undefined) throw new AssayError('layout-invalid', `${files.label} lists ${entry.digest} and does not hold it`);
    return found;
  }

  async function resolve(tag: string, read: ReadOptions = {}): Promise<StoredManifest | undefined> {
    const named = entries.filter((e) => refName(e) === tag);
    const [first] = named;
    if (first === undefined) return undefined;
    if (named.some((e) => e.digest !== first.digest))
      throw new AssayError('layout-invalid', `${files.label} has the name "${tag}" for more than one image`);
    return listed(first, read);
  }

  // cosign 3's save writes the referrers of its image among the blobs and lists them nowhere.
  async function scan(signal: AbortSignal | undefined): Promise<ReadonlyMap<Digest, readonly Descriptor[]>> {
    const found = await scanLayout(entries, manifest, files.label, signal);
    return entries.some((e) => cosignKind(e) !== undefined) ? withUnlisted(found, files, signal) : found;
  }

  async function* referrers(
    subject: Digest,
    read: ReadOptions & { readonly artifactType?: string } = {},
  ): AsyncGenerator<readonly Descriptor[], 'answered' | 'unsupported'> {
    scanned ??= scan(read.signal);
    scanned.catch(() => {
      scanned = undefined;
    });
    const found = (await scanned).get(subject) ?? [];
    const wanted = read.artifactType === undefined ? found : found.filter((d) => d.artifactType === read.artifactType);
    if (wanted.length > 0) yield wanted;
    return 'answered';
  }

  return {
    kind: 'layout',
    label: files.label,
    entries,
    resolve,
    manifest,
    async read(descriptor, read = {}) {
      checkSize(descriptor, read.maxBytes ?? LIMITS.evidenceBytes);
      const bytes = inlined(descriptor) ?? (await readBlob(files, descriptor.digest, descriptor.size, 'content-mismatch', read.signal));
      if (bytes === undefined) throw new AssayError('not-found', `${descriptor.digest} is not in ${files.label}`);
      return checkContent(descriptor, bytes);
    },
    async blob(digest, read = {}) {
      const bytes = await readBlob(files, digest, read.maxBytes ?? LIMITS.evidenceBytes, 'limit', read.signal);
      return bytes === undefined ? undefined : checkContent(descriptorOf('', digest, bytes.length), bytes);
    },
    openBlob(descriptor) {
      const inside = inlined(descriptor);
      return checkedPieces(descriptor, inside === undefined ? files.pieces(blobName(descriptor.digest)) : piecesOf(inside));
    },
    close: () => files.close(),
    referrers,
    async attached(subject, suffix, read = {}) {
      const tag = evidenceTag(subject, suffix, options.attachmentTagPrefix);
      const tagged = tag === undefined ? undefined : await resolve(tag, read);
      const saved = await Promise.all(savedFor(entries, subject, suffix).map((entry) => listed(entry, read)));
      return tagged === undefined ? saved : [tagged, ...saved.filter((s) => s.descriptor.digest !== tagged.descriptor.digest)];
    },
    fallback: (subject, read = {}) => resolve(fallbackTag(subject), read),
  };
}

const SAVED: ReadonlyMap<EvidenceSuffix, string> = new Map([
  ['sig', 'sigs'],
  ['att', 'atts'],
]);

// `cosign save` says of evidence only that it is some; it writes it after the image that it belongs to.
function savedFor(entries: readonly Descriptor[], subject: Digest, suffix: EvidenceSuffix): readonly Descriptor[] {
  const kind = SAVED.get(suffix);
  const marked = entries.some((e) => IMAGES.has(cosignKind(e) ?? ''));
  const isImage = (e: Descriptor): boolean => (marked ? IMAGES.has(cosignKind(e) ?? '') : !isSaved(e));
  let image = entries.find(isImage)?.digest;
  return entries.filter((entry) => {
    if (isImage(entry)) image = entry.digest;
    return kind !== undefined && cosignKind(entry) === kind && image === subject;
  });
}

const IMAGES: ReadonlySet<string> = new Set(['image', 'imageIndex']);

function isSaved(entry: Descriptor): boolean {
  const kind = cosignKind(entry);
  return kind === 'sigs' || kind === 'atts';
}

async function readBlob(
  files: LayoutFiles,
  digest: Digest,
  most: number,
  beyond: ErrorCode,
  signal: AbortSignal | undefined,
): Promise<Bytes | undefined> {
  if (signal?.aborted) throw abortError(signal, files.label);
  const name = blobName(digest);
  // One byte more than was promised shows that there is more.
  const bytes = await files.read(name, most + 1);
  if (bytes !== undefined && bytes.length > most) throw new AssayError(beyond, `${name} of ${files.label} has more than ${most} bytes`);
  return bytes;
}
