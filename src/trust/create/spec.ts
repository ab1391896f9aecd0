import { AssayError } from '../../errors.ts';

/** The four kinds of services that a trusted root lists, by the names of cosign's flags. */
export type ServiceKind = 'fulcio' | 'rekor' | 'ctfe' | 'tsa';

/** What a specification may and must say. */
const KEYS: Readonly<Record<ServiceKind, { readonly required: readonly string[]; readonly optional: readonly string[] }>> = {
  fulcio: { required: ['url', 'certificate-chain'], optional: ['start-time', 'end-time', 'operator'] },
  rekor: { required: ['url', 'public-key', 'start-time'], optional: ['end-time', 'origin', 'operator'] },
  ctfe: { required: ['url', 'public-key', 'start-time'], optional: ['end-time', 'origin', 'operator'] },
  tsa: { required: ['url', 'certificate-chain'], optional: ['start-time', 'end-time', 'operator'] },
};

/** One service as cosign's flags have it: `key=value,key=value`. */
export type ServiceSpec = ReadonlyMap<string, string>;

/**
 * Parses a specification of `cosign trusted-root create`. A key that is not known, twice, or without a value is refused: cosign passes over it,
 * and the root then says something else than was asked for. Throws `usage-invalid`.
 */
export function parseSpec(kind: ServiceKind, text: string): ServiceSpec {
  const wrong = (why: string, hint?: string): AssayError =>
    new AssayError('usage-invalid', `--${kind} "${text.slice(0, 200)}": ${why}`, hint === undefined ? {} : { hint });
  const { required, optional } = KEYS[kind];
  const spec = new Map<string, string>();
  for (const pair of text.split(',')) {
    const equals = pair.indexOf('=');
    const [key, value] = [pair.slice(0, Math.max(0, equals)).trim(), pair.slice(equals + 1).trim()];
    if (equals < 0) throw wrong(`"${pair.slice(0, 60)}" is not key=value`);
    if (!required.includes(key) && !optional.includes(key))
      throw wrong(`the key "${key.slice(0, 60)}" is not known`, `keys: ${[...required, ...optional].join(', ')}`);
    if (spec.has(key)) throw wrong(`the key "${key}" stands there twice`);
    if (value === '' && required.includes(key)) throw wrong(`the key "${key}" has no value`);
    if (value !== '') spec.set(key, value);
  }
  for (const key of required) if (!spec.has(key)) throw wrong(`the key "${key}" is missing`);
  return spec;
}

/** A time as protobuf's JSON writes it (UTC; no fraction, or 3, 6 or 9 digits of one), from one in RFC 3339. Throws `usage-invalid`, naming `what`. */
export function protobufTime(text: string, what: string): string {
  const m = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  const at = m === null ? Number.NaN : Date.parse(`${m[1]}${m[3]}`);
  // Date.parse takes the 31st of February for a day in March.
  if (m === null || Number.isNaN(at) || !isDay(m[1] ?? '')) {
    throw new AssayError('usage-invalid', `${what} is no time: "${text.slice(0, 60)}"`, { hint: 'as in 2024-01-01T00:00:00Z' });
  }
  const digits = (m[2] ?? '').replace(/0+$/, '');
  const fraction = digits === '' ? '' : `.${digits.padEnd(Math.ceil(digits.length / 3) * 3, '0')}`;
  return `${new Date(at).toISOString().slice(0, 19)}${fraction}Z`;
}

function isDay(local: string): boolean {
  const at = Date.parse(`${local}Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().slice(0, 10) === local.slice(0, 10);
}
