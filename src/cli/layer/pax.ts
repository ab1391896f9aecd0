import { AssayError } from '../../errors.ts';

/** Extended headers by name. */
export type Headers = Map<string, string>;

/** The names that a listing has a use for. The headers of a whole archive are kept, and others would fill the memory. */
const USED: ReadonlySet<string> = new Set([
  'path',
  'linkpath',
  'size',
  'uid',
  'gid',
  'mtime',
  'GNU.sparse.name',
  'GNU.sparse.size',
  'GNU.sparse.realsize',
]);

/** The records of a pax extended header that are of use: `LENGTH NAME=VALUE\n` each (POSIX.1-2001, pax). Throws `manifest-invalid`. */
export function parsePax(bytes: Uint8Array): Headers {
  const headers: Headers = new Map();
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < buffer.length; ) {
    const space = buffer.indexOf(0x20, at);
    const digits = space < 0 ? '' : buffer.toString('latin1', at, space);
    const length = /^[1-9]\d{0,8}$/.test(digits) ? Number(digits) : 0;
    const equals = buffer.indexOf(0x3d, space);
    const end = at + length;
    if (length === 0 || end > buffer.length || buffer[end - 1] !== 0x0a || equals < 0 || equals >= end) {
      throw new AssayError('manifest-invalid', 'layer is not a valid tar archive: an extended header is malformed');
    }
    const name = buffer.toString('utf8', space + 1, equals);
    if (USED.has(name)) headers.set(name, buffer.toString('utf8', equals + 1, end - 1));
    at = end;
  }
  return headers;
}
