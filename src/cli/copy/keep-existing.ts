import { link, lstat, rename, unlink } from 'node:fs/promises';
import { DISK, type Disk } from '../../oci/layout/disk.ts';

/** A disk on which a file that is there is not replaced, but `EEXIST`. `makeLink` is for tests. */
export function keepingDisk(makeLink: (from: string, to: string) => Promise<void> = link): Disk {
  return {
    ...DISK,
    // Unlike a renaming, a link never takes the place of a file that has appeared meanwhile.
    async rename(from, to) {
      try {
        await makeLink(from, to);
      } catch (error) {
        if (!NO_LINKS.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
        if (await exists(to)) throw Object.assign(new Error(`${to} exists`), { code: 'EEXIST' });
        return rename(from, to);
      }
      await unlink(from);
    },
  };
}

/** What file systems without links answer. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}
