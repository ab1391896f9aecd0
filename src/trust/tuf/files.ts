import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AssayError, messageOf } from '../../errors.ts';

/**
 * The bytes of a file of at most `maxBytes`; `undefined` when there is none. Throws `limit` or `file-unreadable`.
 *
 * Synchronous: the few small files of a start are read in a fraction of the time that the first use of asynchronous files takes.
 */
export function readBounded(path: string, maxBytes: number): Buffer | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new AssayError('file-unreadable', `cannot read ${path}: ${code}`, { cause });
  }
  try {
    const found = fstatSync(file);
    // A device or pipe has no size to check, and perhaps no end.
    if (!found.isFile()) throw new AssayError('file-unreadable', `${path} is not a regular file`);
    const { size } = found;
    if (size > maxBytes) throw new AssayError('limit', `${path} has ${size} bytes (at most ${maxBytes})`);
    return readFileSync(file);
  } catch (cause) {
    if (cause instanceof AssayError) throw cause;
    throw new AssayError('file-unreadable', `cannot read ${path}: ${messageOf(cause)}`, { cause });
  } finally {
    closeSync(file);
  }
}

/** The same, and `undefined` as well for a file that cannot be read: of a cache, which can be fetched again. */
export function readIfReadable(path: string, maxBytes: number): Buffer | undefined {
  try {
    return readBounded(path, maxBytes);
  } catch {
    return undefined;
  }
}

/**
 * Puts a file in place whole: written beside it, then renamed, so that a reader sees the old one or the new one and two writers
 * do not meet. Makes the folder, for its owner alone. Throws what the file system throws.
 */
export async function replaceFile(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const beside = `${path}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(beside, content, { mode: 0o600, flag: 'wx' });
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
