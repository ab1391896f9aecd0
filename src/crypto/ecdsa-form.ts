import { type Bytes, concat } from '../bytes/index.ts';
import { int, seq } from '../codec/der/encode.ts';
import { children, expectTag, integerBytes, readDer, TAG } from '../codec/der/index.ts';
import { AssayError } from '../errors.ts';
import { CURVE_BYTES, type Curve } from './public-key.ts';

/** An ECDSA signature in DER (RFC 3279 §2.2.3) as r and s side by side. Throws `der-invalid`, `key-invalid` for numbers that the curve has not. */
export function ecdsaToRaw(signature: Bytes, curve: Curve): Buffer {
  const [r, s] = children(expectTag(readDer(signature), TAG.sequence, 'ECDSA signature'));
  const length = CURVE_BYTES[curve];
  const padded = (part: Bytes): Bytes => {
    const digits = part[0] === 0 ? part.subarray(1) : part;
    if (digits.length > length) throw new AssayError('key-invalid', `ECDSA signature has a number beyond ${curve}`);
    return concat(Buffer.alloc(length - digits.length), digits);
  };
  return concat(padded(integerBytes(r, 'r')), padded(integerBytes(s, 's')));
}

/** An ECDSA signature of r and s side by side in DER. Throws `key-invalid` for an odd length. */
export function ecdsaToDer(raw: Bytes): Buffer {
  if (raw.length === 0 || raw.length % 2 !== 0) throw new AssayError('key-invalid', `${raw.length} bytes are no pair of r and s`);
  const half = raw.length / 2;
  return seq(int(raw.subarray(0, half)), int(raw.subarray(half)));
}
