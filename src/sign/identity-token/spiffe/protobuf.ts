import { type Bytes, concat, utf8 } from '../../../bytes/index.ts';
import { AssayError } from '../../../errors.ts';

/** A field with a length (wire type 2) of a message. */
export interface Field {
  readonly number: number;
  readonly bytes: Bytes;
}

/** A string field, encoded (protobuf encoding, "Length-Delimited Records"). */
export function stringField(number: number, text: string): Buffer {
  const bytes = utf8(text);
  return concat(varint((number << 3) | 2), varint(bytes.length), bytes);
}

/** The fields of a message that have a length; others are skipped. Throws `service-unavailable` for what is no message. */
export function fieldsOf(message: Bytes): readonly Field[] {
  const fields: Field[] = [];
  let at = 0;
  while (at < message.length) {
    const tag = readVarint(message, at);
    const number = tag.value >>> 3;
    at = tag.next;
    const type = tag.value & 7;
    if (type === 2) {
      const length = readVarint(message, at);
      at = length.next + length.value;
      if (at > message.length) throw broken();
      fields.push({ number, bytes: message.subarray(length.next, at) });
    } else if (type === 0) at = readVarint(message, at).next;
    else if (type === 1) at += 8;
    else if (type === 5) at += 4;
    else throw broken();
  }
  if (at !== message.length) throw broken();
  return fields;
}

/** The last field of a number as text, as readers of protobuf take it. */
export function textOfField(fields: readonly Field[], number: number): string | undefined {
  const field = fields.findLast((f) => f.number === number);
  return field === undefined ? undefined : Buffer.from(field.bytes).toString('utf8');
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 127) | 128);
  }
}

function readVarint(message: Bytes, start: number): { readonly value: number; readonly next: number } {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = message[start + i];
    if (byte === undefined) throw broken();
    value += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return { value, next: start + i + 1 };
  }
  throw broken();
}

function broken(): AssayError {
  return new AssayError('service-unavailable', 'the answer is no protobuf message');
}
