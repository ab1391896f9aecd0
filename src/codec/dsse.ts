import { type Bytes, concat, decodeBase64, utf8, utf8Decode } from '../bytes/index.ts';
import { AssayError, isAssayError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { type Json, parseJson } from './json.ts';

/** A DSSE envelope's parts, decoded (secure-systems-lab/dsse, envelope.md). */
export interface DsseParts {
  readonly payloadType: string;
  readonly payload: Bytes;
  readonly signatures: readonly { readonly keyid: string; readonly sig: Bytes }[];
}

/** The pre-authentication encoding, which is what DSSE signatures are over (secure-systems-lab/dsse, protocol.md, "PAE"). */
export function preAuthEncoding(payloadType: string, payload: Bytes): Buffer {
  const type = utf8(payloadType);
  return concat(utf8(`DSSEv1 ${type.length} `), type, utf8(` ${payload.length} `), payload);
}

/** Parses a DSSE envelope in JSON. Throws `envelope-invalid` or `limit`. */
export function parseEnvelope(bytes: Bytes): DsseParts {
  let value: Json;
  try {
    value = parseJson(utf8Decode(bytes, 'DSSE envelope'), 'DSSE envelope');
  } catch (cause) {
    if (isAssayError(cause, 'json-invalid')) throw new AssayError('envelope-invalid', cause.message, { cause });
    throw cause;
  }
  return envelopeOf(value);
}

/** The envelope that a JSON value is. Throws `envelope-invalid` or `limit`. */
export function envelopeOf(value: Json): DsseParts {
  const fail = (why: string): never => {
    throw new AssayError('envelope-invalid', `DSSE envelope: ${why}`);
  };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail('it is not an object');
  const { payloadType, payload, signatures } = value as { readonly [k: string]: Json };
  if (typeof payloadType !== 'string' || payloadType === '') return fail('payloadType is missing');
  if (typeof payload !== 'string') return fail('payload is missing');
  if (!Array.isArray(signatures)) return fail('signatures is not a list');
  if (signatures.length === 0) return fail('it has no signature');
  if (signatures.length > LIMITS.envelopeSignatures)
    throw new AssayError('limit', `DSSE envelope: ${signatures.length} signatures (at most ${LIMITS.envelopeSignatures})`);
  return {
    payloadType,
    payload: decode(payload, 'payload'),
    signatures: signatures.map((s: Json) => {
      if (typeof s !== 'object' || s === null || Array.isArray(s)) return fail('a signature is not an object');
      const { keyid, sig } = s as { readonly [k: string]: Json };
      if (typeof sig !== 'string' || sig === '') return fail('a signature is empty');
      if (keyid !== undefined && keyid !== null && typeof keyid !== 'string') return fail('a keyid is not a text');
      return { keyid: keyid ?? '', sig: decode(sig, 'sig') };
    }),
  };
}

// "Either standard or URL-safe encoding is allowed" (envelope.md); otherwise as strict as elsewhere, and never both in one text.
function decode(text: string, what: string): Bytes {
  try {
    const urlSafe = /[-_]/.test(text) && !/[+/]/.test(text);
    return decodeBase64(urlSafe ? text.replaceAll('-', '+').replaceAll('_', '/') : text);
  } catch (cause) {
    throw new AssayError('envelope-invalid', `DSSE envelope: ${what} is not strict base64`, { cause });
  }
}
