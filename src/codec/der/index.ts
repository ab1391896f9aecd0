/** Strict DER (X.690): reading as views, and the little writing that verification needs. */

export {
  integerBytes,
  readBitString,
  readBoolean,
  readInteger,
  readNamedBits,
  readOctets,
  readOid,
  readSmallInteger,
  readTime,
} from './primitive.ts';
export { children, contentOf, type DerValue, derError, encodingOf, expectTag, readAt, readDer, TAG } from './read.ts';
export { der } from './write.ts';
