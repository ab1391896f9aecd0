import { type Bytes, decodeBase64 } from '../../bytes/index.ts';
import type { Json } from '../../codec/json.ts';
import { parseFlattenedJws } from '../../codec/jws.ts';
import { AssayError } from '../../errors.ts';
import type { NotaryAlgorithm, SignedEntity } from '../entity.ts';
import { ATTRIBUTE, readAttributes, wrong } from './attributes.ts';
import { notaryEntity } from './entity.ts';

const ALGORITHMS: readonly NotaryAlgorithm[] = ['PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'];
const REGISTERED: readonly string[] = ['alg', 'cty', 'crit'];

/** Decodes a Notary Project envelope in JWS (signature-envelope-jws.md). Throws `envelope-invalid`, `json-invalid`, `base64-invalid` or `limit`. */
export function decodeNotaryJws(bytes: Bytes): SignedEntity {
  const jws = parseFlattenedJws(bytes);
  const { alg, cty, crit } = jws.protected;
  const algorithm = ALGORITHMS.find((a) => a === alg);
  if (algorithm === undefined)
    throw wrong(
      `the algorithm ${typeof alg === 'string' ? JSON.stringify(alg.slice(0, 40)) : 'in alg'} is none of ${ALGORITHMS.join(', ')}`,
    );
  const attributes = readAttributes({
    algorithm,
    contentType: cty,
    critical: crit,
    attributes: new Map(Object.entries(jws.protected).filter(([name]) => !REGISTERED.includes(name))),
    time: timeOf,
  });
  const { x5c } = jws.header;
  if (!Array.isArray(x5c)) throw wrong('x5c is missing');
  const stamp = jws.header[ATTRIBUTE.timestamp];
  return notaryEntity({
    format: 'notation-jws',
    envelope: { ...attributes, signed: jws.signingInput, payload: jws.payload, signature: jws.signature },
    chain: x5c.map((c: Json) => base64(c, 'x5c')),
    // An empty one is none: Go writes it so.
    timestamp: stamp === undefined || stamp === null || stamp === '' ? undefined : base64(stamp, 'timestampSignature'),
  });
}

function base64(value: Json, what: string): Bytes {
  if (typeof value !== 'string' || value === '') throw wrong(`${what} is not base64`);
  try {
    return decodeBase64(value, what);
  } catch (cause) {
    throw new AssayError('envelope-invalid', `signature envelope: ${what} is not strict base64`, { cause });
  }
}

const RFC_3339 = /^(\d{4}-\d\d-\d\d)[Tt]((?:[01]\d|2[0-3]):\d\d:\d\d)(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;

// RFC 3339 §5.6, where the platform takes 24:00:00 for the next day; a leap second counts as the second after it.
function timeOf(value: unknown): Date | undefined {
  const [, day, clock, fraction = '', zone = ''] = (typeof value === 'string' ? RFC_3339.exec(value) : null) ?? [];
  if (day === undefined || clock === undefined) return undefined;
  const leap = clock.endsWith(':60');
  const at = Date.parse(`${day}T${leap ? `${clock.slice(0, 6)}59` : clock}${fraction.slice(0, 4)}${zone.toUpperCase()}`);
  if (Number.isNaN(at) || !isDay(day)) return undefined;
  return new Date(at + (leap ? 1000 : 0));
}

// The platform takes the 30th of February for a day in March.
function isDay(day: string): boolean {
  const midnight = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
}
