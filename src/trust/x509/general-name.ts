import type { Bytes } from '../../bytes/index.ts';
import { children, contentOf, type DerValue, expectTag, readAt, readDer, readOid, TAG } from '../../codec/der/index.ts';
import type { Certificate } from './certificate.ts';
import { invalid } from './invalid.ts';
import { ipText } from './ip.ts';
import { checkName } from './name.ts';
import { utf8Text } from './text.ts';

/** Numbers of the kinds of GeneralName (RFC 5280 §4.2.1.6), as they stand in the tag. */
export const NAME = { other: 0, email: 1, dns: 2, directory: 4, uri: 6, ip: 7 } as const;

/** One GeneralName. Text kinds hold printable ASCII, a directory name a whole DER Name. */
export interface GeneralName {
  /** 0 to 8, see `NAME`. */
  readonly kind: number;
  /** The content; of an otherName and a directory name the DER values inside. */
  readonly value: Bytes;
}

/** A name that can be an identity. `other`: Fulcio's OtherName (OID 1.3.6.1.4.1.57264.1.7). */
export interface AltName {
  readonly kind: 'uri' | 'email' | 'dns' | 'ip' | 'other';
  readonly value: string;
}

const FULCIO_OTHER_NAME = '1.3.6.1.4.1.57264.1.7';
// otherName, x400Address, directoryName and ediPartyName are constructed.
const TAGS: readonly number[] = [0xa0, 0x81, 0x82, 0xa3, 0xa4, 0xa5, 0x86, 0x87, 0x88];
const KIND_OF: ReadonlyMap<number, number> = new Map(TAGS.map((tag, kind) => [tag, kind]));

/** GeneralNames, at least one. Throws `certificate-invalid` | `der-invalid`. */
export function parseGeneralNames(value: DerValue, what: string): readonly GeneralName[] {
  const names = children(value).map((name) => parseGeneralName(name, what));
  if (names.length === 0) throw invalid(`${what} is empty`);
  return names;
}

/** The subject alternative names (RFC 5280 §4.2.1.6). Throws `certificate-invalid` | `der-invalid`. */
export function parseSubjectAltName(value: Bytes): readonly GeneralName[] {
  const names = parseGeneralNames(expectTag(readDer(value), TAG.sequence, 'subject alternative name'), 'subject alternative name');
  for (const { kind, value } of names) {
    if (value.length === 0) throw invalid('subject alternative name holds an empty name');
    if (kind === NAME.ip && value.length !== 4 && value.length !== 16)
      throw invalid('subject alternative name holds an IP address of a wrong length');
  }
  return names;
}

/** One GeneralName; as constraint text kinds may be empty and IP addresses carry a mask, so lengths are left to the callers. */
export function parseGeneralName(name: DerValue, what: string): GeneralName {
  const kind = KIND_OF.get(name.tag);
  if (kind === undefined) throw invalid(`${what} has a name of an unknown kind`);
  const value = contentOf(name);
  if (kind === NAME.email || kind === NAME.dns || kind === NAME.uri) requirePrintable(value, what);
  if (kind === NAME.directory) checkName(readDer(value), what);
  if (kind === NAME.other) fulcioName(value);
  return { kind, value };
}

/**
 * The names that can be identities, in the certificate's order. Directory names, registered identifiers and otherNames of
 * others are none.
 */
export function altNamesOf(certificate: Certificate): readonly AltName[] {
  const names: AltName[] = [];
  for (const { kind, value } of certificate.subjectAltNames ?? []) {
    if (kind === NAME.uri) names.push({ kind: 'uri', value: utf8Text(value) });
    else if (kind === NAME.email) names.push({ kind: 'email', value: utf8Text(value) });
    else if (kind === NAME.dns) names.push({ kind: 'dns', value: utf8Text(value) });
    else if (kind === NAME.ip) names.push({ kind: 'ip', value: ipText(value) });
    else if (kind === NAME.other) {
      const other = fulcioName(value);
      if (other !== undefined) names.push({ kind: 'other', value: other });
    }
  }
  return names;
}

function fulcioName(value: Bytes): string | undefined {
  const { oid, inner } = otherName(value);
  if (oid !== FULCIO_OTHER_NAME) return undefined;
  const text = utf8Text(contentOf(expectTag(readDer(inner), TAG.utf8String, 'OtherName')), 'OtherName');
  if (text === '' || /\p{Cc}/u.test(text)) throw invalid('OtherName is empty or has control characters');
  return text;
}

// OtherName ::= SEQUENCE { type-id OBJECT IDENTIFIER, value [0] EXPLICIT ANY }, the SEQUENCE's tag replaced.
function otherName(value: Bytes): { readonly oid: string; readonly inner: Bytes } {
  const id = readAt(value, 0, value.length);
  const content = expectTag(readAt(value, id.end, value.length), 0xa0, 'OtherName');
  if (content.end !== value.length) throw invalid('OtherName has a part too many');
  return { oid: readOid(id, 'OtherName'), inner: contentOf(content) };
}

// Also stops the NUL that once made "good.example\0.evil" look like "good.example".
function requirePrintable(value: Bytes, what: string): void {
  for (const byte of value)
    if (byte < 0x20 || byte > 0x7e) throw invalid(`${what} has a name with a character that is not printable ASCII`);
}
