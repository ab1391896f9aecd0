import type { Bytes } from '../../bytes/index.ts';
import { children, type DerValue, encodingOf, expectTag, readDer, readOid, readSmallInteger, TAG } from '../../codec/der/index.ts';
import { AssayError, isAssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { type Certificate, parseCertificate } from '../x509/index.ts';
import { asTimestamp, invalid } from './invalid.ts';
import { parseSignerInfo, type SignerInfo } from './signer-info.ts';
import { explicitOctets, parseTstInfo, type TstInfo } from './tst-info.ts';

/** A timestamp token (RFC 3161 §2.4.2): what it states, and who it says signed it. Nothing about it is verified. */
export interface TimestampToken extends TstInfo {
  readonly signer: SignerInfo;
  /** The certificates inside, in their order: hints that nothing vouches for. Those that Assay cannot parse are left out. */
  readonly certificates: readonly Certificate[];
}

const SIGNED_DATA = '1.2.840.113549.1.7.2';
const TST_INFO = '1.2.840.113549.1.9.16.1.4';

/**
 * Parses a TimeStampResp that was granted (RFC 3161 §2.4.2), or a token alone. The signed attributes are compared with the content;
 * the signature is not checked. Throws `timestamp-invalid` (for SHA-1 anywhere too) | `limit`.
 */
export function parseTimestamp(bytes: Bytes): TimestampToken {
  if (bytes.length > LIMITS.timestampBytes)
    throw new AssayError('limit', `timestamp of ${bytes.length} bytes, more than ${LIMITS.timestampBytes}`);
  return asTimestamp(() => parseToken(tokenOf(expectTag(readDer(bytes), TAG.sequence, 'timestamp'))));
}

// A token starts with its content type, a response with its status.
function tokenOf(value: DerValue): DerValue {
  const [first, token, rest] = children(value);
  if (first?.tag === TAG.oid) return value;
  const [status] = children(expectTag(first, TAG.sequence, 'status of the timestamp response'));
  const code = readSmallInteger(status, 'status of the timestamp response');
  if (code > 1) throw invalid(`the authority refused to make the timestamp (status ${code})`);
  if (rest !== undefined) throw invalid('timestamp response has a part too many');
  return expectTag(token, TAG.sequence, 'timestamp token');
}

function parseToken(value: DerValue): TimestampToken {
  const [type, wrapped, rest] = children(value);
  if (readOid(type, 'content type') !== SIGNED_DATA || rest !== undefined) throw invalid('timestamp token is not CMS SignedData');
  const [signedData, more] = children(expectTag(wrapped, 0xa0, 'SignedData'));
  if (more !== undefined) throw invalid('SignedData has a part too many');
  const [version, digests, encapsulated, ...optional] = children(expectTag(signedData, TAG.sequence, 'SignedData'));
  // RFC 5652 §5.1 has 1, 3, 4 and 5; content of this type needs at least 3.
  if (![3, 4, 5].includes(readSmallInteger(version, 'SignedData version'))) throw invalid('SignedData is of an unknown version');
  expectTag(digests, TAG.set, 'digest algorithms');
  const order = optional.map((part) => [0xa0, 0xa1, TAG.set].indexOf(part.tag));
  if (order.some((at, i) => at < 0 || at <= (order[i - 1] ?? -1))) throw invalid('SignedData has a part that does not belong there');
  const [contentType, content, extra] = children(expectTag(encapsulated, TAG.sequence, 'content'));
  if (readOid(contentType, 'content type') !== TST_INFO || extra !== undefined) throw invalid('the signed content is no TSTInfo');
  const bytes = explicitOctets(content, 'content');
  const [signer, another] = children(
    expectTag(
      optional.find((part) => part.tag === TAG.set),
      TAG.set,
      'signers',
    ),
  );
  if (signer === undefined || another !== undefined) throw invalid('timestamp token has not exactly one signer');
  return {
    ...parseTstInfo(bytes),
    signer: parseSignerInfo(signer, TST_INFO, bytes),
    certificates: certificatesOf(optional.find((part) => part.tag === 0xa0)),
  };
}

// Not covered by the signature, so one that cannot be read is worth no more than one that is absent.
function certificatesOf(value: DerValue | undefined): Certificate[] {
  const list = value === undefined ? [] : children(value);
  if (list.length > LIMITS.chainCertificates)
    throw new AssayError('limit', `timestamp holds more than ${LIMITS.chainCertificates} certificates`);
  const certificates: Certificate[] = [];
  for (const entry of list) {
    try {
      if (entry.tag === TAG.sequence) certificates.push(parseCertificate(encodingOf(entry)));
    } catch (error) {
      if (!isAssayError(error)) throw error;
    }
  }
  return certificates;
}
