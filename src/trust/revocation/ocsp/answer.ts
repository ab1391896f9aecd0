import type { Bytes } from '../../../bytes/index.ts';
import {
  children,
  contentOf,
  type DerValue,
  encodingOf,
  expectTag,
  readBitString,
  readDer,
  readOctets,
  readOid,
  readSmallInteger,
  readTime,
  TAG,
} from '../../../codec/der/index.ts';
import { AssayError } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import { type Certificate, type Extension, parseCertificate, parseSignatureAlgorithm } from '../../x509/index.ts';
import { readReason } from '../crl/entry.ts';
import { readExtensions } from '../extension.ts';
import { invalid, parsed } from '../invalid.ts';
import type { Signed } from '../signed.ts';
import { type CertificateId, parseCertificateId } from './certificate-id.ts';

/** A basic OCSP answer (RFC 6960 §4.2.1). Nothing about it is verified. Times in milliseconds since 1970. */
export interface OcspAnswer extends Signed {
  /** Who says that it signed: a DER Name, or SHA-1 of a key. */
  readonly responder: { readonly kind: 'name' | 'key'; readonly value: Bytes };
  readonly producedAt: number;
  readonly singles: readonly SingleAnswer[];
  readonly extensions: ReadonlyMap<string, Extension>;
  readonly certificates: readonly Certificate[];
}

/** What an answer says about one certificate. */
export interface SingleAnswer {
  readonly id: CertificateId;
  readonly status: 'good' | 'revoked' | 'unknown';
  readonly revokedAt: number | undefined;
  readonly reason: number | undefined;
  readonly thisUpdate: number;
  readonly nextUpdate: number | undefined;
  readonly extensions: ReadonlyMap<string, Extension>;
}

const BASIC = '1.3.6.1.5.5.7.48.1.1';
const REFUSALS: ReadonlyMap<number, string> = new Map([
  [1, 'the request is malformed'],
  [2, 'it has an internal error'],
  [3, 'try later'],
  [5, 'the request has to be signed'],
  [6, 'it does not answer this request (unauthorized)'],
]);

/** Parses an OCSPResponse (DER). Throws `revocation-invalid`, also for a responder's refusal, and `limit`. */
export function parseOcspAnswer(der: Bytes): OcspAnswer {
  if (der.length > LIMITS.ocspBytes) throw new AssayError('limit', `OCSP answer of ${der.length} bytes, more than ${LIMITS.ocspBytes}`);
  return parsed('OCSP answer', () => parse(der));
}

function parse(der: Bytes): OcspAnswer {
  const [status, wrapper, rest] = children(expectTag(readDer(der), TAG.sequence, 'OCSP answer'));
  const code = contentOf(expectTag(status, 0x0a, 'status of the answer'));
  if (code.length !== 1) throw invalid('the status of the answer is no small number');
  if (code[0] !== 0) throw invalid(`the responder says: ${REFUSALS.get(code[0] as number) ?? `status ${code[0]}`}`);
  if (rest !== undefined) throw invalid('OCSP answer has a part too many');
  const [type, body, more] = children(expectTag(inner(wrapper, 0xa0, 'answer'), TAG.sequence, 'answer'));
  if (more !== undefined) throw invalid('OCSP answer has a part too many');
  const oid = readOid(type, 'type of the answer');
  if (oid !== BASIC) throw invalid(`the answer is of the type ${oid}, not a basic one`);
  return parseBasic(readDer(readOctets(body, 'answer')));
}

function parseBasic(value: DerValue): OcspAnswer {
  const [tbs, algorithm, signature, certificates, rest] = children(expectTag(value, TAG.sequence, 'basic answer'));
  if (rest !== undefined) throw invalid('basic answer has a part too many');
  const parts = children(expectTag(tbs, TAG.sequence, 'content of the answer'));
  // Version 1 is the default and the only one there is.
  if (parts[0]?.tag === 0xa0 && readSmallInteger(inner(parts.shift(), 0xa0, 'version'), 'version') !== 0)
    throw invalid('the answer is not of version 1');
  const [responder, producedAt, singles, extensions, more] = parts;
  if (more !== undefined) throw invalid('the answer has a part too many');
  const answers = children(expectTag(singles, TAG.sequence, 'answers'));
  if (answers.length > LIMITS.ocspAnswers) throw new AssayError('limit', `more than ${LIMITS.ocspAnswers} single answers`);
  return {
    tbs: encodingOf(tbs as DerValue),
    signatureAlgorithm: parseSignatureAlgorithm(algorithm),
    signature: readBitString(signature, 'signature'),
    responder: parseResponder(responder),
    producedAt: readGeneralized(producedAt, 'time of the answer'),
    singles: answers.map(parseSingle),
    extensions: readExtensions(extensions === undefined ? undefined : inner(extensions, 0xa1, 'extensions')),
    certificates: certificates === undefined ? [] : parseCertificates(inner(certificates, 0xa0, 'certificates')),
  };
}

function parseCertificates(list: DerValue): readonly Certificate[] {
  const values = children(expectTag(list, TAG.sequence, 'certificates'));
  if (values.length > LIMITS.ocspCertificates) throw new AssayError('limit', `more than ${LIMITS.ocspCertificates} certificates`);
  return values.map((value) => parseCertificate(encodingOf(value)));
}

function parseResponder(value: DerValue | undefined): OcspAnswer['responder'] {
  if (value?.tag === 0xa1)
    return { kind: 'name', value: encodingOf(expectTag(inner(value, 0xa1, 'responder'), TAG.sequence, 'responder')) };
  return { kind: 'key', value: readOctets(inner(value, 0xa2, 'responder'), 'responder') };
}

function parseSingle(value: DerValue): SingleAnswer {
  const [id, status, thisUpdate, ...rest] = children(expectTag(value, TAG.sequence, 'single answer'));
  const next = rest[0]?.tag === 0xa0 ? rest.shift() : undefined;
  const extensions = rest.shift();
  if (rest.length > 0) throw invalid('single answer has a part too many');
  return {
    id: parseCertificateId(id),
    ...parseStatus(status),
    thisUpdate: readGeneralized(thisUpdate, 'time of the answer'),
    nextUpdate: next === undefined ? undefined : readGeneralized(inner(next, 0xa0, 'next update'), 'time of the next answer'),
    extensions: readExtensions(extensions === undefined ? undefined : inner(extensions, 0xa1, 'extensions')),
  };
}

function parseStatus(value: DerValue | undefined): Pick<SingleAnswer, 'status' | 'revokedAt' | 'reason'> {
  if (value?.tag === 0xa1) {
    const [at, reason, rest] = children(value);
    if (rest !== undefined) throw invalid('revocation has a part too many');
    return {
      status: 'revoked',
      revokedAt: readGeneralized(at, 'time of revocation'),
      reason: reason === undefined ? undefined : readReason(inner(reason, 0xa0, 'reason')),
    };
  }
  if ((value?.tag !== 0x80 && value?.tag !== 0x82) || value.start !== value.end)
    throw invalid('the status is none of good, revoked, unknown');
  return { status: value.tag === 0x80 ? 'good' : 'unknown', revokedAt: undefined, reason: undefined };
}

function readGeneralized(value: DerValue | undefined, what: string): number {
  return readTime(expectTag(value, TAG.generalizedTime, what), what);
}

function inner(value: DerValue | undefined, tag: number, what: string): DerValue {
  const [only, rest] = children(expectTag(value, tag, what));
  if (only === undefined || rest !== undefined) throw invalid(`${what} is not one value`);
  return only;
}
