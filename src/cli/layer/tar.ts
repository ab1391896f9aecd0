import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { type Headers, parsePax } from './pax.ts';

/** An entry of a layer (POSIX.1-2001 pax interchange format, GNU long names; OCI image spec, layer.md for whiteouts). */
export interface LayerEntry {
  readonly path: string;
  readonly type: 'file' | 'hardlink' | 'symlink' | 'char' | 'block' | 'directory' | 'fifo' | 'whiteout' | 'opaque' | 'other';
  /** Bytes of content. */
  readonly size: number;
  /** Permission bits, set-user-id and the like included. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly modified: Date;
  /** Target of a link. */
  readonly link: string | undefined;
}

const BLOCK = 512;
const TYPES: ReadonlyMap<string, LayerEntry['type']> = new Map([
  ['0', 'file'],
  ['\0', 'file'],
  ['7', 'file'],
  ['S', 'file'],
  ['1', 'hardlink'],
  ['2', 'symlink'],
  ['3', 'char'],
  ['4', 'block'],
  ['5', 'directory'],
  ['6', 'fifo'],
]);

/**
 * Lists the entries of a tar stream in order, without keeping any content. Throws `manifest-invalid` when it is no tar or ends early,
 * `limit` beyond `LIMITS.layerEntries` entries or a header beyond `LIMITS.tarHeaderBytes`.
 */
export async function* tarEntries(content: AsyncIterable<Uint8Array>): AsyncGenerator<LayerEntry> {
  const input = reader(content);
  let next: Headers = new Map();
  const global: Headers = new Map();
  for (let count = 0; ; ) {
    const block = await input.take(BLOCK, count === 0);
    // Two blocks of zeros end an archive; what ends without them, or follows them, is of no interest to a listing.
    if (block === undefined || block.every((b) => b === 0)) return;
    checkSum(block);
    const type = String.fromCharCode(block[156] ?? 0);
    const size = numberIn(block, 124, 12);
    if (type === 'x' || type === 'g' || type === 'L' || type === 'K') {
      if (size > LIMITS.tarHeaderBytes)
        throw new AssayError('limit', `layer has a header of ${size} bytes (at most ${LIMITS.tarHeaderBytes})`);
      const value = (await input.take(padded(size))) ?? new Uint8Array(0);
      const text = value.subarray(0, size);
      if (type === 'x') next = new Map([...next, ...parsePax(text)]);
      else if (type === 'g') for (const [k, v] of parsePax(text)) global.set(k, v);
      else next.set(type === 'L' ? 'path' : 'linkpath', textIn(text, 0, text.length));
      continue;
    }
    if (++count > LIMITS.layerEntries) throw new AssayError('limit', `layer has more than ${LIMITS.layerEntries} entries`);
    const headers = new Map([...global, ...next]);
    next = new Map();
    const stored = decimal(headers, 'size') ?? size;
    if (!Number.isSafeInteger(stored) || stored < 0) throw broken('an entry has an impossible size');
    // Old GNU archives continue the map of a sparse file in blocks of its own.
    for (let map: Uint8Array | undefined = block, flag = 482; type === 'S' && map[flag] !== 0; flag = 504) {
      map = await input.take(BLOCK);
      if (map === undefined) throw broken('it ends inside an entry');
    }
    yield entryOf(block, type, stored, headers);
    await input.skip(padded(hasContent(type) ? stored : 0));
  }
}

function entryOf(block: Uint8Array, type: string, stored: number, headers: Headers): LayerEntry {
  const prefix =
    textIn(block, 257, 5) === 'ustar' && textIn(block, 345, 155) !== '' && block[263] !== 0x20 ? `${textIn(block, 345, 155)}/` : '';
  const path = headers.get('GNU.sparse.name') ?? headers.get('path') ?? `${prefix}${textIn(block, 0, 100)}`;
  const kind = TYPES.get(type) ?? 'other';
  const link = headers.get('linkpath') ?? textIn(block, 157, 100);
  const size =
    decimal(headers, 'GNU.sparse.realsize') ?? decimal(headers, 'GNU.sparse.size') ?? (type === 'S' ? numberIn(block, 483, 12) : stored);
  const seconds = decimal(headers, 'mtime') ?? numberIn(block, 136, 12);
  return {
    path,
    type: whiteout(path) ?? kind,
    size: kind === 'file' ? size : 0,
    mode: numberIn(block, 100, 8) & 0o7777,
    uid: decimal(headers, 'uid') ?? numberIn(block, 108, 8),
    gid: decimal(headers, 'gid') ?? numberIn(block, 116, 8),
    modified: new Date(Math.abs(seconds) < 8.64e12 ? Math.floor(seconds) * 1000 : 0),
    link: kind === 'symlink' || kind === 'hardlink' ? link : undefined,
  };
}

function decimal(headers: Headers, name: string): number | undefined {
  const text = headers.get(name);
  if (text === undefined) return undefined;
  if (!/^-?\d{1,18}(?:\.\d+)?$/.test(text)) throw broken(`an entry has the ${name} "${text.slice(0, 40)}"`);
  return Number(text);
}

function whiteout(path: string): LayerEntry['type'] | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name === '.wh..wh..opq') return 'opaque';
  return name.startsWith('.wh.') ? 'whiteout' : undefined;
}

// Links, devices, folders have no content, whatever size they state.
function hasContent(type: string): boolean {
  return !['1', '2', '3', '4', '5', '6'].includes(type);
}

function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

function checkSum(block: Uint8Array): void {
  let sum = 0;
  for (const [i, byte] of block.entries()) sum += i >= 148 && i < 156 ? 32 : byte;
  if (sum !== numberIn(block, 148, 8)) throw broken('a header has a wrong checksum');
}

// Octal text, or base 256 when the first bit is set (GNU).
function numberIn(block: Uint8Array, at: number, length: number): number {
  if (((block[at] ?? 0) & 0x80) !== 0) {
    let value = (block[at] ?? 0) & 0x40 ? -1n : 0n;
    for (let i = 0; i < length; i++) value = (value << 8n) | BigInt(i === 0 ? (block[at] ?? 0) & 0x7f : (block[at + i] ?? 0));
    return Number(value);
  }
  const text = textIn(block, at, length).trim();
  if (text === '') return 0;
  if (!/^[0-7]+$/.test(text)) throw broken('a header has a number that is none');
  return Number.parseInt(text, 8);
}

function textIn(block: Uint8Array, at: number, length: number): string {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return Buffer.from(end < 0 ? field : field.subarray(0, end)).toString('utf8');
}

interface Reader {
  /** The next `count` bytes; `undefined` at the end of the content. */
  take(count: number, first?: boolean): Promise<Uint8Array | undefined>;
  skip(count: number): Promise<void>;
}

function reader(content: AsyncIterable<Uint8Array>): Reader {
  const chunks = content[Symbol.asyncIterator]();
  let held: Uint8Array = new Uint8Array(0);
  const more = async (): Promise<boolean> => {
    const next = await chunks.next();
    if (next.done === true) return false;
    held = held.length === 0 ? next.value : Buffer.concat([held, next.value]);
    return true;
  };
  return {
    async take(count, first = false) {
      while (held.length < count) {
        if (await more()) continue;
        if (held.length === 0 && !first) return undefined;
        throw broken(first ? 'it is no tar archive' : 'it ends inside an entry');
      }
      const taken = held.subarray(0, count);
      held = held.subarray(count);
      return taken;
    },
    async skip(count) {
      for (let left = count; left > 0; ) {
        if (held.length === 0 && !(await more())) throw broken('it ends inside an entry');
        const step = Math.min(left, held.length);
        held = held.subarray(step);
        left -= step;
      }
    },
  };
}

function broken(why: string): AssayError {
  return new AssayError('manifest-invalid', `layer is not a valid tar archive: ${why}`);
}
