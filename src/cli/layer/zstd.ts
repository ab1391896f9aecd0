import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';

const MAGIC = 0xfd2fb528;
/** Magic numbers of frames that hold no content (RFC 8878 §3.1.2). */
const SKIPPABLE = 0x184d2a50;
/** Content of one block at most (RFC 8878 §3.1.1.2.4). */
const BLOCK = 128 * 1024;

/** Whether bytes begin as a zstd frame does, a skippable one included. */
export function isZstd(bytes: Uint8Array): boolean {
  if (bytes.length < 4) return false;
  const magic = viewOf(bytes).getUint32(0, true);
  return magic === MAGIC || (magic & 0xfffffff0) >>> 0 === SKIPPABLE;
}

/**
 * The content of zstd frames (RFC 8878), at most 128 KiB at a time. The frames are walked block by block before anything is decompressed
 * of them, so neither a window nor a block decides about memory. Throws `manifest-invalid` or `limit`.
 */
export async function* zstdContent(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const { Decompress } = await import('fzstd');
  const view = viewOf(bytes);
  let at = 0;
  while (at < bytes.length) {
    if (at + 8 > bytes.length) throw broken('it ends inside a frame');
    if ((view.getUint32(at, true) & 0xfffffff0) >>> 0 === SKIPPABLE) {
      at += 8 + view.getUint32(at + 4, true);
      if (at > bytes.length) throw broken('it ends inside a frame');
      continue;
    }
    let ready: Uint8Array[] = [];
    const frame = new Decompress((chunk) => {
      if (chunk.length > 0) ready.push(chunk.slice());
    });
    const pieces = frameOf(view, at);
    for (const [i, end] of pieces.entries()) {
      push(frame, bytes.subarray(at, end), i === pieces.length - 1);
      at = end;
      yield* ready;
      ready = [];
    }
  }
}

/** Where the pieces of the frame at `start` end: its header and first block, each further block, its checksum. */
function frameOf(view: DataView, start: number): number[] {
  const need = (at: number, count: number): void => {
    if (at + count > view.byteLength) throw broken('it ends inside a frame');
  };
  if (view.getUint32(start, true) !== MAGIC) throw broken('a frame has another magic number');
  const descriptor = view.getUint8(start + 4);
  const single = (descriptor & 0x20) !== 0;
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  let at = start + 5;
  need(at, (single ? 0 : 1) + dictionaryBytes + sizeBytes);
  let window = 0;
  if (!single) {
    const byte = view.getUint8(at++);
    const base = 2 ** (10 + (byte >> 3));
    window = base + (base / 8) * (byte & 7);
  }
  at += dictionaryBytes;
  if (single) window = contentSize(view, at, sizeBytes);
  if (window > LIMITS.zstdWindowBytes)
    throw new AssayError('limit', `layer asks for a zstd window of ${window} bytes (at most ${LIMITS.zstdWindowBytes})`);
  at += sizeBytes;
  const ends: number[] = [];
  for (let last = false; !last; ends.push(at)) {
    need(at, 3);
    const header = view.getUint8(at) | (view.getUint8(at + 1) << 8) | (view.getUint8(at + 2) << 16);
    const size = header >> 3;
    last = (header & 1) !== 0;
    if (size > BLOCK) throw broken('a block is larger than 128 KiB');
    const stored = ((header >> 1) & 3) === 1 ? 1 : size;
    need(at + 3, stored);
    at += 3 + stored;
  }
  if ((descriptor & 4) === 0) return ends;
  need(at, 4);
  return [...ends.slice(0, -1), at + 4];
}

// A single-segment frame needs its whole content as window.
function contentSize(view: DataView, at: number, bytes: number): number {
  if (bytes === 1) return view.getUint8(at);
  if (bytes === 2) return view.getUint16(at, true) + 256;
  return bytes === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true));
}

function push(frame: { push(chunk: Uint8Array, final?: boolean): unknown }, chunk: Uint8Array, final: boolean): void {
  try {
    frame.push(chunk, final);
  } catch (cause) {
    throw broken('a block cannot be decompressed', cause);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function broken(why: string, cause?: unknown): AssayError {
  return new AssayError('manifest-invalid', `layer is not valid zstd: ${why}`, { cause });
}
