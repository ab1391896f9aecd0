/** JSON Web Signature in the flattened JSON serialization (RFC 7515 §7.2.2). */
import { type Bytes, concat, decodeBase64, utf8, utf8Decode } from '../bytes/index.ts';
import { AssayError } from '../errors.ts';
import { type Json, type JsonObject, parseJson } from './json.ts';

/** A flattened JWS, decoded. Nothing about it is verified. */
export interface FlattenedJws {
  /** What the signature is over: the two texts as they stand, joined by a dot (RFC 7515 §5.1). */
  readonly signingInput: Bytes;
  readonly payload: Bytes;
  readonly protected: JsonObject;
  /** The unprotected header. */
  readonly header: JsonObject;
  readonly signature: Bytes;
}

const MEMBERS: readonly string[] = ['payload', 'protected', 'header', 'signature'];

/**
 * Parses a flattened JWS. Refused are members beyond its four, and a name that stands in both headers (RFC 7515 §7.2.1).
 * Throws `envelope-invalid`, `json-invalid` or `limit`.
 */
export function parseFlattenedJws(bytes: Bytes): FlattenedJws {
  const value = objectOf(parseJson(utf8Decode(bytes, 'JWS envelope'), 'JWS envelope'), 'it');
  const other = Object.keys(value).find((name) => !MEMBERS.includes(name));
  if (other !== undefined) throw wrong(`it has the member "${other.slice(0, 100)}", which a flattened JWS has not`);
  const [payload, header] = [textOf(value.payload, 'payload'), textOf(value.protected, 'protected')];
  const protectedHeader = objectOf(
    parseJson(utf8Decode(decodeBase64Url(header, 'protected'), 'protected header'), 'protected header'),
    'protected',
  );
  const unprotected = value.header === undefined ? {} : objectOf(value.header, 'header');
  const twice = Object.keys(protectedHeader).find((name) => Object.hasOwn(unprotected, name));
  if (twice !== undefined) throw wrong(`"${twice.slice(0, 100)}" stands in both headers`);
  return {
    signingInput: concat(utf8(header), utf8('.'), utf8(payload)),
    payload: decodeBase64Url(payload, 'payload'),
    protected: protectedHeader,
    header: unprotected,
    signature: decodeBase64Url(textOf(value.signature, 'signature'), 'signature'),
  };
}

/** Strict base64url without padding (RFC 7515 §2). Throws `envelope-invalid`. */
export function decodeBase64Url(text: string, what: string): Bytes {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) throw wrong(`${what} is not base64url without padding`);
  try {
    return decodeBase64(`${text.replaceAll('-', '+').replaceAll('_', '/')}${'='.repeat((4 - (text.length % 4)) % 4)}`, what);
  } catch (cause) {
    throw new AssayError('envelope-invalid', `JWS envelope: ${what} is not strict base64url`, { cause });
  }
}

function textOf(value: Json | undefined, what: string): string {
  if (typeof value !== 'string') throw wrong(`${what} is not a text`);
  return value;
}

function objectOf(value: Json, what: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(`${what} is not an object`);
  return value as JsonObject;
}

function wrong(why: string): AssayError {
  return new AssayError('envelope-invalid', `JWS envelope: ${why}`);
}
