import { type Bytes, equal } from '../../bytes/index.ts';
import {
  children,
  type DerValue,
  encodingOf,
  expectTag,
  integerBytes,
  readAt,
  readBitString,
  readBoolean,
  readDer,
  readOid,
  readSmallInteger,
  readTime,
  TAG,
} from '../../codec/der/index.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { parseSignatureAlgorithm } from './algorithm.ts';
import type { Certificate, Extension } from './certificate.ts';
import {
  EXTENSION,
  parseAuthorityKeyId,
  parseBasicConstraints,
  parseExtendedKeyUsage,
  parseKeyUsage,
  parseSubjectKeyId,
} from './extensions.ts';
import { parseSubjectAltName } from './general-name.ts';
import { invalid } from './invalid.ts';
import { checkName } from './name.ts';
import { parseNameConstraints } from './name-constraints.ts';
import { ParsedCertificate, ParsedExtension } from './parsed-certificate.ts';

/**
 * Parses one DER certificate, version 3 (RFC 5280 §4.1). Nothing is verified, and what RFC 5280 asks of the form is: no negative or
 * overlong serial, equal algorithms inside and outside, no extension twice, well-formed known extensions. The bytes are not copied:
 * they must not change. Throws `certificate-invalid` | `der-invalid` | `limit`.
 */
export function parseCertificate(der: Bytes): Certificate {
  if (der.length > LIMITS.certificateBytes)
    throw new AssayError('limit', `certificate of ${der.length} bytes, more than ${LIMITS.certificateBytes}`);
  // A view: texts are read faster from a Buffer.
  const bytes = Buffer.from(der.buffer, der.byteOffset, der.byteLength);
  const [tbs, algorithm, signature, rest] = children(expectTag(readDer(bytes), TAG.sequence, 'certificate'));
  if (rest !== undefined) throw invalid('certificate has a part too many');
  const inside = children(expectTag(tbs, TAG.sequence, 'certificate content'));
  const [version, serial, innerAlgorithm, issuer, validity, subject, spki] = inside;
  if (version?.tag !== 0xa0 || readSmallInteger(only(version, 'version'), 'version') !== 2)
    throw invalid('certificate is not of version 3');
  const signatureAlgorithm = parseSignatureAlgorithm(algorithm);
  if (!equal(encodingOf(expectTag(innerAlgorithm, TAG.sequence, 'inner signature algorithm')), encodingOf(algorithm as DerValue))) {
    throw invalid('certificate names one signature algorithm inside and another outside');
  }
  const [notBefore, notAfter, more] = children(expectTag(validity, TAG.sequence, 'validity'));
  if (more !== undefined) throw invalid('validity has a part too many');
  if (checkName(issuer, 'issuer').start === (issuer as DerValue).end) throw invalid('certificate has an empty issuer');
  const extensions = parseExtensions(extensionsOf(inside.slice(7)));
  return new ParsedCertificate({
    der: bytes,
    tbs: encodingOf(tbs as DerValue),
    serial: serialOf(serial),
    issuer: encodingOf(issuer as DerValue),
    subject: encodingOf(checkName(subject, 'subject')),
    notBefore: readTime(notBefore, 'start of validity'),
    notAfter: readTime(notAfter, 'end of validity'),
    spki: encodingOf(expectTag(spki, TAG.sequence, 'public key')),
    signatureAlgorithm,
    signature: readBitString(signature, 'signature'),
    extensions,
    basicConstraints: known(extensions, EXTENSION.basicConstraints, parseBasicConstraints),
    keyUsage: known(extensions, EXTENSION.keyUsage, parseKeyUsage),
    extendedKeyUsage: known(extensions, EXTENSION.extendedKeyUsage, parseExtendedKeyUsage),
    subjectAltNames: known(extensions, EXTENSION.subjectAltName, parseSubjectAltName),
    nameConstraints: known(extensions, EXTENSION.nameConstraints, parseNameConstraints),
    subjectKeyId: known(extensions, EXTENSION.subjectKeyId, parseSubjectKeyId),
    authorityKeyId: known(extensions, EXTENSION.authorityKeyId, parseAuthorityKeyId),
  });
}

// RFC 5280 §4.1.2.2: positive, at most 20 octets (the leading zero of a number whose first bit is set is not counted).
function serialOf(value: DerValue | undefined): Bytes {
  const bytes = integerBytes(value, 'serial number');
  const first = bytes[0] as number;
  if (first >= 0x80 || (first === 0 && bytes.length === 1)) throw invalid('serial number is not positive');
  if (bytes.length - (first === 0 ? 1 : 0) > 20) throw invalid('serial number has more than 20 octets');
  return bytes;
}

// After the key: the unique identifiers [1] and [2], which nothing uses any more, then [3] extensions; in this order, each at most once.
function extensionsOf(rest: readonly DerValue[]): DerValue | undefined {
  const order = rest.map((value) => [0x81, 0x82, 0xa3].indexOf(value.tag));
  if (order.some((at, i) => at < 0 || at <= (order[i - 1] ?? -1))) throw invalid('certificate has a part that does not belong there');
  const last = rest[rest.length - 1];
  return last?.tag === 0xa3 ? only(last, 'extensions') : undefined;
}

function parseExtensions(list: DerValue | undefined): Map<string, Extension> {
  const extensions = new Map<string, Extension>();
  if (list === undefined) return extensions;
  for (const entry of children(expectTag(list, TAG.sequence, 'extensions'))) {
    // Read one by one: Fulcio's certificates have more than twenty, and a list for each would be most of the memory that parsing takes.
    const { bytes, start, end } = expectTag(entry, TAG.sequence, 'extension');
    const id = readAt(bytes, start, end);
    const oid = readOid(id, 'extension');
    const second = readAt(bytes, id.end, end);
    const critical = second.tag === TAG.boolean;
    if (critical && !readBoolean(second, 'critical flag')) throw invalid(`extension ${oid} states the default of the critical flag`);
    const value = expectTag(critical ? readAt(bytes, second.end, end) : second, TAG.octetString, 'extension value');
    if (value.end !== end) throw invalid(`extension ${oid} has a part too many`);
    if (extensions.has(oid)) throw invalid(`extension ${oid} stands there twice`);
    extensions.set(oid, new ParsedExtension(critical, bytes, value.start, value.end));
  }
  if (extensions.size === 0) throw invalid('the list of extensions is empty');
  return extensions;
}

function known<T>(extensions: ReadonlyMap<string, Extension>, oid: string, parse: (value: Bytes) => T): T | undefined {
  const extension = extensions.get(oid);
  return extension === undefined ? undefined : parse(extension.value);
}

function only(value: DerValue, what: string): DerValue {
  const [inner, rest] = children(value);
  if (inner === undefined || rest !== undefined) throw invalid(`${what} is not one value`);
  return inner;
}
