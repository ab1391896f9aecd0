import { type Bytes, decodeBase64, decodeHex, utf8Decode } from '../../bytes/index.ts';
import { type Json, parseJson } from '../../codec/json.ts';
import { AssayError } from '../../errors.ts';
import type { LogEntry } from '../entity.ts';

/**
 * cosign's Rekor bundle: a signed entry timestamp and the entry, without an inclusion proof (cosign specs/BUNDLE_SPEC.md).
 * Kind and version are those that the body states. Throws `log-entry-invalid`.
 */
export function readRekorBundle(bytes: Bytes): LogEntry {
  try {
    return rekorBundleOf(parseJson(utf8Decode(bytes, 'Rekor bundle'), 'Rekor bundle'));
  } catch (cause) {
    if (cause instanceof AssayError && cause.code !== 'log-entry-invalid' && cause.code !== 'limit')
      throw new AssayError('log-entry-invalid', cause.message, { cause });
    throw cause;
  }
}

/** The same from a parsed value. Throws `log-entry-invalid`, `base64-invalid` or `input-invalid`. */
export function rekorBundleOf(value: Json): LogEntry {
  const { SignedEntryTimestamp: promise, Payload: payload } = object(value);
  const { body, integratedTime, logIndex, logID } = object(payload);
  if (typeof promise !== 'string' || promise === '') throw wrong('SignedEntryTimestamp is missing');
  if (typeof body !== 'string' || body === '') throw wrong('body is missing');
  if (typeof logID !== 'string' || logID.length !== 64) throw wrong('logID is not a key id');
  const entry = decodeBase64(body, 'body of the Rekor bundle');
  const { kind, apiVersion } = object(parseJson(utf8Decode(entry, 'body of the Rekor bundle'), 'body of the Rekor bundle'));
  if (typeof kind !== 'string' || typeof apiVersion !== 'string') throw wrong('body has no kind and apiVersion');
  return {
    logIndex: BigInt(count(logIndex, 'logIndex')),
    logId: decodeHex(logID, 'logID of the Rekor bundle'),
    kind,
    version: apiVersion,
    integratedTime: count(integratedTime, 'integratedTime'),
    promise: decodeBase64(promise, 'SignedEntryTimestamp'),
    proof: undefined,
    body: entry,
  };
}

function count(value: Json | undefined, what: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw wrong(`${what} is not a count`);
  return value;
}

function object(value: Json | undefined): { readonly [k: string]: Json } {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong('it is not an object with SignedEntryTimestamp and Payload');
  return value as { readonly [k: string]: Json };
}

function wrong(why: string): AssayError {
  return new AssayError('log-entry-invalid', `Rekor bundle: ${why}`);
}
