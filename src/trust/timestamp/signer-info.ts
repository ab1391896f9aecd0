import { type Bytes, concat, equal } from '../../bytes/index.ts';
import {
  children,
  contentOf,
  type DerValue,
  encodingOf,
  expectTag,
  integerBytes,
  readOctets,
  readOid,
  readSmallInteger,
  TAG,
} from '../../codec/der/index.ts';
import { type HashName, hash } from '../../crypto/index.ts';
import { readHashAlgorithm } from '../x509/algorithm.ts';
import { type CertificateSignatureAlgorithm, parseSignatureAlgorithm } from '../x509/index.ts';
import { type EssCertId, parseEssCertIds } from './ess.ts';
import { invalid } from './invalid.ts';

/** How a token names its signer's certificate (RFC 5652 §5.3). */
export type SignerId =
  | { readonly kind: 'issuer-serial'; readonly issuer: Bytes; readonly serial: Bytes }
  | { readonly kind: 'key-id'; readonly keyId: Bytes };

/** The one signature of a token (RFC 5652 §5.3, SignerInfo). */
export interface SignerInfo {
  readonly id: SignerId;
  /** What is signed: the signed attributes as a SET (RFC 5652 §5.4). */
  readonly signed: Bytes;
  readonly algorithm: CertificateSignatureAlgorithm;
  readonly signature: Bytes;
  /** The certificate that the signed attributes say it was made with, by one digest or two; the signature is the first one's (RFC 5035 §3, RFC 5816 §2.2.1). */
  readonly certificates: readonly EssCertId[];
}

const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const SIGNING_CERTIFICATE = '1.2.840.113549.1.9.16.2.12';
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47';

/**
 * A SignerInfo over `content`, whose type is `contentType`: its signed attributes have to say both.
 * Throws `timestamp-invalid` | `der-invalid` | `algorithm-unsupported`.
 */
export function parseSignerInfo(value: DerValue, contentType: string, content: Bytes): SignerInfo {
  const [version, sid, digestAlgorithm, attributes, algorithm, signature, unsigned, rest] = children(
    expectTag(value, TAG.sequence, 'signer'),
  );
  const id = readSignerId(sid);
  // RFC 5652 §5.3: 1 for an issuer and serial number, 3 for a key identifier.
  if (readSmallInteger(version, 'signer version') !== (id.kind === 'issuer-serial' ? 1 : 3))
    throw invalid('signer has a version that does not fit how it is named');
  if (rest !== undefined || (unsigned !== undefined && unsigned.tag !== 0xa1))
    throw invalid('signer has a part that does not belong there');
  const hashName = readHashAlgorithm(digestAlgorithm, 'digest algorithm');
  const list = readAttributes(expectTag(attributes, 0xa0, 'signed attributes'));
  if (readOid(required(list, CONTENT_TYPE, 'content type')) !== contentType)
    throw invalid('the signed content type is another than that of the content');
  checkDigest(required(list, MESSAGE_DIGEST, 'message digest'), hashName, content);
  const certificates = [...parseEssCertIds(list.get(SIGNING_CERTIFICATE), 1), ...parseEssCertIds(list.get(SIGNING_CERTIFICATE_V2), 2)];
  // RFC 3161 §2.4.1, RFC 5816 §2.2.1: without it another certificate of the same key could be put in the signer's place.
  if (certificates.length === 0) throw invalid('signed attribute signing certificate is missing');
  const encoded = encodingOf(attributes as DerValue);
  return {
    id,
    signed: concat(Buffer.of(TAG.set), encoded.subarray(1)),
    algorithm: parseSignatureAlgorithm(algorithm, hashName),
    signature: readOctets(signature, 'signature'),
    certificates,
  };
}

function readSignerId(sid: DerValue | undefined): SignerId {
  if (sid?.tag === 0x80) return { kind: 'key-id', keyId: contentOf(sid) };
  const [issuer, serial, rest] = children(expectTag(sid, TAG.sequence, 'signer identifier'));
  if (rest !== undefined) throw invalid('signer identifier has a part too many');
  return {
    kind: 'issuer-serial',
    issuer: encodingOf(expectTag(issuer, TAG.sequence, 'issuer of the signer')),
    serial: integerBytes(serial, 'serial number of the signer'),
  };
}

// Attribute ::= SEQUENCE { type, SET OF values }. The ones that matter have one value; no type may stand there twice (RFC 5652 §11).
function readAttributes(value: DerValue): ReadonlyMap<string, DerValue> {
  const list = new Map<string, DerValue>();
  const attributes = children(value);
  // RFC 5652 §5.3: signed attributes are DER, even where the rest is not; a SET OF in DER is sorted (X.690 §11.6).
  const isSorted = attributes.every((a, i) => i === 0 || Buffer.compare(encodingOf(attributes[i - 1] as DerValue), encodingOf(a)) <= 0);
  if (!isSorted) throw invalid('signed attributes are not in the order of DER');
  for (const attribute of attributes) {
    const [type, values, rest] = children(expectTag(attribute, TAG.sequence, 'signed attribute'));
    const oid = readOid(type, 'signed attribute');
    const [only, more] = children(expectTag(values, TAG.set, 'values of a signed attribute'));
    if (rest !== undefined || only === undefined || more !== undefined) throw invalid(`signed attribute ${oid} has not exactly one value`);
    if (list.has(oid)) throw invalid(`signed attribute ${oid} stands there twice`);
    list.set(oid, only);
  }
  return list;
}

function required(list: ReadonlyMap<string, DerValue>, oid: string, what: string): DerValue {
  const value = list.get(oid);
  if (value === undefined) throw invalid(`signed attribute ${what} is missing`);
  return value;
}

function checkDigest(value: DerValue, name: HashName, content: Bytes): void {
  if (!equal(readOctets(value, 'message digest'), hash(name, content))) throw invalid('the signed digest is not that of the content');
}
