import { open, stat } from 'node:fs/promises';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';

/** A file that holds a token or credentials, as text; `undefined` when there is none. Throws `file-unreadable`, `limit`. */
export async function readSecretFile(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      const buffer = Buffer.alloc(LIMITS.identityTokenLength + 1);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
      if (bytesRead > LIMITS.identityTokenLength)
        throw new AssayError('limit', `${path} has more than ${LIMITS.identityTokenLength} bytes`);
      return buffer.subarray(0, bytesRead).toString('utf8');
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof AssayError) throw cause;
    if (isAbsent(cause)) return undefined;
    throw new AssayError('file-unreadable', `cannot read ${path}`, { cause });
  }
}

/** Whether something has this path. */
export function pathExists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG';
}
