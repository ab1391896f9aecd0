/** RFC 3161 timestamps, in two steps: what the authority signs, and the answer that its signature makes. */
import type { Bytes } from '../bytes/index.ts';
import { bits, generalizedTime, implicit, int, octets, oid, seq, utf8String } from '../codec/der/encode.ts';
import { type HashName, hash } from '../crypto/index.ts';
import { hashIdentifier } from './algorithm.ts';
import { attributesToSign, encodeAttributes, issuerAndSerial, signedAttributes, signedData, signerInfo } from './signed-data.ts';

/** The content type of a timestamp (RFC 3161 §2.4.2, id-ct-TSTInfo). */
export const TST_INFO = '1.2.840.113549.1.9.16.1.4';

/** A MessageImprint (RFC 3161 §2.4.1) of a digest. */
export function messageImprint(hashName: HashName, digest: Bytes): Buffer {
  return seq(hashIdentifier(hashName), octets(digest));
}

/** What a timestamp says. */
export interface TimestampContent {
  /** Dotted object identifier. */
  readonly policy: string;
  /** MessageImprint, DER: that of the request, as it came. */
  readonly imprint: Bytes;
  /** Big-endian, positive, unique for the authority, at most 20 bytes. */
  readonly serial: Bytes;
  readonly at: Date;
  /** How far the time may be off, in milliseconds. */
  readonly accuracy?: number;
  /** The INTEGER of the request, DER. */
  readonly nonce?: Bytes;
}

/** A TSTInfo in its parts, each encoded whole, in the order in which they stand; absent ones are empty. */
export interface TimestampParts {
  readonly version: Bytes;
  readonly policy: Bytes;
  readonly imprint: Bytes;
  readonly serial: Bytes;
  readonly genTime: Bytes;
  readonly accuracy: Bytes;
  readonly nonce: Bytes;
  readonly extensions: Bytes;
}

const ABSENT = Buffer.alloc(0);

/** The parts of a TSTInfo. */
export function timestampParts({ policy, imprint, serial, at, accuracy, nonce = ABSENT }: TimestampContent): TimestampParts {
  return {
    version: int(1),
    policy: oid(policy),
    imprint,
    serial: int(serial),
    genTime: generalizedTime(at),
    accuracy: accuracy === undefined ? ABSENT : encodeAccuracy(accuracy),
    nonce,
    extensions: ABSENT,
  };
}

/** A TSTInfo from its parts (RFC 3161 §2.4.2). */
export function encodeTstInfo(parts: TimestampParts): Buffer {
  const { version, policy, imprint, serial, genTime, accuracy, nonce, extensions } = parts;
  return seq(version, policy, imprint, serial, genTime, accuracy, nonce, extensions);
}

function encodeAccuracy(milliseconds: number): Buffer {
  const [seconds, rest] = [Math.floor(milliseconds / 1000), milliseconds % 1000];
  return seq(...(seconds === 0 ? [] : [int(seconds)]), ...(rest === 0 ? [] : [implicit(0, int(rest).subarray(2))]));
}

/** Who signs timestamps. */
export interface TimestampSigner {
  /** DER. */
  readonly certificate: Bytes;
  /** What stands in the token: the signer's certificate and those above it, DER; empty where the request wants none. */
  readonly embedded: readonly Bytes[];
  readonly hash: HashName;
  /** AlgorithmIdentifier of the signature; see `signatureIdentifier`. */
  readonly algorithm: Bytes;
}

/** A timestamp before it is signed. */
export interface UnsignedTimestamp {
  /** What the signer's key signs, with the signer's hash function. */
  readonly toSign: Bytes;
  /** The TimeStampToken that a signature makes. */
  readonly token: (signature: Bytes) => Buffer;
}

/** Prepares a timestamp. Throws `der-invalid` for a signer's certificate that cannot be read. */
export function prepareTimestamp(content: TimestampContent, signer: TimestampSigner): UnsignedTimestamp {
  const info = encodeTstInfo(timestampParts(content));
  const digest = hash(signer.hash, info);
  const { certificate } = signer;
  const attributes = encodeAttributes(signedAttributes({ contentType: TST_INFO, digest, certificate, at: content.at }));
  const digestAlgorithm = hashIdentifier(signer.hash);
  const frame = { ...issuerAndSerial(certificate), digestAlgorithm, attributes, signatureAlgorithm: signer.algorithm };
  return {
    toSign: attributesToSign(attributes),
    token: (signature) =>
      signedData({
        contentType: TST_INFO,
        content: info,
        digestAlgorithm,
        certificates: signer.embedded,
        signers: [signerInfo({ ...frame, signature })],
      }),
  };
}

/** A TimeStampResp that grants a token (RFC 3161 §2.4.2). */
export function timestampResponse(token: Bytes): Buffer {
  return seq(seq(int(0)), token);
}

/** The bits of PKIFailureInfo that a timestamp authority gives (RFC 3161 §2.4.2). */
const FAILURES = {
  badAlg: 0,
  badRequest: 2,
  badDataFormat: 5,
  timeNotAvailable: 14,
  unacceptedPolicy: 15,
  unacceptedExtension: 16,
  systemFailure: 25,
} as const;

/** Why a timestamp is refused. */
export type TimestampFailure = keyof typeof FAILURES;

/** A TimeStampResp that refuses, with a text for people. */
export function timestampRefusal(failure: TimestampFailure, text: string): Buffer {
  const bit = FAILURES[failure];
  const info = Buffer.alloc((bit >> 3) + 1);
  info[bit >> 3] = 0x80 >> (bit & 7);
  return seq(seq(int(2), seq(utf8String(text)), bits(info, 7 - (bit & 7))));
}
