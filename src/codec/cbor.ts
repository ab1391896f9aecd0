/** CBOR (RFC 8949). The only file that loads cborg. */
import { isUtf8 } from 'node:buffer';
import { decode, encode, Tagged, type Token, Tokenizer } from 'cborg';
import type { Bytes } from '../bytes/index.ts';
import { AssayError, isAssayError, messageOf } from '../errors.ts';
import { LIMITS } from '../limits.ts';

/** A tagged value, where the tag is one that was asked for. */
export class CborTag {
  readonly tag: number;
  readonly value: CborValue;

  constructor(tag: number, value: CborValue) {
    this.tag = tag;
    this.value = value;
  }
}

/** Any CBOR value that Assay reads. Keys of maps are integers or texts. */
export type CborValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Bytes
  | CborTag
  | readonly CborValue[]
  | ReadonlyMap<number | bigint | string, CborValue>;

/**
 * Strict CBOR: refuses what two readers could read in two ways, that is a key twice in one map, keys that are neither integers nor
 * texts, texts that are no UTF-8, indefinite lengths, bytes behind the value, tags other than `tags`; and nesting deeper than
 * `LIMITS.cborDepth`. Throws `cbor-invalid` or `limit`, naming `what`.
 */
export function decodeCbor(bytes: Bytes, what = 'document', tags: readonly number[] = []): CborValue {
  try {
    const options = {
      allowIndefinite: false,
      allowUndefined: false,
      allowInfinity: false,
      allowNaN: false,
      allowBigInt: true,
      useMaps: true,
      rejectDuplicateMapKeys: true,
      retainStringBytes: true,
      tags: Object.fromEntries(tags.map((n) => [n, (content: () => unknown) => new CborTag(n, content() as CborValue)])),
    };
    return decode(bytes, { ...options, tokenizer: new StrictTokenizer(bytes, options, what) }) as CborValue;
  } catch (cause) {
    if (isAssayError(cause)) throw cause;
    throw new AssayError('cbor-invalid', `${what} is not valid CBOR: ${messageOf(cause).slice(0, 200)}`, { cause });
  }
}

/** The bytes of a value, in the shortest form, keys of maps sorted (RFC 8949 §4.2.1). */
export function encodeCbor(value: CborValue): Bytes {
  return encode(plain(value));
}

function plain(value: CborValue): unknown {
  if (value instanceof CborTag) return new Tagged(value.tag, plain(value.value));
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (value instanceof Map) return new Map([...value].map(([k, v]) => [k, plain(v)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

/** What the values of an array, map or tag are still to come; of a map keys and values in turn. */
interface Open {
  left: number;
  readonly map: boolean;
}

// The decoder follows nesting by recursion and reads an integer and a float key as the same number: both show in the tokens.
class StrictTokenizer extends Tokenizer {
  readonly #open: Open[] = [];
  readonly #what: string;

  constructor(bytes: Bytes, options: object, what: string) {
    super(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), options);
    this.#what = what;
  }

  override next(): Token {
    const token = super.next();
    const { name } = token.type;
    const top = this.#open[this.#open.length - 1];
    if (top?.map === true && top.left % 2 === 0 && name !== 'uint' && name !== 'negint' && name !== 'string')
      throw new AssayError('cbor-invalid', `${this.#what} has a key that is neither an integer nor a text`);
    if (name === 'string' && token.byteValue !== undefined && !isUtf8(token.byteValue))
      throw new AssayError('cbor-invalid', `${this.#what} has a text that is not valid UTF-8`);
    if (top !== undefined) top.left--;
    if (name === 'array') this.#open.push({ left: Number(token.value), map: false });
    else if (name === 'map') this.#open.push({ left: 2 * Number(token.value), map: true });
    else if (name === 'tag') this.#open.push({ left: 1, map: false });
    if (this.#open.length > LIMITS.cborDepth)
      throw new AssayError('limit', `${this.#what} is nested deeper than ${LIMITS.cborDepth} levels`);
    while (this.#open[this.#open.length - 1]?.left === 0) this.#open.pop();
    return token;
  }
}
