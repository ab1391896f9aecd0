import { type Bytes, utf8Decode } from '../../bytes/index.ts';
import { type Json, parseJson } from '../../codec/json.ts';
import { AssayError, isAssayError } from '../../errors.ts';

/** The payload of a simple signature (containers/image docs/containers-signature.5.md; cosign specs/SIGNATURE_SPEC.md). */
export interface SimpleSigningPayload {
  readonly type: string;
  readonly digest: string;
  /** What the signer called the image. It proves nothing about where the image is now. */
  readonly dockerReference: string | undefined;
  readonly optional: ReadonlyMap<string, Json>;
}

/** What cosign writes into `critical.type`. */
export const COSIGN_TYPE = 'cosign container image signature';
/** What Red Hat's simple signing writes. */
export const ATOMIC_TYPE = 'atomic container signature';

/** Parses a payload; `critical` must be there with type, image digest and nothing unknown. Throws `payload-invalid`. */
export function parseSimpleSigning(payload: Bytes): SimpleSigningPayload {
  const { critical, optional } = object(document(payload), 'payload');
  const { type, image, identity, ...unknown } = object(critical, 'critical');
  if (Object.keys(unknown).length > 0) throw wrong(`critical has an unknown member "${Object.keys(unknown)[0]?.slice(0, 60)}"`);
  if (typeof type !== 'string') throw wrong('critical.type is missing');
  const { 'docker-manifest-digest': digest } = object(image, 'critical.image');
  if (typeof digest !== 'string') throw wrong('critical.image.docker-manifest-digest is missing');
  const reference = identity === undefined || identity === null ? undefined : object(identity, 'critical.identity')['docker-reference'];
  return {
    type,
    digest,
    dockerReference: typeof reference === 'string' ? reference : undefined,
    optional: new Map<string, Json>(optional === undefined || optional === null ? [] : Object.entries(object(optional, 'optional'))),
  };
}

function document(payload: Bytes): Json {
  try {
    return parseJson(utf8Decode(payload, 'payload'), 'payload');
  } catch (cause) {
    if (isAssayError(cause, 'json-invalid')) throw new AssayError('payload-invalid', `simple signing: ${cause.message}`, { cause });
    throw cause;
  }
}

function object(value: Json | undefined, what: string): { readonly [k: string]: Json } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(`${what} is not an object`);
  return value as { readonly [k: string]: Json };
}

function wrong(why: string): AssayError {
  return new AssayError('payload-invalid', `simple signing payload: ${why}`);
}
