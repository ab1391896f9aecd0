import { contentOf, type DerValue, expectTag, readAt, readBoolean, readOid, TAG } from '../../codec/der/index.ts';
import type { Extension } from '../x509/index.ts';
import { invalid } from './invalid.ts';

/** Object identifiers of the extensions of lists, their entries and OCSP answers (RFC 5280 §5.2 and §5.3, RFC 6960 §4.4). */
export const LIST_EXTENSION = {
  number: '2.5.29.20',
  reason: '2.5.29.21',
  invalidityDate: '2.5.29.24',
  deltaIndicator: '2.5.29.27',
  issuingDistributionPoint: '2.5.29.28',
  authorityKeyId: '2.5.29.35',
  freshestCrl: '2.5.29.46',
  nonce: '1.3.6.1.5.5.7.48.1.2',
} as const;

/** Calls back with each Extension of a SEQUENCE of them, without a list in between. Throws `der-invalid`. */
export function eachExtension(list: DerValue, each: (oid: DerValue, critical: boolean, value: DerValue) => void): void {
  const { bytes, start, end } = expectTag(list, TAG.sequence, 'extensions');
  for (let at = start; at < end; ) {
    const entry = expectTag(readAt(bytes, at, end), TAG.sequence, 'extension');
    const id = readAt(bytes, entry.start, entry.end);
    const second = readAt(bytes, id.end, entry.end);
    const critical = second.tag === TAG.boolean;
    // DER leaves out the default, and lists of real authorities state it; either way it is not critical.
    const isCritical = critical && readBoolean(second, 'critical flag');
    const value = expectTag(critical ? readAt(bytes, second.end, entry.end) : second, TAG.octetString, 'extension value');
    if (value.end !== entry.end) throw invalid('an extension has a part too many');
    each(id, isCritical, value);
    at = entry.end;
  }
}

/** Extensions by dotted object identifier. Throws `der-invalid`, and `revocation-invalid` when one stands there twice. */
export function readExtensions(list: DerValue | undefined): ReadonlyMap<string, Extension> {
  const extensions = new Map<string, Extension>();
  if (list === undefined) return extensions;
  eachExtension(list, (id, critical, value) => {
    const oid = readOid(id, 'extension');
    if (extensions.has(oid)) throw invalid(`extension ${oid} stands there twice`);
    extensions.set(oid, { critical, value: contentOf(value) });
  });
  return extensions;
}

/** The first critical extension that is not among the known ones. */
export function unknownCritical(extensions: ReadonlyMap<string, Extension>, known: ReadonlySet<string>): string | undefined {
  for (const [oid, { critical }] of extensions) if (critical && !known.has(oid)) return oid;
  return undefined;
}
