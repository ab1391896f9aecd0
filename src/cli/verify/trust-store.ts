import { constants, type Dirent, existsSync } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AssayError, messageOf } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { createTrustStore, type Folder, type FolderEntry, type ReadFolder, type TrustStore } from '../../trust/notation-store/index.ts';
import type { Call } from '../command.ts';
import { notationFolders } from './notation-folders.ts';

/** The trust store of `--trust-store DIR`, else Notation's own. Nothing is read before a certificate is asked for. */
export function trustStoreOf(call: Call): TrustStore {
  const { given, folder } = placeOf(call);
  return createTrustStore(folderReader(folder), given ?? folder);
}

/** The same, where there is one: policies can be checked without. */
export function trustStoreAtHand(call: Call): { readonly trustStore?: TrustStore } {
  const { given, folder } = placeOf(call);
  return given === undefined && !existsSync(folder) ? {} : { trustStore: trustStoreOf(call) };
}

function placeOf({ options, io }: Call): { readonly given: string | undefined; readonly folder: string } {
  const given = options.has('trust-store') ? options.text('trust-store') : undefined;
  return { given, folder: given === undefined ? join(notationFolders(io).config, 'truststore') : resolve(io.cwd, given) };
}

/** Reads folders below a folder; symbolic links are seen as what they are and never followed. */
export function folderReader(base: string): ReadFolder {
  return async (path) => {
    const folder = join(base, ...path);
    try {
      const kind = await kindOf(folder);
      if (kind !== 'folder') return { kind };
      const found = await readdir(folder, { withFileTypes: true });
      if (found.length > LIMITS.trustStoreFiles) throw new AssayError('limit', `${folder} has more than ${LIMITS.trustStoreFiles} files`);
      const byName = (a: Dirent, b: Dirent): number => (a.name < b.name ? -1 : 1);
      return { kind: 'folder', entries: found.sort(byName).map((entry) => entryOf(entry, folder)) };
    } catch (cause) {
      throw unreadable(folder, cause);
    }
  };
}

async function kindOf(folder: string): Promise<Folder['kind']> {
  try {
    const found = await lstat(folder);
    if (found.isDirectory()) return 'folder';
    return found.isSymbolicLink() ? 'link' : 'other';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'absent';
    throw error;
  }
}

function entryOf(entry: Dirent, folder: string): FolderEntry {
  const kind = entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : entry.isSymbolicLink() ? 'link' : 'other';
  return { name: entry.name, kind, read: () => readWhole(join(folder, entry.name)) };
}

async function readWhole(path: string): Promise<Buffer> {
  try {
    // What was a file when the folder was listed may be something else by now.
    const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    try {
      const { size } = await file.stat();
      if (size > LIMITS.trustStoreFileBytes)
        throw new AssayError('limit', `${path} has ${size} bytes (at most ${LIMITS.trustStoreFileBytes})`);
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): AssayError {
  if (cause instanceof AssayError) return cause;
  return new AssayError('file-unreadable', `cannot read ${path}: ${messageOf(cause)}`, { cause });
}
