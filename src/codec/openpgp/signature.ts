import { type Bytes, encodeHex } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { takeMpi } from './mpi.ts';
import { type Cursor, openPgpError, take, takeNumber } from './packet.ts';

/** Kinds of signatures (RFC 9580 §5.2.1). */
export const SIGNATURE = {
  binary: 0x00,
  firstCertification: 0x10,
  lastCertification: 0x13,
  subkeyBinding: 0x18,
  primaryBinding: 0x19,
  directKey: 0x1f,
  keyRevocation: 0x20,
  subkeyRevocation: 0x28,
  certificationRevocation: 0x30,
} as const;

/** A version 4 signature packet (RFC 9580 §5.2.3), decoded. Nothing of it is verified. */
export interface OpenPgpSignature {
  readonly kind: number;
  /** Public-key algorithm, by number (§9.1). */
  readonly algorithm: number;
  /** `undefined` for every hash function that is not accepted, SHA-1 among them (§9.5). */
  readonly hash: 'sha256' | 'sha384' | 'sha512' | undefined;
  /** From the version to the end of the hashed subpackets: what is hashed after the content, before the trailer. */
  readonly hashed: Bytes;
  readonly prefix: Bytes;
  /** The numbers of the signature: one for RSA, two for ECDSA and EdDSA; of Ed25519 the 64 bytes as one. */
  readonly numbers: readonly Bytes[];
  /** Seconds since 1970; signed. */
  readonly created: number;
  /** Seconds after `created`; signed. */
  readonly expiresAfter: number | undefined;
  /** Seconds after the key's creation; signed. */
  readonly keyExpiresAfter: number | undefined;
  /** Signed. `undefined` when the signature has none. */
  readonly keyFlags: number | undefined;
  /** Fingerprint in upper-case hexadecimal, or key id: whoever the signature says made it. A hint. */
  readonly issuerFingerprint: string | undefined;
  readonly issuerKeyId: string | undefined;
  /** Whether a signed subpacket names a designated revoker (§5.2.3.23). */
  readonly namesRevoker: boolean;
  /** A critical subpacket that is not understood: the signature does not count (§5.2.3.7). */
  readonly unknownCritical: number | undefined;
  /** Embedded signatures (§5.2.3.34). */
  readonly embedded: readonly OpenPgpSignature[];
}

const HASHES: ReadonlyMap<number, 'sha256' | 'sha384' | 'sha512'> = new Map([
  [8, 'sha256'],
  [9, 'sha384'],
  [10, 'sha512'],
]);

/** Subpackets (§5.2.3.7) whose meaning is read, or that restrict nothing that is asked here. */
const KNOWN = new Set([2, 3, 4, 5, 7, 9, 11, 12, 16, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 32, 33, 34, 39]);

/** Decodes a signature packet of version 4. Throws `openpgp-invalid`, for other versions `unsupported`, and `limit`. */
export function readSignature(body: Bytes, nested = false): OpenPgpSignature {
  const cursor: Cursor = { bytes: body, at: 0 };
  const version = takeNumber(cursor, 1, WHAT);
  if (version !== 4) throw new AssayError('unsupported', `an OpenPGP signature of version ${version} (version 4 is supported)`);
  const kind = takeNumber(cursor, 1, WHAT);
  const algorithm = takeNumber(cursor, 1, WHAT);
  const hash = HASHES.get(takeNumber(cursor, 1, WHAT));
  const signed = subpackets(take(cursor, takeNumber(cursor, 2, WHAT), WHAT));
  const hashed = body.subarray(0, cursor.at);
  const unsigned = subpackets(take(cursor, takeNumber(cursor, 2, WHAT), WHAT));
  const prefix = take(cursor, 2, WHAT);
  const numbers = signatureNumbers(cursor, algorithm);
  if (cursor.at !== body.length) throw openPgpError(`${WHAT} has more than its numbers`);
  const all = [...signed, ...unsigned];
  const fingerprint = last(all, 33);
  const created = seconds(signed, 2);
  if (created === undefined) throw openPgpError(`${WHAT} does not say when it was made`);
  return {
    kind,
    algorithm,
    hash,
    hashed,
    prefix,
    numbers,
    created,
    expiresAfter: seconds(signed, 3) || undefined,
    keyExpiresAfter: seconds(signed, 9) || undefined,
    keyFlags: last(signed, 27)?.[0] ?? (last(signed, 27) === undefined ? undefined : 0),
    issuerFingerprint: fingerprint?.[0] === 4 && fingerprint.length === 21 ? encodeHex(fingerprint.subarray(1)).toUpperCase() : undefined,
    issuerKeyId: keyIdIn(last(all, 16)),
    namesRevoker: last(signed, 12) !== undefined,
    unknownCritical: signed.find((s) => s.critical && !KNOWN.has(s.type))?.type,
    embedded: nested ? [] : all.filter((s) => s.type === 32).map((s) => readSignature(s.data, true)),
  };
}

const WHAT = 'an OpenPGP signature';

interface Subpacket {
  readonly type: number;
  readonly critical: boolean;
  readonly data: Bytes;
}

function subpackets(area: Bytes): readonly Subpacket[] {
  const found: Subpacket[] = [];
  const cursor: Cursor = { bytes: area, at: 0 };
  while (cursor.at < area.length) {
    if (found.length === LIMITS.openPgpSubpackets) throw new AssayError('limit', `${WHAT} has more than ${LIMITS.openPgpSubpackets} parts`);
    const first = takeNumber(cursor, 1, WHAT);
    const length =
      first < 192 ? first : first < 255 ? ((first - 192) << 8) + takeNumber(cursor, 1, WHAT) + 192 : takeNumber(cursor, 4, WHAT);
    if (length === 0) throw openPgpError(`${WHAT} has an empty part`);
    const type = takeNumber(cursor, 1, WHAT);
    found.push({ type: type & 0x7f, critical: (type & 0x80) !== 0, data: take(cursor, length - 1, WHAT) });
  }
  return found;
}

// "If a subpacket occurs more than once, an implementation should favor the last" (§5.2.3.9).
function last(list: readonly Subpacket[], type: number): Bytes | undefined {
  return list.findLast((s) => s.type === type)?.data;
}

function seconds(list: readonly Subpacket[], type: number): number | undefined {
  const data = last(list, type);
  if (data === undefined) return undefined;
  if (data.length !== 4) throw openPgpError(`${WHAT} has a time that is not four bytes long`);
  return Buffer.from(data).readUInt32BE();
}

function keyIdIn(data: Bytes | undefined): string | undefined {
  return data?.length === 8 ? encodeHex(data).toUpperCase() : undefined;
}

function signatureNumbers(cursor: Cursor, algorithm: number): readonly Bytes[] {
  if (algorithm === 1 || algorithm === 3) return [takeMpi(cursor, WHAT)];
  if (algorithm === 17 || algorithm === 19 || algorithm === 22) return [takeMpi(cursor, WHAT), takeMpi(cursor, WHAT)];
  if (algorithm === 27) return [take(cursor, 64, WHAT)];
  throw new AssayError('algorithm-unsupported', `${WHAT} by algorithm ${algorithm}`);
}
