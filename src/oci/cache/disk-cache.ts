import { constants, existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LIMITS } from '../../limits.ts';
import { algorithmOf, type Digest, digestOf, hexOf } from '../digest.ts';
import { readSome } from '../layout/files.ts';
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
 */
export function createDiskCache(options: DiskCacheOptions): ContentCache {
  const most = options.maxBytes ?? LIMITS.diskCacheBytes;
  const mostPiece = Math.min(options.maxPieceBytes ?? LIMITS.memoryCachePieceBytes, most / SHARDS);
  const made = new Set<string>();
  let tried = 0;

  function placeOf(digest: Digest): { folder: string; file: string } {
    const hex = hexOf(digest);
    const folder = join(options.path, algorithmOf(digest), hex.slice(0, 1));
    return { folder, file: join(folder, hex) };
  }

  return {
    async get(digest) {
      const { file } = placeOf(digest);
      const bytes = await readPiece(file, mostPiece);
      if (bytes === undefined) return undefined;
      if (digestOf(bytes, algorithmOf(digest)) !== digest) {
        await rm(file, { force: true }).catch(() => {});
        return undefined;
      }
      return bytes;
    },
    async put(digest, bytes) {
      if (bytes.length > mostPiece || tried >= LIMITS.diskCachePieces) return;
      tried++;
      const { folder, file } = placeOf(digest);
      const part = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}.part`;
      try {
        if (!made.has(folder)) await mkdir(folder, { recursive: true, mode: 0o700 });
        made.add(folder);
        await writeFile(part, bytes, { mode: 0o600, flag: 'wx' });
        await rename(part, file);
        // By chance, so that many short runs tidy as one long one does.
        if (Math.random() * (most / SHARDS) * TIDY_PART < Math.max(BLOCK, bytes.length)) await tidy(folder, most / SHARDS);
      } catch {
        made.delete(folder);
        await rm(part, { force: true }).catch(() => {});
      }
    },
  };
}

async function readPiece(file: string, most: number): Promise<Buffer | undefined> {
  // Asked at once: that a piece is not there is the usual answer, and by way of the thread pool it costs more than the request it spares.
  if (!existsSync(file)) return undefined;
  try {
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const { size, mtimeMs } = await handle.stat();
      if (size > most) return undefined;
      // The time of the last use decides what goes; a minute's precision is enough.
      if (Date.now() - mtimeMs > 60_000) await utimes(file, new Date(), new Date()).catch(() => {});
      return await readSome(handle, 0, size);
    } finally {
      await handle.close();
    }
  } catch {
    return undefined;
  }
}

/** Removes what was not used the longest until a folder is within its bound in bytes (a file counts as a block at least), and leftovers of writers that died. */
export async function tidy(folder: string, most: number): Promise<void> {
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
