import { type Bytes, equal } from '../../../bytes/index.ts';
import {
  children,
  contentOf,
  type DerValue,
  encodingOf,
  expectTag,
  readBitString,
  readDer,
  readInteger,
  readSmallInteger,
  readTime,
  TAG,
} from '../../../codec/der/index.ts';
import { AssayError } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import { type DistributionPoint, type Extension, parseDistributionPoints, parseSignatureAlgorithm } from '../../x509/index.ts';
import { LIST_EXTENSION, readExtensions } from '../extension.ts';
import { invalid, parsed } from '../invalid.ts';
import type { Signed } from '../signed.ts';
import { parseScope, type Scope } from './scope.ts';

/** A certificate revocation list of version 2 (RFC 5280 §5.1), as views into its DER. Nothing about it is verified. */
export interface RevocationList extends Signed {
  readonly der: Bytes;
  /** DER Name, as it stands. */
  readonly issuer: Bytes;
  /** Milliseconds since 1970. */
  readonly thisUpdate: number;
  /** Milliseconds since 1970. */
  readonly nextUpdate: number | undefined;
  /** The SEQUENCE of entries, which is read when it is searched. */
  readonly entries: DerValue | undefined;
  readonly extensions: ReadonlyMap<string, Extension>;
  readonly number: bigint | undefined;
  /** Of a delta: the number of the list that it adds to. */
  readonly baseNumber: bigint | undefined;
  readonly scope: Scope;
  /** Where the newest delta to this list is. */
  readonly freshest: readonly DistributionPoint[];
}

/**
 * Parses one DER revocation list; the entries are not looked at. The bytes are not copied: they must not change.
 * Throws `revocation-invalid` | `limit`.
 */
export function parseRevocationList(der: Bytes): RevocationList {
  if (der.length > LIMITS.crlBytes) throw new AssayError('limit', `revocation list of ${der.length} bytes, more than ${LIMITS.crlBytes}`);
  return parsed('revocation list', () => parse(der));
}

const known = new WeakMap<Bytes, RevocationList>();

/** The same, parsed once for the same bytes object: lists are kept for as long as they hold. */
export function revocationListOf(der: Bytes): RevocationList {
  const list = known.get(der) ?? parseRevocationList(der);
  known.set(der, list);
  return list;
}

function parse(der: Bytes): RevocationList {
  const [tbs, algorithm, signature, rest] = children(expectTag(readDer(der), TAG.sequence, 'revocation list'));
  if (rest !== undefined) throw invalid('revocation list has a part too many');
  const [version, inner, issuer, thisUpdate, ...more] = children(expectTag(tbs, TAG.sequence, 'content of the revocation list'));
  // Version 1 has no extensions, so that neither its number nor its scope is known.
  if (version?.tag !== TAG.integer || readSmallInteger(version, 'version') !== 1) throw invalid('revocation list is not of version 2');
  const signatureAlgorithm = parseSignatureAlgorithm(algorithm);
  if (!equal(encodingOf(expectTag(inner, TAG.sequence, 'inner signature algorithm')), encodingOf(algorithm as DerValue)))
    throw invalid('revocation list names one signature algorithm inside and another outside');
  const nextUpdate = more[0]?.tag === TAG.utcTime || more[0]?.tag === TAG.generalizedTime ? more.shift() : undefined;
  const entries = more[0]?.tag === TAG.sequence ? more.shift() : undefined;
  const wrapper = more.shift();
  if (more.length > 0) throw invalid('revocation list has a part that does not belong there');
  const extensions = readExtensions(wrapper === undefined ? undefined : extensionList(wrapper));
  const value = (oid: string): Bytes | undefined => extensions.get(oid)?.value;
  const [number, base, scope, freshest] = [
    value(LIST_EXTENSION.number),
    value(LIST_EXTENSION.deltaIndicator),
    value(LIST_EXTENSION.issuingDistributionPoint),
    value(LIST_EXTENSION.freshestCrl),
  ];
  return {
    der,
    tbs: encodingOf(tbs as DerValue),
    signatureAlgorithm,
    signature: readBitString(signature, 'signature'),
    issuer: encodingOf(expectTag(issuer, TAG.sequence, 'issuer')),
    thisUpdate: readTime(thisUpdate, 'time of the list'),
    nextUpdate: nextUpdate === undefined ? undefined : readTime(nextUpdate, 'time of the next list'),
    entries,
    extensions,
    number: number === undefined ? undefined : numberOf(number),
    baseNumber: base === undefined ? undefined : numberOf(base),
    scope: parseScope(scope),
    freshest: freshest === undefined ? [] : parseDistributionPoints(freshest),
  };
}

function extensionList(wrapper: DerValue): DerValue {
  const [list, rest] = children(expectTag(wrapper, 0xa0, 'extensions'));
  if (list === undefined || rest !== undefined) throw invalid('extensions are not one list');
  return list;
}

// RFC 5280 §5.2.3: at most 20 octets.
function numberOf(value: Bytes): bigint {
  const integer = readDer(value);
  if (contentOf(integer).length > 21) throw invalid('number of the list has more than 20 octets');
  const n = readInteger(integer, 'number of the list');
  if (n < 0n) throw invalid('number of the list is negative');
  return n;
}
