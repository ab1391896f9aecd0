import { type Bytes, utf8Decode } from '../../bytes/index.ts';
import { type Json, parseJson } from '../../codec/json.ts';
import { AssayError } from '../../errors.ts';
import { parseSimpleSigning, type SimpleSigningPayload } from './payload.ts';

/** A payload in which nothing is missing and nothing unknown. */
export interface StrictSimpleSigningPayload extends SimpleSigningPayload {
  readonly dockerReference: string;
}

/**
 * Parses a payload as containers/image does: exactly `critical` and `optional`; in `critical` exactly type, image digest and docker-reference;
 * `optional.creator` a text and `optional.timestamp` an integer (docs/containers-signature.5.md, "JSON data format"). `optional` may be null
 * only where cosign writes it. Throws `payload-invalid`.
 */
export function parseStrictSimpleSigning(payload: Bytes, options: { readonly optionalMayBeNull: boolean }): StrictSimpleSigningPayload {
  const simple = parseSimpleSigning(payload);
  const root = members(parseJson(utf8Decode(payload, 'payload'), 'payload'), 'the payload', ['critical', 'optional']);
  const critical = members(root.critical, 'critical', ['type', 'image', 'identity']);
  members(critical.image, 'critical.image', ['docker-manifest-digest']);
  members(critical.identity, 'critical.identity', ['docker-reference']);
  if (simple.dockerReference === undefined) throw wrong('critical.identity.docker-reference is no text');
  if (root.optional === null && !options.optionalMayBeNull) throw wrong('optional is no object');
  const { creator, timestamp } = Object.fromEntries(simple.optional);
  if (creator !== undefined && typeof creator !== 'string') throw wrong('optional.creator is no text');
  if (timestamp !== undefined && !Number.isInteger(timestamp)) throw wrong('optional.timestamp is no integer');
  return { ...simple, dockerReference: simple.dockerReference };
}

function members(value: Json | undefined, what: string, names: readonly string[]): { readonly [name: string]: Json } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(`${what} is no object`);
  const own = Object.keys(value);
  const missing = names.find((n) => !own.includes(n));
  if (missing !== undefined) throw wrong(`${what} has no "${missing}"`);
  const unknown = own.find((n) => !names.includes(n));
  if (unknown !== undefined) throw wrong(`${what} has an unknown member "${unknown.slice(0, 60)}"`);
  return value as { readonly [name: string]: Json };
}

function wrong(why: string): AssayError {
  return new AssayError('payload-invalid', `simple signing payload: ${why}`);
}
