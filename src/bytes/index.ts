/** Bytes: encodings that refuse what is not canonical, comparison, concatenation. */

export { decodeBase64, encodeBase64 } from './base64.ts';
export type { Bytes } from './bytes.ts';
export { concat, equal, utf8, utf8Decode } from './bytes.ts';
export { decodeHex, encodeHex } from './hex.ts';
