import { closeSync, openSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { AssayError, messageOf } from '../../errors.ts';
import type { Io, Sink } from '../io.ts';

/** The same `io` with stdout going to a file (`--output-file`), which is opened at once. Throws `file-unreadable`; when it is full later `file-unwritable`, since then something was done. */
export function toFile(io: Io, path: string): { readonly io: Io; readonly close: () => void } {
  const name = resolve(io.cwd, path);
  const fd = attempt('file-unreadable', path, () => openSync(name, 'w', 0o666));
  const stdout: Sink = {
    write(chunk) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      for (let at = 0; at < bytes.length; ) at += attempt('file-unwritable', path, () => writeSync(fd, bytes, at));
    },
  };
  return { io: { ...io, stdout, isTTY: { stdout: false, stderr: io.isTTY.stderr } }, close: () => closeSync(fd) };
}

function attempt<T>(code: 'file-unreadable' | 'file-unwritable', path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new AssayError(code, `cannot write ${path}: ${messageOf(cause)}`, { cause });
  }
}
