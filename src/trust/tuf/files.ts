import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AssayError, messageOf } from '../../errors.ts';

/** The bytes of a file of at most `maxBytes`; `undefined` when there is none. Throws `limit` or `file-unreadable`. */
export async function readBounded(path: string, maxBytes: number): Promise<Buffer | undefined> {
  const file = await open(path, 'r').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return undefined;
    throw new AssayError('file-unreadable', `cannot read ${path}: ${cause.code}`, { cause });
  });
  if (file === undefined) return undefined;
  try {
    const parts: Buffer[] = [];
    let size = 0;
    // Reading stops at the bound whatever kind of file this is.
    for await (const part of file.createReadStream({ autoClose: false })) {
      size += (part as Buffer).length;
      if (size > maxBytes) throw new AssayError('limit', `${path} has more than ${maxBytes} bytes`);
      parts.push(part as Buffer);
    }
    return Buffer.concat(parts);
  } catch (cause) {
    if (cause instanceof AssayError) throw cause;
    throw new AssayError('file-unreadable', `cannot read ${path}: ${messageOf(cause)}`, { cause });
  } finally {
    await file.close();
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
