import { open, stat } from 'node:fs/promises';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';

/** A file that holds a token or credentials, as text; `undefined` when there is none. Throws `file-unreadable`, `limit`. */
export async function readSecretFile(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      const buffer = Buffer.alloc(LIMITS.identityTokenLength + 1);
      let length = 0;
      // Whatever the shell puts in a file's place (`<(command)`) comes in pieces, and has no places to read at.
      for (let more = 1; more > 0 && length < buffer.length; length += more)
        more = (await file.read(buffer, length, buffer.length - length, null)).bytesRead;
      if (length > LIMITS.identityTokenLength) throw new AssayError('limit', `${path} has more than ${LIMITS.identityTokenLength} bytes`);
      return buffer.subarray(0, length).toString('utf8');
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
