import { createHash } from 'node:crypto';
import { constants, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import type { Bytes } from '../../bytes/index.ts';
import { AssayError, isAssayError, messageOf } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { abortError } from '../../oci/abort.ts';
import { type Descriptor, descriptorOf } from '../../oci/descriptor.ts';
import { type Digest, parseDigest } from '../../oci/digest.ts';
import { OCI_LAYER } from '../../oci/media-types.ts';
import type { BlobSource } from '../../oci/writable-store.ts';

/** The annotation that names a file (OCI image spec, annotations.md). */
export const TITLE = 'org.opencontainers.image.title';

/** A file that becomes a layer. */
export interface FileLayer {
  readonly name: string;
  readonly descriptor: Descriptor;
  readonly source: BlobSource;
}

const MEDIA_TYPE = /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}(?:;[\x21-\x7e]+)*$/;

/** A media type that was given. Throws `usage-invalid`, naming the flag. */
export function parseMediaType(text: string, what: string): string {
  if (MEDIA_TYPE.test(text) && text.length <= 255) return text;
  throw new AssayError('usage-invalid', `${what}: "${text.slice(0, 100)}" is no media type`, {
    hint: 'as application/vnd.example.report.v1+json',
  });
}

/** `FILE` or `FILE:TYPE` as oras has it; a file whose whole name is that comes first. Throws `usage-invalid`. */
export function parseFile(text: string, cwd: string): { readonly file: string; readonly mediaType: string } {
  const colon = text.lastIndexOf(':');
  if (colon <= 0 || !text.slice(colon).includes('/') || isFile(path.resolve(cwd, text))) return { file: text, mediaType: OCI_LAYER };
  return { file: text.slice(0, colon), mediaType: parseMediaType(text.slice(colon + 1), `the type of ${text.slice(0, colon)}`) };
}

/**
 * A file as a layer: of any size, read once for its digest and once when it is sent. It is named by its path below the folder that it was named from, by
 * its last part where that would lead elsewhere. Throws `file-unreadable`, `limit`, `usage-invalid`.
 */
export async function fileLayer(text: string, cwd: string, signal?: AbortSignal): Promise<FileLayer> {
  const { file, mediaType } = parseFile(text, cwd);
  const at = path.resolve(cwd, file);
  const { digest, size } = await summed(piecesOf(at, file, signal), file);
  const name = titleOf(file);
  const descriptor = descriptorOf(mediaType, digest, size, { annotations: new Map([[TITLE, name]]) });
  return { name, descriptor, source: { open: () => unchanged(piecesOf(at, file, signal), file, descriptor) } };
}

async function summed(pieces: AsyncIterable<Bytes>, file: string): Promise<{ readonly digest: Digest; readonly size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const piece of pieces) {
    hash.update(piece);
    size += piece.length;
    if (size > LIMITS.movedBlobBytes) throw new AssayError('limit', `${file} has more than ${LIMITS.movedBlobBytes} bytes`);
  }
  return { digest: parseDigest(`sha256:${hash.digest('hex')}`), size };
}

// A file may be written to between the two times that it is read: no fault of the registry's.
async function* unchanged(pieces: AsyncIterable<Bytes>, file: string, { digest, size }: Descriptor): AsyncGenerator<Bytes> {
  const hash = createHash('sha256');
  let left = size;
  for await (const piece of pieces) {
    hash.update(piece);
    left -= piece.length;
    if (left < 0) break;
    yield piece;
  }
  if (left !== 0 || `sha256:${hash.digest('hex')}` !== digest)
    throw new AssayError('file-unreadable', `${file} was changed while it was read`, {
      hint: 'do it again when nobody writes to the file',
    });
}

// What is no plain file gives its content once, or has no end.
async function* piecesOf(at: string, file: string, signal: AbortSignal | undefined): AsyncGenerator<Bytes> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(at, constants.O_RDONLY | constants.O_NONBLOCK);
    const found = await handle.stat();
    if (found.isDirectory()) throw new AssayError('file-unreadable', `${file} is a folder`, { hint: 'pack it: tar -czf' });
    if (!found.isFile()) throw new AssayError('file-unreadable', `${file} is no plain file`, { hint: 'write its content to a file first' });
    for await (const piece of handle.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
      if (signal?.aborted) throw abortError(signal, file);
      yield piece;
    }
  } catch (cause) {
    if (isAssayError(cause)) throw cause;
    throw new AssayError('file-unreadable', `cannot read ${file}: ${messageOf(cause)}`, { cause });
  } finally {
    await handle?.close();
  }
}

/** The layers of several files; two of one name would overwrite each other when they are pulled. Throws as `fileLayer`. */
export async function fileLayers(texts: readonly string[], cwd: string, signal?: AbortSignal): Promise<readonly FileLayer[]> {
  const layers: FileLayer[] = [];
  for (const text of texts) {
    const layer = await fileLayer(text, cwd, signal);
    if (layers.some((l) => l.name === layer.name)) throw new AssayError('usage-invalid', `two files are called ${layer.name}`);
    layers.push(layer);
  }
  return layers;
}

function titleOf(file: string): string {
  const plain = path.normalize(file).split(path.sep).join('/');
  return path.isAbsolute(file) || plain.split('/').includes('..') ? path.basename(file) : plain;
}

function isFile(at: string): boolean {
  return statSync(at, { throwIfNoEntry: false })?.isFile() === true;
}
