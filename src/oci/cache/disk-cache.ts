import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { LIMITS } from '../../limits.ts';
import { algorithmOf, type Digest, digestOf, hexOf } from '../digest.ts';
import type { ContentCache } from './memory-cache.ts';

/** Where and how much. */
export interface DiskCacheOptions {
  /** Folder; it is made when the first piece is kept. */
  readonly path: string;
  /** All content in bytes; default `LIMITS.diskCacheBytes`. */
  readonly maxBytes?: number;
  /** One piece in bytes; default `LIMITS.memoryCachePieceBytes`. */
  readonly maxPieceBytes?: number;
}

/** Folders that the content is spread over; each has its part of the bound. */
const SHARDS = 16;
/** What a file takes at least, in bytes: a block of the usual file systems. */
const BLOCK = 4096;
/** A folder is looked over when it may have grown by this part of its bound; looking at every write would cost more than it saves. */
const TIDY_PART = 1 / 4;

/**
 * A cache on disk that nobody has to trust: content is hashed again when it is read, and what is not what its name says is
 * removed and fetched again. Pieces appear at once (rename), so that several processes can share a folder. One cache tries to
 * keep at most `LIMITS.diskCachePieces`: a crowd of strangers' evidence is worth neither the time nor the place. Nothing throws.
 *
 * Pieces are small, and are read and written at once: by way of the thread pool each would cost more than the request it spares.
 */
export function createDiskCache(options: DiskCacheOptions): ContentCache {
  const most = options.maxBytes ?? LIMITS.diskCacheBytes;
  const mostPiece = Math.min(options.maxPieceBytes ?? LIMITS.memoryCachePieceBytes, most / SHARDS);
  let tried = 0;

  function placeOf(digest: Digest): { folder: string; file: string } {
    const hex = hexOf(digest);
    const folder = join(options.path, algorithmOf(digest), hex.slice(0, 1));
    return { folder, file: join(folder, hex) };
  }

  return {
    async get(digest) {
      const { file } = placeOf(digest);
      const bytes = readPiece(file, mostPiece);
      if (bytes === undefined) return undefined;
      if (digestOf(bytes, algorithmOf(digest)) !== digest) {
        forget(file);
        return undefined;
      }
      return bytes;
    },
    async put(digest, bytes) {
      if (bytes.length > mostPiece || tried >= LIMITS.diskCachePieces) return;
      tried++;
      const { folder, file } = placeOf(digest);
      if (!writePiece(folder, file, bytes)) return;
      // By chance, so that many short runs tidy as one long one does.
      if (Math.random() * (most / SHARDS) * TIDY_PART < Math.max(BLOCK, bytes.length)) await tidy(folder, most / SHARDS).catch(() => {});
    },
  };
}

function writePiece(folder: string, file: string, bytes: Uint8Array): boolean {
  const part = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}.part`;
  try {
    if (!existsSync(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(part, bytes, { mode: 0o600, flag: 'wx' });
    renameSync(part, file);
    return true;
  } catch {
    forget(part);
    return false;
  }
}

function forget(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // It was never there, or is nobody's to remove.
  }
}

function readPiece(file: string, most: number): Buffer | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const { size, mtimeMs } = fstatSync(handle);
      if (size > most) return undefined;
      // The time of the last use decides what goes; a minute's precision is enough.
      if (Date.now() - mtimeMs > 60_000) touch(file);
      const bytes = Buffer.alloc(size);
      return readSync(handle, bytes) === size ? bytes : undefined;
    } finally {
      closeSync(handle);
    }
  } catch {
    return undefined;
  }
}

function touch(file: string): void {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // A folder that may only be read serves all the same.
  }
}

/** Removes what was not used the longest until a folder is within its bound in bytes (a file counts as a block at least), and leftovers of writers that died. */
export async function tidy(folder: string, most: number): Promise<void> {
  // Loaded when it is needed: few runs tidy.
  const { readdir, rm, stat } = await import('node:fs/promises');
  const files = await Promise.all(
    (await readdir(folder)).map(async (name) => {
      const file = join(folder, name);
      const found = await stat(file).catch(() => undefined);
      return { file, size: Math.max(BLOCK, found?.size ?? 0), used: found?.mtimeMs ?? 0, leftover: name.endsWith('.part') };
    }),
  );
  files.sort((a, b) => b.used - a.used);
  let size = 0;
  for (const f of files) {
    size += f.size;
    const dead = f.leftover && Date.now() - f.used > 3_600_000;
    if (dead || (!f.leftover && size > most)) await rm(f.file, { force: true });
  }
}
