import { type Bytes, concat } from '../../bytes/index.ts';

/** A DER value from a tag byte and the content's parts (X.690 §8.1.3, shortest length). */
export function der(tag: number, ...parts: readonly Bytes[]): Buffer {
  let length = 0;
  for (const p of parts) length += p.length;
  return concat(Buffer.of(tag, ...lengthBytes(length)), ...parts);
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let n = length; n > 0; n = Math.floor(n / 256)) bytes.unshift(n & 0xff);
  return [0x80 | bytes.length, ...bytes];
}
