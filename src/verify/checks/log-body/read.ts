import { type Bytes, decodeBase64, utf8Decode } from '../../../bytes/index.ts';
import { type Json, parseJson } from '../../../codec/json.ts';
import { parsePem } from '../../../codec/pem.ts';
import { AssayError } from '../../../errors.ts';

/** A JSON object of a log's body. */
export type Members = { readonly [k: string]: Json };

/** The error of everything here. */
export function bodyError(why: string): AssayError {
  return new AssayError('log-entry-invalid', `body of the log entry: ${why}`);
}

/** The body as an object. Throws `json-invalid` or `log-entry-invalid`. */
export function bodyOf(body: Bytes): Members {
  return membersOf(parseJson(utf8Decode(body, 'body of the log entry'), 'body of the log entry'), 'document');
}

/** An object. Throws `log-entry-invalid`. */
export function membersOf(value: Json | undefined, what: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bodyError(`${what} is not an object`);
  return value as Members;
}

/** A text. Throws `log-entry-invalid`. */
export function textOf(value: Json | undefined, what: string): string {
  if (typeof value !== 'string' || value === '') throw bodyError(`${what} is missing`);
  return value;
}

/** Bytes in strict base64. Throws `base64-invalid` or `log-entry-invalid`. */
export function base64Of(value: Json | undefined, what: string): Bytes {
  return decodeBase64(textOf(value, what), `${what} of the log entry`);
}

/** A verifier as Rekor v1 stores it: base64 of the PEM of a certificate or a public key. Throws `pem-invalid` or `log-entry-invalid`. */
export function verifierOf(value: Json | undefined, what: string): LoggedVerifier {
  const [block, ...more] = parsePem(utf8Decode(base64Of(value, what), what), what);
  if (block === undefined || more.length > 0) throw bodyError(`${what} is not one PEM block`);
  if (block.label === 'CERTIFICATE') return { kind: 'certificate', der: block.bytes };
  if (block.label === 'PUBLIC KEY') return { kind: 'key', der: block.bytes };
  throw bodyError(`${what} is a "${block.label}"`);
}

/** Who the log says signed. */
export interface LoggedVerifier {
  readonly kind: 'certificate' | 'key';
  /** The certificate, or the SubjectPublicKeyInfo. */
  readonly der: Bytes;
}

/** What a body states, in one form for all kinds. `undefined`: the kind does not state it. */
export interface LoggedFacts {
  /** Digest of the artifact or payload, with its algorithm as the log names it; `over` says of what. */
  readonly digest: { readonly algorithm: string; readonly value: Bytes; readonly over: 'signed' | 'payload' } | undefined;
  /** Payload type of the envelope. */
  readonly payloadType?: string;
  /** Digest of the envelope as it was sent to the log. */
  readonly envelope: { readonly algorithm: string; readonly value: Bytes } | undefined;
  readonly signatures: readonly { readonly signature: Bytes | undefined; readonly verifier: LoggedVerifier }[];
  /** The body as this form of entry would write it for the facts; where the log's canonical form is known, it has to be the body. */
  readonly canonical: string | undefined;
}
