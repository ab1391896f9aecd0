import { AssayError } from '../../errors.ts';

/** Bytes of a header, and what contents are padded to. */
export const TAR_BLOCK = 512;

/** What a header of a tar archive says, as far as reading a layout needs it. */
export interface TarHeader {
  readonly name: string;
  /** Bytes of content after the header. */
  readonly size: number;
  /** `extended`: pax records for the next entry; `long-name`: GNU's; `ignored-header`: pax records for all, GNU's long links; `other`: links, folders, devices. */
  readonly type: 'file' | 'extended' | 'long-name' | 'ignored-header' | 'other';
}

/** What an extended header changes of the entry after it. */
export interface ExtendedHeader {
  readonly path?: string;
  readonly size?: number;
}

/** No change. */
export const NO_EXTENSION: ExtendedHeader = {};

/** The header that a block is; `undefined` for the block of zeros that ends an archive. Throws `layout-invalid`. */
export function parseTarHeader(block: Uint8Array, what: string): TarHeader | undefined {
  const bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
  if (bytes.length !== TAR_BLOCK) throw new AssayError('layout-invalid', `${what} ends in the middle of a header`);
  if (bytes.every((b) => b === 0)) return undefined;
  const sum = bytes.reduce((n, b, i) => n + (i >= 148 && i < 156 ? 0x20 : b), 0);
  if (octal(bytes.subarray(148, 156)) !== sum)
    throw new AssayError('layout-invalid', `${what} is no tar archive: a header has a wrong sum`);
  const size = numberOf(bytes.subarray(124, 136));
  if (size === undefined) throw new AssayError('layout-invalid', `${what} has an entry without a size`);
  const posix = bytes.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = posix ? text(bytes.subarray(345, 500)) : '';
  const name = text(bytes.subarray(0, 100));
  const flag = bytes.toString('latin1', 156, 157);
  // Links, devices and folders have no content, whatever their size says.
  return { name: prefix === '' ? name : `${prefix}/${name}`, size: /[1-6]/.test(flag) ? 0 : size, type: typeOf(flag) };
}

/** The records of a pax extended header (`LENGTH KEY=VALUE\n`). Throws `layout-invalid`. */
export function parseExtended(bytes: Uint8Array, what: string): ExtendedHeader {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fail = (): never => {
    throw new AssayError('layout-invalid', `${what} has an extended header that cannot be read`);
  };
  let extension: ExtendedHeader = NO_EXTENSION;
  for (let at = 0; at < all.length; ) {
    const space = all.indexOf(0x20, at);
    const digits = space < 0 ? '' : all.toString('latin1', at, Math.min(space, at + 12));
    const length = /^[1-9]\d{0,9}$/.test(digits) ? Number(digits) : fail();
    const end = at + length;
    if (end > all.length || end <= space || all[end - 1] !== 0x0a) fail();
    const record = all.toString('utf8', space + 1, end - 1);
    const equals = record.indexOf('=');
    if (equals < 1) fail();
    extension = { ...extension, ...changeOf(record.slice(0, equals), record.slice(equals + 1), fail) };
    at = end;
  }
  return extension;
}

function changeOf(key: string, value: string, fail: () => never): ExtendedHeader {
  if (key === 'path') return { path: value };
  if (key === 'size') return { size: /^\d{1,15}$/.test(value) ? Number(value) : fail() };
  // A sparse file's content is not what its size says.
  return key.startsWith('GNU.sparse.') ? fail() : NO_EXTENSION;
}

function typeOf(flag: string): TarHeader['type'] {
  if (flag === '0' || flag === '\0' || flag === '7') return 'file';
  if (flag === 'x') return 'extended';
  if (flag === 'L') return 'long-name';
  return flag === 'g' || flag === 'K' ? 'ignored-header' : 'other';
}

function text(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? field.length : end);
}

function octal(field: Buffer): number | undefined {
  const digits = text(field).trim();
  return /^[0-7]{1,12}$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}

// GNU writes sizes from 8 GiB on as a binary number with the first bit set.
function numberOf(field: Buffer): number | undefined {
  if ((field[0] ?? 0) < 0x80) return octal(field);
  const value = field.readBigUInt64BE(field.length - 8);
  const rest = field.subarray(1, field.length - 8).every((b) => b === 0);
  return rest && field[0] === 0x80 && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
}
