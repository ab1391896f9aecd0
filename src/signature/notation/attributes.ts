import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { NotaryAlgorithm, NotaryEnvelope } from '../entity.ts';

/** Names of the attributes (notaryproject/specifications, signature-envelope-jws.md and -cose.md). */
export const ATTRIBUTE = {
  scheme: 'io.cncf.notary.signingScheme',
  signingTime: 'io.cncf.notary.signingTime',
  authenticSigningTime: 'io.cncf.notary.authenticSigningTime',
  expiry: 'io.cncf.notary.expiry',
  plugin: 'io.cncf.notary.verificationPlugin',
  pluginMinVersion: 'io.cncf.notary.verificationPluginMinVersion',
  timestamp: 'io.cncf.notary.timestampSignature',
  agent: 'io.cncf.notary.signingAgent',
} as const;

const STANDARD: ReadonlySet<string> = new Set([
  ATTRIBUTE.scheme,
  ATTRIBUTE.signingTime,
  ATTRIBUTE.authenticSigningTime,
  ATTRIBUTE.expiry,
  ATTRIBUTE.plugin,
  ATTRIBUTE.pluginMinVersion,
]);

/** A protected header of either form, without the registered parameters. */
export interface ProtectedHeader {
  readonly algorithm: NotaryAlgorithm;
  readonly contentType: unknown;
  readonly critical: unknown;
  readonly attributes: ReadonlyMap<string, unknown>;
  /** Reads a time as the form writes it; `undefined` when the value is none. */
  readonly time: (value: unknown) => Date | undefined;
}

/** What the attributes say. */
export type Attributes = Omit<NotaryEnvelope, 'signed' | 'payload' | 'signature'>;

/**
 * Reads the signed attributes by the rules that both forms share (signature-specification.md, "Signed Attributes"): the scheme decides which
 * times have to be there and which must not; what has to be marked critical is, and what is marked critical is there, once.
 * Throws `envelope-invalid` or `limit`.
 */
export function readAttributes(header: ProtectedHeader): Attributes {
  const { attributes, algorithm, contentType } = header;
  if (attributes.size > LIMITS.envelopeAttributes)
    throw new AssayError('limit', `signature envelope: ${attributes.size} attributes (at most ${LIMITS.envelopeAttributes})`);
  if (typeof contentType !== 'string') throw wrong('the content type is missing');
  const scheme = attributes.get(ATTRIBUTE.scheme);
  if (scheme === undefined) throw wrong('the signing scheme is missing');
  if (scheme !== 'notary.x509' && scheme !== 'notary.x509.signingAuthority')
    throw wrong(`the signing scheme ${shown(scheme)} is neither notary.x509 nor notary.x509.signingAuthority`);
  const time = (name: string): Date | undefined => timeOf(name, header);
  const [signingTime, authenticSigningTime, expiry] = [
    time(ATTRIBUTE.signingTime),
    time(ATTRIBUTE.authenticSigningTime),
    time(ATTRIBUTE.expiry),
  ];
  const byAuthority = scheme === 'notary.x509.signingAuthority';
  const [needed, forbidden] = byAuthority
    ? ([ATTRIBUTE.authenticSigningTime, ATTRIBUTE.signingTime] as const)
    : ([ATTRIBUTE.signingTime, ATTRIBUTE.authenticSigningTime] as const);
  if (!attributes.has(needed)) throw wrong(`${needed} is missing, which ${scheme} demands`);
  if (attributes.has(forbidden)) throw wrong(`${forbidden} does not belong to ${scheme}`);
  const signed = signingTime ?? authenticSigningTime;
  if (expiry !== undefined && signed !== undefined && expiry.getTime() <= signed.getTime()) throw wrong('it expires before it was signed');
  const critical = criticalNames(header, byAuthority);
  return {
    algorithm,
    contentType,
    scheme,
    signingTime,
    authenticSigningTime,
    expiry,
    plugin: pluginOf(attributes),
    extended: new Map(
      [...attributes].filter(([name]) => !STANDARD.has(name)).map(([name, value]) => [name, { critical: critical.has(name), value }]),
    ),
  };
}

function criticalNames({ critical, attributes }: ProtectedHeader, byAuthority: boolean): ReadonlySet<string> {
  if (!Array.isArray(critical) || critical.length === 0) throw wrong('crit is missing');
  const names = new Set<string>();
  for (const name of critical as readonly unknown[]) {
    // Registered parameters are always understood and never named (RFC 7515 §4.1.11, RFC 9052 §3.1); numbers beyond them Assay does not know.
    if (typeof name !== 'string') throw wrong(`crit names ${shown(name)}, which is not understood`);
    if (names.has(name)) throw wrong(`crit names ${shown(name)} twice`);
    if (!attributes.has(name)) throw wrong(`crit names ${shown(name)}, which is not there`);
    if (name === ATTRIBUTE.signingTime) throw wrong(`${name} must not be critical`);
    names.add(name);
  }
  const required = [
    ATTRIBUTE.scheme,
    ...(attributes.has(ATTRIBUTE.expiry) ? [ATTRIBUTE.expiry] : []),
    ...(byAuthority ? [ATTRIBUTE.authenticSigningTime] : []),
  ];
  const missing = required.find((name) => !names.has(name));
  if (missing !== undefined) throw wrong(`${missing} is not marked critical`);
  return names;
}

function timeOf(name: string, { attributes, time }: ProtectedHeader): Date | undefined {
  if (!attributes.has(name)) return undefined;
  const read = time(attributes.get(name));
  if (read === undefined || Number.isNaN(read.getTime())) throw wrong(`${name} is not a time`);
  return read;
}

function pluginOf(attributes: ProtectedHeader['attributes']): NotaryEnvelope['plugin'] {
  const name = attributes.get(ATTRIBUTE.plugin);
  const minVersion = attributes.get(ATTRIBUTE.pluginMinVersion);
  if (name === undefined && minVersion === undefined) return undefined;
  if (typeof name !== 'string' || name.trim() === '') throw wrong(`${ATTRIBUTE.plugin} is not a name`);
  if (minVersion !== undefined && typeof minVersion !== 'string') throw wrong(`${ATTRIBUTE.pluginMinVersion} is not a text`);
  return { name, minVersion };
}

/** The error that an envelope is malformed. */
export function wrong(why: string): AssayError {
  return new AssayError('envelope-invalid', `signature envelope: ${why}`);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 100)) : `of type ${typeof value}`;
}
