/** Lists and answers of our own, with any part wrong: what `openssl` refuses to write. */
import { createHash } from 'node:crypto';
import type { Bytes } from '../../../src/bytes/index.ts';
import { der } from '../../../src/codec/der/index.ts';
import { subjectPublicKeyBits } from '../../../src/crypto/index.ts';
import { bits, generalizedTime, int, nul, octets, oid, seq, tagged, time } from '../../../src/testing/authority/encode.ts';
import { encodeExtension, encodeName } from '../../../src/testing/authority/names.ts';
import {
  basicConstraints,
  type Certificate,
  type Extension,
  extendedKeyUsage,
  type KeyUsage,
  keyUsage,
  makeCertificate,
  type Name,
  newKey,
  type SigningKey,
  sign,
  signatureAlgorithm,
} from '../../../src/testing/index.ts';

export const HOUR = 3_600_000;
export const NOW = Date.parse('2026-03-01T12:00:00Z');

/** A root authority; two of the same name are told apart by their keys alone. */
export function makeRoot(name = 'Root', usages: readonly KeyUsage[] = ['keyCertSign', 'cRLSign']): Certificate {
  const [notBefore, notAfter] = [new Date(NOW - 1000 * HOUR), new Date(NOW + 1000 * HOUR)];
  return makeCertificate({
    subject: [['CN', name]],
    key: newKey(),
    notBefore,
    notAfter,
    extensions: [basicConstraints(true), keyUsage(usages)],
  });
}

/** A certificate of an authority. */
export function makeLeaf(issuer: Certificate, extensions: readonly Extension[] = [], subject: Name = [['CN', 'leaf']]): Certificate {
  const [notBefore, notAfter] = [new Date(NOW - 100 * HOUR), new Date(NOW + 100 * HOUR)];
  return makeCertificate({ subject, key: newKey(), issuer, notBefore, notAfter, extensions });
}

/** A certificate for a responder. */
export function makeResponder(issuer: Certificate, ...more: readonly Extension[]): Certificate {
  return makeLeaf(issuer, [extendedKeyUsage(['1.3.6.1.5.5.7.3.9']), ...more], [['CN', 'responder']]);
}

const uri = (address: string): Buffer => der(0x86, Buffer.from(address));

/** crlDistributionPoints, or with another identifier freshestCRL; one point for each list of addresses. */
export function points(lists: readonly (readonly string[])[], id = '2.5.29.31'): Extension {
  return { id, value: seq(...lists.map((addresses) => seq(tagged(0, tagged(0, ...addresses.map(uri)))))) };
}

/** authorityInfoAccess with OCSP responders. */
export function responders(...addresses: readonly string[]): Extension {
  return { id: '1.3.6.1.5.5.7.1.1', value: seq(...addresses.map((address) => seq(oid('1.3.6.1.5.5.7.48.1'), uri(address)))) };
}

/** One entry of a list. */
export interface MintedEntry {
  readonly serial: Bytes;
  readonly at?: number;
  readonly reason?: number;
  readonly extensions?: readonly Extension[];
}

/** What a list is made of. */
export interface MintedList {
  readonly by: Pick<Certificate, 'subject' | 'key'>;
  readonly signer?: SigningKey;
  readonly version?: Bytes;
  readonly thisUpdate?: number;
  /** `null`: none. */
  readonly nextUpdate?: number | null;
  readonly number?: number | null;
  readonly extensions?: readonly Extension[];
  /** `raw`: whole entries. */
  readonly entries?: readonly (MintedEntry | { readonly raw: Bytes })[];
  readonly outerAlgorithm?: Bytes;
}

/** A revocation list. */
export function makeList(parts: MintedList): Buffer {
  const { by, signer = by.key, thisUpdate = NOW - HOUR, nextUpdate = NOW + HOUR, number = 5, extensions = [], entries = [] } = parts;
  const all = [...(number === null ? [] : [{ id: '2.5.29.20', value: int(number) }]), ...extensions];
  const tbs = seq(
    parts.version ?? int(1),
    signatureAlgorithm(signer),
    encodeName(by.subject),
    time(new Date(thisUpdate)),
    ...(nextUpdate === null ? [] : [time(new Date(nextUpdate))]),
    ...(entries.length === 0 ? [] : [seq(...entries.map((entry) => ('raw' in entry ? entry.raw : makeEntry(entry))))]),
    ...(all.length === 0 ? [] : [tagged(0, seq(...all.map(encodeExtension)))]),
  );
  return seq(tbs, parts.outerAlgorithm ?? signatureAlgorithm(signer), bits(sign(signer, tbs)));
}

function makeEntry({ serial, at = NOW - 2 * HOUR, reason, extensions = [] }: MintedEntry): Buffer {
  const all = [...(reason === undefined ? [] : [{ id: '2.5.29.21', value: der(0x0a, Buffer.of(reason)) }]), ...extensions];
  return seq(serial, time(new Date(at)), ...(all.length === 0 ? [] : [seq(...all.map(encodeExtension))]));
}

/** One answer about one certificate. */
export interface MintedSingle {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  /** The whole CertStatus. */
  readonly status?: Bytes;
  readonly hash?: 'sha1' | 'sha256' | 'md5';
  readonly thisUpdate?: number;
  readonly nextUpdate?: number | null;
  readonly extensions?: readonly Extension[];
}

/** What an answer is made of. */
export interface MintedAnswer {
  readonly signer: Certificate;
  readonly key?: SigningKey;
  readonly singles: readonly MintedSingle[];
  readonly certificates?: readonly Certificate[];
  readonly producedAt?: number;
  readonly version?: number;
  readonly type?: string;
  readonly extensions?: readonly Extension[];
}

/** The CertStatus of a certificate that is good, unknown or revoked. */
export const GOOD = der(0x80);
export const UNKNOWN = der(0x82);
export const REVOKED = der(0xa1, generalizedTime(new Date(NOW - 2 * HOUR)), tagged(0, der(0x0a, Buffer.of(1))));

/** An OCSP answer. */
export function makeAnswer(parts: MintedAnswer): Buffer {
  const { signer, key = signer.key, singles, certificates = [], producedAt = NOW - HOUR, version, extensions = [] } = parts;
  const tbs = seq(
    ...(version === undefined ? [] : [tagged(0, int(version))]),
    tagged(1, encodeName(signer.subject)),
    generalizedTime(new Date(producedAt)),
    seq(...singles.map(makeSingle)),
    ...(extensions.length === 0 ? [] : [tagged(1, seq(...extensions.map(encodeExtension)))]),
  );
  const basic = seq(
    tbs,
    signatureAlgorithm(key),
    bits(sign(key, tbs)),
    ...(certificates.length === 0 ? [] : [tagged(0, seq(...certificates.map((c) => c.der)))]),
  );
  return seq(der(0x0a, Buffer.of(0)), tagged(0, seq(oid(parts.type ?? '1.3.6.1.5.5.7.48.1.1'), octets(basic))));
}

const HASHES = { sha1: '1.3.14.3.2.26', sha256: '2.16.840.1.101.3.4.2.1', md5: '1.2.840.113549.2.5' } as const;

function makeSingle(single: MintedSingle): Buffer {
  const { certificate, issuer, status = GOOD, hash = 'sha1', thisUpdate = NOW - HOUR, nextUpdate = NOW + HOUR, extensions = [] } = single;
  const digest = (bytes: Bytes): Buffer => octets(createHash(hash).update(bytes).digest());
  return seq(
    seq(
      seq(oid(HASHES[hash]), nul()),
      digest(encodeName(issuer.subject)),
      digest(subjectPublicKeyBits(issuer.key.spki)),
      certificate.serial,
    ),
    status,
    generalizedTime(new Date(thisUpdate)),
    ...(nextUpdate === null ? [] : [tagged(0, generalizedTime(new Date(nextUpdate)))]),
    ...(extensions.length === 0 ? [] : [tagged(1, seq(...extensions.map(encodeExtension)))]),
  );
}
