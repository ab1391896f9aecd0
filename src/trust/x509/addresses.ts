import type { Bytes } from '../../bytes/index.ts';
import { children, type DerValue, expectTag, readDer, readNamedBits, readOid, TAG } from '../../codec/der/index.ts';
import type { Certificate } from './certificate.ts';
import { EXTENSION } from './extensions.ts';
import { type GeneralName, NAME, parseGeneralName, parseGeneralNames } from './general-name.ts';
import { invalid } from './invalid.ts';
import { utf8Text } from './text.ts';

/** A place where a list of revoked certificates is to be had (RFC 5280 §4.2.1.13). */
export interface DistributionPoint {
  /** The names of the list; `undefined` when it has none, or one that is relative to its issuer's. */
  readonly names: readonly GeneralName[] | undefined;
  /** The URIs among the names: the same list by several ways. */
  readonly uris: readonly string[];
  /** Bits of the reasons that the list covers, see `reasonMask`. */
  readonly reasons: number;
  /** Whether the list is issued by somebody else than the certificate's issuer. */
  readonly otherIssuer: boolean;
}

/** The reasons that there are: bit 1 (keyCompromise) to bit 8 (aACompromise); bit 0 is not used (RFC 5280 §4.2.1.13). */
export const ALL_REASONS = 0x1fe;

const OCSP = '1.3.6.1.5.5.7.48.1';

/** CRLDistributionPoints, at least one. Throws `certificate-invalid` | `der-invalid`, as all functions here. */
export function parseDistributionPoints(value: Bytes): readonly DistributionPoint[] {
  const points = children(expectTag(readDer(value), TAG.sequence, 'distribution points')).map(parsePoint);
  if (points.length === 0) throw invalid('the list of distribution points is empty');
  return points;
}

function parsePoint(value: DerValue): DistributionPoint {
  const parts = children(expectTag(value, TAG.sequence, 'distribution point'));
  const order = parts.map(({ tag }) => [0xa0, 0x81, 0xa2].indexOf(tag));
  if (order.some((at, i) => at < 0 || at <= (order[i - 1] ?? -1)))
    throw invalid('distribution point has a part that does not belong there');
  const part = (tag: number): DerValue | undefined => parts.find((p) => p.tag === tag);
  const [name, reasons, issuer] = [part(0xa0), part(0x81), part(0xa2)];
  if (name === undefined && issuer === undefined) throw invalid('distribution point has neither a name nor an issuer');
  if (issuer !== undefined) parseGeneralNames(issuer, 'issuer of revocation lists');
  const names = name === undefined ? undefined : pointName(name);
  const uris = (names ?? []).filter(({ kind }) => kind === NAME.uri).map((uri) => utf8Text(uri.value));
  return { names, uris, reasons: reasons === undefined ? ALL_REASONS : reasonMask(reasons), otherIssuer: issuer !== undefined };
}

/** The full name in a `[0] DistributionPointName`; `undefined` for one that is relative to the issuer's. */
export function pointName(value: DerValue): readonly GeneralName[] | undefined {
  const [choice, rest] = children(value);
  if (choice === undefined || rest !== undefined) throw invalid('distribution point has not one name');
  if (choice.tag === 0xa1) return undefined;
  return parseGeneralNames(expectTag(choice, 0xa0, 'name of a distribution point'), 'name of a distribution point');
}

/** ReasonFlags under an implicit tag, as bits: `1 << n` for the named bit n. */
export function reasonMask(value: DerValue): number {
  const bits = readNamedBits({ ...value, tag: TAG.bitString }, 'reasons');
  if (bits.length > 16) throw invalid('there are more reasons than there can be');
  return bits.reduce((mask, bit, i) => (bit ? mask | (1 << i) : mask), 0);
}

/** The addresses of OCSP responders that a certificate names (RFC 5280 §4.2.2.1), in its order. */
export function ocspAddresses(certificate: Certificate): readonly string[] {
  const extension = certificate.extensions.get(EXTENSION.authorityInfoAccess);
  if (extension === undefined) return [];
  const addresses: string[] = [];
  for (const description of children(expectTag(readDer(extension.value), TAG.sequence, 'authority information access'))) {
    const [method, location, rest] = children(expectTag(description, TAG.sequence, 'access description'));
    if (location === undefined || rest !== undefined) throw invalid('access description is not a method and a location');
    if (readOid(method, 'access method') !== OCSP) continue;
    const name = parseGeneralName(location, 'location of a responder');
    // Another kind of name is no address to ask at, and still says that the certificate can be revoked.
    addresses.push(name.kind === NAME.uri ? utf8Text(name.value) : '');
  }
  return addresses;
}
