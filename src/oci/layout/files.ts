import { constants } from 'node:fs';
import { type FileHandle, open, opendir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';

/** The files of a layout, whether in a folder or in an archive. */
export interface LayoutFiles {
  /** For people: `oci:path`. */
  readonly label: string;
  /** Size in bytes of a file, or `undefined` when there is none. Throws `layout-invalid` when it is there and no plain file of the layout. */
  size(name: string): Promise<number | undefined>;
  /** At most `most` bytes of a file; `undefined` when there is none. Throws `layout-invalid`, `file-unreadable`. */
  read(name: string, most: number): Promise<Buffer | undefined>;
  /** The whole of a file in pieces. Throws `not-found` when there is none, `layout-invalid`, `file-unreadable`. */
  pieces(name: string): AsyncIterable<Buffer>;
  /** The names of at most `most` entries of a folder of the layout; empty when there is no such folder. Throws `limit`, `file-unreadable`. */
  list(folder: string, most: number): Promise<readonly string[]>;
  /** Ends the use. Nothing is held open between two reads, so that one who forgets it loses nothing. */
  close(): Promise<void>;
}

/**
 * The files below a folder. Names come from this room alone (`index.json`, `blobs/sha256/<hex>`); a link that leads out of
 * the folder is refused, and so is everything that is no plain file. Throws `file-unreadable`.
 */
export async function folderFiles(path: string): Promise<LayoutFiles> {
  const root = await rootOf(path);
  const label = `oci:${path}`;

  async function openFile(name: string): Promise<{ file: FileHandle; size: number } | undefined> {
    const real = await within(root, name, label);
    if (real === undefined) return undefined;
    let file: FileHandle;
    try {
      // Not blocking, or a pipe in the place of a file would never open.
      file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (cause) {
      throw new AssayError('file-unreadable', `cannot read ${name} of ${label}`, { cause });
    }
    const stat = await file.stat();
    if (stat.isFile()) return { file, size: stat.size };
    await file.close();
    throw new AssayError('layout-invalid', `${name} of ${label} is no plain file`);
  }

  return {
    label,
    async size(name) {
      const opened = await openFile(name);
      await opened?.file.close();
      return opened?.size;
    },
    async read(name, most) {
      const opened = await openFile(name);
      if (opened === undefined) return undefined;
      try {
        return await readSome(opened.file, 0, Math.min(opened.size, most));
      } finally {
        await opened.file.close();
      }
    },
    async *pieces(name) {
      const opened = await openFile(name);
      if (opened === undefined) throw new AssayError('not-found', `${name} is not in ${label}`);
      try {
        yield* readPieces(opened.file, 0, opened.size);
      } finally {
        await opened.file.close();
      }
    },
    async list(folder, most) {
      const real = await within(root, folder, label);
      if (real === undefined) return [];
      const names: string[] = [];
      try {
        for await (const entry of await opendir(real)) {
          if (names.length >= most) throw new AssayError('limit', `${folder} of ${label} has more than ${most} entries`);
          names.push(entry.name);
        }
      } catch (cause) {
        if (cause instanceof AssayError) throw cause;
        throw new AssayError('file-unreadable', `cannot list ${folder} of ${label}`, { cause });
      }
      return names;
    },
    close: () => Promise.resolve(),
  };
}

/** Exactly `length` bytes of a file from `start`, fewer when it ends before. */
export async function readSome(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let have = 0;
  while (have < length) {
    const { bytesRead } = await file.read(bytes, have, length - have, start + have);
    if (bytesRead === 0) break;
    have += bytesRead;
  }
  return bytes.subarray(0, have);
}

/** The same in pieces of at most `LIMITS.fileChunkBytes`. */
export async function* readPieces(file: FileHandle, start: number, length: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < length; at += LIMITS.fileChunkBytes) {
    const piece = await readSome(file, start + at, Math.min(LIMITS.fileChunkBytes, length - at));
    if (piece.length === 0) return;
    yield piece;
  }
}

async function rootOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (cause) {
    throw new AssayError('file-unreadable', `cannot read the layout ${path}`, {
      cause,
      hint: 'oci:PATH names a folder that holds an OCI layout',
    });
  }
}

async function within(root: string, name: string, label: string): Promise<string | undefined> {
  let real: string;
  try {
    real = await realpath(join(root, name));
  } catch (cause) {
    const code = (cause as { code?: unknown }).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new AssayError('file-unreadable', `cannot read ${name} of ${label}`, { cause });
  }
  if (!real.startsWith(root.endsWith(sep) ? root : root + sep))
    throw new AssayError('layout-invalid', `${name} of ${label} is a link that leads out of the layout`);
  return real;
}
