/** The maximum that a WebAssembly module's memory may grow to, written into the module before it is compiled. */
import { AssayError } from '../errors.ts';

/** One page of WebAssembly memory, in bytes (WebAssembly core specification, 4.2.8). */
export const PAGE_BYTES = 65_536;

const HEADER_BYTES = 8;
const MEMORY_SECTION = 5;

/**
 * The module with the maximum in its memory section (core specification, 5.5.8), whatever maximum it had: Go's linker writes none.
 * Throws `internal` when the bytes are no module with exactly one memory of 32-bit addresses.
 */
export function withMaximumMemory(module: Uint8Array, maximumBytes: number): Uint8Array {
  const magic = Buffer.from(module.buffer, module.byteOffset, Math.min(HEADER_BYTES, module.length)).toString('latin1');
  if (magic !== '\0asm\x01\0\0\0') throw new AssayError('internal', 'the engines are no WebAssembly module');
  for (let at = HEADER_BYTES; at < module.length; ) {
    const id = module[at];
    const size = readNumber(module, at + 1);
    const end = size.end + size.value;
    if (id === MEMORY_SECTION) {
      const section = Uint8Array.from(limited(module.subarray(size.end, end), Math.floor(maximumBytes / PAGE_BYTES)));
      return Buffer.concat([
        module.subarray(0, at),
        Uint8Array.of(MEMORY_SECTION, ...writeNumber(section.length)),
        section,
        module.subarray(end),
      ]);
    }
    at = end;
  }
  throw new AssayError('internal', 'the engines have no memory of their own that could be bounded');
}

/** The section's content: a list of one memory, whose limits get a maximum. */
function limited(content: Uint8Array, maximumPages: number): readonly number[] {
  const [count, flags] = content;
  const least = readNumber(content, 2);
  if (count !== 1 || (flags !== 0 && flags !== 1)) throw new AssayError('internal', 'the memory of the engines cannot be bounded');
  if (least.value > maximumPages) throw new AssayError('internal', `the engines need ${least.value * PAGE_BYTES} bytes to start`);
  return [1, 1, ...writeNumber(least.value), ...writeNumber(maximumPages)];
}

/** LEB128, unsigned, at most 32 bits (core specification, 5.2.2). */
function readNumber(bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[start + i];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, end: start + i + 1 };
  }
  throw new AssayError('internal', 'the engines are no whole WebAssembly module');
}

function writeNumber(value: number): readonly number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low + 128 : low);
  } while (rest > 0);
  return bytes;
}
