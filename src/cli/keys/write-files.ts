import { randomBytes } from 'node:crypto';
import { link, lstat, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AssayError, messageOf } from '../../errors.ts';
import type { Call } from '../command.ts';
import { printable } from '../text/printable.ts';

/** A file to be written. */
export interface NewFile {
  /** As the user named it. */
  readonly name: string;
  readonly text: string;
  /** Permissions: 0o600 for what only its owner may read. */
  readonly mode: number;
}

/** A file while it is being replaced. */
interface Staged extends NewFile {
  readonly path: string;
  /** The new content, not yet in its place. */
  readonly fresh: string;
  /** What stood in its place, out of the way. */
  readonly aside: string;
  replaced: boolean;
  placed: boolean;
}

/**
 * Asks whether files that exist may be overwritten, before any work is done. Throws `confirmation-missing` when the answer is no, or when nobody
 * can be asked.
 */
export async function confirmOverwriting(names: readonly string[], yes: boolean, call: Call): Promise<boolean> {
  if (yes) return true;
  const there: string[] = [];
  for (const name of names) if (await exists(resolve(call.io.cwd, name))) there.push(name);
  if (there.length === 0) return false;
  const terminal = await call.io.terminal?.();
  const list = there.map((n) => printable(n, 200)).join(' and ');
  const answer = await terminal?.line(`${list} exist${there.length === 1 ? 's' : ''} already. Overwrite? (y/N) `, call.signal);
  if (/^y(?:es)?$/i.test(answer?.trim() ?? '')) return true;
  throw new AssayError('confirmation-missing', `${list} exist${there.length === 1 ? 's' : ''} already`, {
    hint: 'name other files, or --force overwrites',
  });
}

/**
 * Writes files, all or none: each appears whole under its name, and what it replaces stays until all are there. Without `overwrite` a file that has
 * appeared meanwhile is left alone. Throws `file-unwritable`, `confirmation-missing`.
 */
export async function writeFiles(files: readonly NewFile[], overwrite: boolean, cwd: string): Promise<void> {
  const staged: Staged[] = [];
  try {
    for (const file of files) staged.push(await stage(file, resolve(cwd, file.name)));
    for (const file of staged) await place(file, overwrite);
  } catch (error) {
    const kept: string[] = [];
    for (const file of staged.reverse())
      await undo(file).catch(() => {
        if (file.replaced) kept.push(file.aside);
      });
    if (kept.length === 0) throw error;
    throw new AssayError('file-unwritable', `${messageOf(error)}; what stood there could not be put back`, {
      cause: error,
      hint: `it is kept as ${kept.join(' and ')}`,
    });
  }
  for (const { replaced, aside } of staged) if (replaced) await rm(aside, { force: true });
}

async function stage(file: NewFile, named: string): Promise<Staged> {
  const path = await targetOf(file, named);
  const unique = randomBytes(6).toString('hex');
  const fresh = `${path}.${unique}.new`;
  try {
    const handle = await open(fresh, 'wx', file.mode);
    try {
      await handle.writeFile(file.text);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    await rm(fresh, { force: true });
    throw unwritable(file, cause);
  }
  return { ...file, path, fresh, aside: `${path}.${unique}.old`, replaced: false, placed: false };
}

// What a link points to is replaced, not the link: `/dev/stdout` stays where it is.
async function targetOf(file: NewFile, named: string): Promise<string> {
  try {
    const found = await stat(named);
    if (!found.isFile()) throw new AssayError('file-unwritable', `cannot write ${file.name}: it is no ordinary file`);
    return await realpath(named);
  } catch (cause) {
    if (cause instanceof AssayError) throw cause;
    // Nothing there yet; what else is wrong shows when it is written.
    return named;
  }
}

async function place(file: Staged, overwrite: boolean): Promise<void> {
  try {
    if (overwrite && (await exists(file.path))) {
      await rename(file.path, file.aside);
      file.replaced = true;
    }
    // Unlike a renaming, a link never takes the place of a file that has appeared meanwhile.
    await link(file.fresh, file.path).catch((error: unknown) => withoutLinks(error, file));
    file.placed = true;
    await rm(file.fresh, { force: true });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST')
      throw new AssayError('confirmation-missing', `${file.name} exists already`, {
        cause,
        hint: 'name another file, or --force overwrites',
      });
    throw unwritable(file, cause);
  }
}

// Some file systems know no links.
async function withoutLinks(error: unknown, { fresh, path }: Staged): Promise<void> {
  if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes((error as NodeJS.ErrnoException).code ?? '') || (await exists(path)))
    throw error;
  await rename(fresh, path);
}

async function undo({ fresh, path, aside, placed, replaced }: Staged): Promise<void> {
  await rm(fresh, { force: true });
  if (placed) await rm(path, { force: true });
  if (replaced) await rename(aside, path);
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch {
    return false;
  }
}

function unwritable({ name }: NewFile, cause: unknown): AssayError {
  return new AssayError('file-unwritable', `cannot write ${name}: ${messageOf(cause)}`, { cause });
}
