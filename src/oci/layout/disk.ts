import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Bytes } from '../../bytes/index.ts';
import { AssayError, messageOf } from '../../errors.ts';
import { abortError } from '../abort.ts';

/** What a disk does that a layout is written to; tests make one that is full. */
export interface Disk {
  /** Opens a file that is not there yet, for writing. */
  readonly create: (path: string) => Promise<Pick<FileHandle, 'write' | 'sync' | 'close'>>;
  readonly rename: (from: string, to: string) => Promise<void>;
}

/** The platform's. */
export const DISK: Disk = { create: (path) => open(path, 'wx', 0o644), rename };

/**
 * Writes a file in one step: under another name in the same folder, to the disk, then under its own. Whoever reads it finds all of it or none. What
 * the pieces throw is thrown, and nothing remains. Throws `file-unwritable`, `cancelled`.
 */
export async function writeWhole(path: string, pieces: AsyncIterable<Bytes>, disk: Disk = DISK, signal?: AbortSignal): Promise<void> {
  const part = join(dirname(path), `${ownParts()}${randomBytes(8).toString('hex')}`);
  const wrong = new Set<unknown>();
  try {
    const file = await disk.create(part);
    try {
      for await (const piece of telling(pieces, wrong)) {
        if (signal?.aborted) throw abortError(signal, path);
        await writeAll(file, piece);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await disk.rename(part, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    await unlink(part).catch(() => {});
    if (wrong.has(cause) || cause instanceof AssayError) throw cause;
    throw unwritable(path, cause);
  }
}

/** Makes a folder, and those above it. Throws `file-unwritable`. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (cause) {
    throw unwritable(path, await whyNotMade(path, cause));
  }
}

// Node says of a read-only file system that the folder is not there (ENOENT).
async function whyNotMade(path: string, cause: unknown): Promise<unknown> {
  if ((cause as { code?: unknown }).code !== 'ENOENT') return cause;
  return mkdir(path).then(
    () => cause,
    (error: unknown) => error,
  );
}

/** Removes the unfinished files that processes of this machine left which are no more. Whatever goes wrong, nothing is lost. */
export async function removeLeftParts(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const [, host, pid] = /^\.part-([0-9a-f]{8})-(\d{1,10})-[0-9a-f]{16}$/.exec(name) ?? [];
    if (host === HOST && pid !== undefined && !isAlive(Number(pid))) await unlink(join(folder, name)).catch(() => {});
  }
}

/** Whether a process of this machine runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: unknown }).code === 'EPERM';
  }
}

/** This machine, in few characters. */
export const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

/** The error that a failed write is. */
export function unwritable(path: string, cause: unknown): AssayError {
  const { code } = (cause ?? {}) as { code?: unknown };
  const why = REASONS.get(typeof code === 'string' ? code : '') ?? messageOf(cause);
  return new AssayError('file-unwritable', `cannot write ${basename(path)} in ${dirname(path)}: ${why}`, {
    cause,
    retryable: code === 'ENOSPC' || code === 'EDQUOT',
  });
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the quota is used up'],
  ['EFBIG', 'the file would be larger than is allowed'],
  ['EACCES', 'it is not allowed'],
  ['EPERM', 'it is not allowed'],
  ['EROFS', 'the file system is read-only'],
  ['ENOTDIR', 'something above it is no folder'],
  ['EEXIST', 'something else has its name'],
]);

function ownParts(): string {
  return `.part-${HOST}-${process.pid}-`;
}

async function* telling(pieces: AsyncIterable<Bytes>, wrong: Set<unknown>): AsyncGenerator<Bytes> {
  try {
    yield* pieces;
  } catch (error) {
    wrong.add(error);
    throw error;
  }
}

async function writeAll(file: Pick<FileHandle, 'write'>, piece: Bytes): Promise<void> {
  for (let at = 0; at < piece.length; ) {
    const { bytesWritten } = await file.write(piece, at, piece.length - at);
    at += bytesWritten;
  }
}

// A name stands only when the folder is on the disk as well; not every file system can do that.
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
}
