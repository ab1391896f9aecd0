/** Strict DER (X.690): reading as views, and the little writing that verification needs. */

export { readOid } from './oid.ts';
export {
  integerBytes,
  readBitString,
  readBoolean,
  readInteger,
  readNamedBits,
  readOctets,
  readSmallInteger,
} from './primitive.ts';
export { children, contentOf, type DerValue, derError, encodingOf, expectTag, readAt, readDer, TAG } from './read.ts';
export { readTime } from './time.ts';
export { der } from './write.ts';
