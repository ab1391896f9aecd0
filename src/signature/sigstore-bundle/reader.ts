import { type Bytes, decodeBase64 } from '../../bytes/index.ts';
import type { Json } from '../../codec/json.ts';
import { AssayError } from '../../errors.ts';

/** A JSON object of a bundle, with the path to it for messages. */
export interface Node {
  readonly at: string;
  readonly value: { readonly [k: string]: Json };
}

/** The error of the bundle's readers. */
export function wrong(at: string, why: string): AssayError {
  return new AssayError('bundle-invalid', `bundle: ${at} ${why}`);
}

/** A value as an object. Throws `bundle-invalid`. */
export function nodeOf(value: Json | undefined, at: string): Node {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(at, 'is not an object');
  return { at, value: value as { readonly [k: string]: Json } };
}

/** A member that may be absent (or null, as protobuf's JSON allows). */
export function member(node: Node, name: string): Json | undefined {
  return node.value[name] ?? undefined;
}

/** A member object. Throws `bundle-invalid`. */
export function objectIn(node: Node, name: string): Node {
  return nodeOf(member(node, name), `${node.at}.${name}`);
}

/** A member list, empty when absent. Throws `bundle-invalid`, or `limit` beyond `most`. */
export function listIn(node: Node, name: string, most: number): readonly Json[] {
  const value = member(node, name) ?? [];
  if (!Array.isArray(value)) throw wrong(`${node.at}.${name}`, 'is not a list');
  if (value.length > most) throw new AssayError('limit', `bundle: ${value.length} ${name} (at most ${most})`);
  return value as readonly Json[];
}

/** A member text. Throws `bundle-invalid`. */
export function textIn(node: Node, name: string): string {
  const value = member(node, name);
  if (typeof value !== 'string') throw wrong(`${node.at}.${name}`, 'is not a text');
  return value;
}

/** A member of bytes in strict base64, not empty. Throws `bundle-invalid`. */
export function bytesIn(node: Node, name: string): Bytes {
  const text = textIn(node, name);
  try {
    const bytes = decodeBase64(text);
    if (bytes.length > 0) return bytes;
  } catch (cause) {
    throw new AssayError('bundle-invalid', `bundle: ${node.at}.${name} is not strict base64`, { cause });
  }
  throw wrong(`${node.at}.${name}`, 'is empty');
}

/** A member int64: protobuf's JSON writes it as a text, and reads a number as well. Not negative. Throws `bundle-invalid`. */
export function integerIn(node: Node, name: string): bigint {
  const value = member(node, name) ?? '0';
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text !== 'string' || !/^(?:0|[1-9]\d{0,18})$/.test(text)) throw wrong(`${node.at}.${name}`, 'is not a count');
  const n = BigInt(text);
  if (n > 0x7fffffffffffffffn) throw wrong(`${node.at}.${name}`, 'is out of range');
  return n;
}

/** Exactly one of some members is there. Throws `bundle-invalid`. */
export function oneOf<const N extends string>(node: Node, names: readonly N[]): N {
  const there = names.filter((n) => member(node, n) !== undefined);
  if (there.length !== 1) throw wrong(node.at, `has ${there.length === 0 ? 'none' : 'more than one'} of ${names.join(', ')}`);
  return there[0] as N;
}
