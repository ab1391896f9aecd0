import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { abortError, pause } from '../abort.ts';
import { HOST, isAlive, unwritable } from './disk.ts';
import { readSome } from './files.ts';

/** The lock of a layout: a file, so that processes of any machine that shares the folder see it. */
export const LOCK = '.assay-lock';

/** What somebody who holds the lock is given: has to be asked right before the one write that counts. */
export interface Held {
  /** Throws `write-conflict` when somebody else has taken the lock for abandoned. */
  check(): Promise<void>;
}

/**
 * Runs while nobody else changes the index of the layout in `root`. The lock of a process that is no more is taken over at once where that can be
 * seen, else when it is older than `LIMITS.layoutLockMs`. Throws `write-conflict` when it cannot be had within `LIMITS.layoutLockWaitMs`, `file-unwritable`, `cancelled`.
 */
export async function withLayoutLock<T>(root: string, signal: AbortSignal | undefined, work: (held: Held) => Promise<T>): Promise<T> {
  const path = join(root, LOCK);
  const mine = `${HOST} ${process.pid} ${randomBytes(12).toString('hex')}`;
  const until = performance.now() + LIMITS.layoutLockWaitMs;
  if (signal?.aborted) throw abortError(signal, root);
  while (!(await taken(path, mine))) {
    if (await takeOver(path)) continue;
    if (performance.now() > until)
      throw new AssayError('write-conflict', `${root} is being written to by others all the time`, {
        hint: `if nobody writes to it, remove ${path}`,
      });
    await pause(2 + Math.random() * 10, signal);
  }
  const held = async (): Promise<boolean> => (await contentOf(path)) === mine;
  try {
    return await work({
      async check() {
        if (!(await held()))
          throw new AssayError('write-conflict', `${root}: others have taken over the lock of a write that took too long`);
      },
    });
  } finally {
    if (await held()) await unlink(path).catch(() => {});
  }
}

async function taken(path: string, content: string): Promise<boolean> {
  let file: FileHandle;
  try {
    file = await open(path, 'wx', 0o644);
  } catch (cause) {
    if ((cause as { code?: unknown }).code === 'EEXIST') return false;
    throw unwritable(path, cause);
  }
  try {
    await file.writeFile(content);
    return true;
  } catch (cause) {
    // On a full disk the name fits still: a lock that says nothing of its holder would keep everybody out.
    await unlink(path).catch(() => {});
    throw unwritable(path, cause);
  } finally {
    await file.close();
  }
}

// Who removes a lock that is not his does so alone: two that both saw the old one would else remove the new one of each other.
async function takeOver(path: string): Promise<boolean> {
  if (!(await isAbandoned(path))) return false;
  const guard = `${path}-guard`;
  if (!(await taken(guard, `${HOST} ${process.pid} guard`))) {
    if (await isAbandoned(guard)) await unlink(guard).catch(() => {});
    return false;
  }
  try {
    if (!(await isAbandoned(path))) return false;
    await unlink(path).catch(() => {});
    return true;
  } finally {
    await unlink(guard).catch(() => {});
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  const [content, age] = await Promise.all([contentOf(path), ageOf(path)]);
  if (content === undefined || age === undefined) return false;
  if (age > LIMITS.layoutLockMs) return true;
  const [host, pid] = content.split(' ');
  return host === HOST && /^\d{1,10}$/.test(pid ?? '') && !isAlive(Number(pid));
}

// Whoever made the layout may have put anything in the place of the lock: a pipe would never open, a device never end.
async function contentOf(path: string): Promise<string | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW).catch(() => undefined);
  try {
    if (file === undefined || !(await file.stat()).isFile()) return undefined;
    return (await readSome(file, 0, LOCK_BYTES)).toString('utf8');
  } catch {
    return undefined;
  } finally {
    await file?.close();
  }
}

/** More than any lock of ours has. */
const LOCK_BYTES = 256;

async function ageOf(path: string): Promise<number | undefined> {
  const found = await lstat(path).catch(() => undefined);
  return found === undefined ? undefined : Date.now() - found.mtimeMs;
}
