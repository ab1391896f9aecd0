import { readdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { utf8 } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import { piecesOf } from '../checked-pieces.ts';
import { type Disk, makeFolder, removeLeftParts, unwritable, writeWhole } from './disk.ts';
import { indexBytes } from './index-entries.ts';
import { LOCK, withLayoutLock } from './lock.ts';

/**
 * Makes a layout in a folder that is empty or not there; what a process that was killed has begun is finished. Throws `layout-invalid` where something else is,
 * `file-unwritable`, `write-conflict`, `cancelled`.
 */
export async function createLayout(path: string, disk: Disk, signal: AbortSignal | undefined): Promise<void> {
  await makeFolder(path);
  let names: readonly string[];
  try {
    names = await readdir(path);
  } catch (cause) {
    throw unwritable(path, cause);
  }
  const has = (name: string): boolean => names.includes(name);
  const foreign = names.find((n) => n !== 'blobs' && !n.startsWith(LOCK) && !n.startsWith('.part-'));
  if (!has('oci-layout') && foreign !== undefined)
    throw new AssayError('layout-invalid', `${path} is no OCI layout, and holds something else (${foreign})`, {
      hint: 'name an empty folder, or one that is not there yet',
    });
  if (has('oci-layout') && has('index.json')) return;
  await withLayoutLock(path, signal, async () => {
    const there = await readdir(path);
    await makeFolder(join(path, 'blobs', 'sha256'));
    if (!there.includes('oci-layout')) await writeWhole(join(path, 'oci-layout'), piecesOf(utf8('{"imageLayoutVersion":"1.0.0"}')), disk);
    if (!there.includes('index.json')) await writeWhole(join(path, 'index.json'), piecesOf(indexBytes({}, [])), disk);
  });
}

/** Removes the unfinished files that processes which are no more left in the folders of a layout, and nowhere else. */
export async function removeWhatIsLeft(root: string): Promise<void> {
  for (const folder of ['', 'blobs/sha256', 'blobs/sha512']) {
    const real = await realpath(join(root, folder)).catch(() => undefined);
    if (real === root || real?.startsWith(root + sep)) await removeLeftParts(real);
  }
}
