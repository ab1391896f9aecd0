import { createHash } from 'node:crypto';
import { type Json, parseJson } from '../../codec/json.ts';
import { AssayError } from '../../errors.ts';

/** What the head of one metadata document says. */
export interface MetadataHead {
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

/** Version and expiry of a metadata document (TUF specification §4.3). Checks no signature. Throws `trust-invalid`. */
export function headOf(text: string, type: 'root' | 'timestamp' | 'snapshot' | 'targets', what: string): MetadataHead {
  const wrong = (why: string, cause?: unknown): AssayError =>
    new AssayError('trust-invalid', `${what} is no TUF ${type} metadata: ${why}`, { cause });
  let value: Json;
  try {
    value = parseJson(text, what);
  } catch (cause) {
    throw wrong('not strict JSON', cause);
  }
  const signed = member(value, 'signed');
  if (member(signed, '_type') !== type) throw wrong(`its type is ${JSON.stringify(member(signed, '_type') ?? null).slice(0, 60)}`);
  const version = member(signed, 'version');
  const expires = member(signed, 'expires');
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 1) throw wrong('it has no version');
  const at = typeof expires === 'string' ? Date.parse(expires) : Number.NaN;
  if (Number.isNaN(at)) throw wrong('it does not say when it expires');
  return { version, expires: at };
}

/** A member of a JSON object that is its own; `undefined` for anything else. */
export function member(value: Json | undefined, name: string): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, name) ? (value as { readonly [key: string]: Json })[name] : undefined;
}

/** SHA-256 of a text, hexadecimal. */
export function sha256Hex(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}
