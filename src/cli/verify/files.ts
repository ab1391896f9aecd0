import { closeSync, openSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { AssayError, messageOf } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { Io } from '../io.ts';

/** The bytes of a file that the user named; `-` is stdin. Throws `file-unreadable` or `limit`, naming what it is. */
export async function readInput(file: string, what: string, io: Pick<Io, 'cwd' | 'stdin'>): Promise<Buffer> {
  if (file === '-') return readStream(io.stdin, what);
  if (file === '')
    throw new AssayError('file-unreadable', `the name of the ${what} is empty`, {
      hint: 'a variable that is not set may stand in its place',
    });
  const at = path.resolve(io.cwd, file);
  try {
    const { size } = statSync(at);
    if (size > LIMITS.inputFileBytes) throw new AssayError('limit', `${what} ${file} has ${size} bytes (at most ${LIMITS.inputFileBytes})`);
    return readBounded(at, size, `${what} ${file}`);
  } catch (cause) {
    if (cause instanceof AssayError) throw cause;
    throw new AssayError('file-unreadable', `cannot read ${what} ${file}: ${messageOf(cause)}`, { cause });
  }
}

// A device, a pipe or a file that grows has no size that says when to stop.
function readBounded(at: string, size: number, what: string): Buffer {
  const fd = openSync(at, 'r');
  try {
    const parts: Buffer[] = [];
    for (let have = 0; ; ) {
      const piece = Buffer.allocUnsafe(Math.max(size + 1 - have, LEAST_PIECE));
      const read = readSync(fd, piece, 0, piece.length, null);
      if (read === 0) return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
      have += read;
      if (have > LIMITS.inputFileBytes) throw new AssayError('limit', `${what} has more than ${LIMITS.inputFileBytes} bytes`);
      parts.push(piece.subarray(0, read));
    }
  } finally {
    closeSync(fd);
  }
}

const LEAST_PIECE = 64 * 1024;

async function readStream(stream: AsyncIterable<Uint8Array>, what: string): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of stream) {
    size += part.length;
    if (size > LIMITS.inputFileBytes) throw new AssayError('limit', `${what} on stdin is longer than ${LIMITS.inputFileBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}
