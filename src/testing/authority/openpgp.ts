/** OpenPGP packets (RFC 9580, version 4) as GnuPG writes them, and as it never would. */
import { createHash, sign as platformSign } from 'node:crypto';
import type { Bytes } from '../../bytes/index.ts';
import type { SigningKey } from './keys.ts';

/** A key with the time that is part of its identity. */
export interface PgpKey {
  readonly key: SigningKey;
  readonly created: Date;
  /** Ed25519 as RFC 9580 has it (algorithm 27), not as GnuPG 2.2 does (22). */
  readonly modern?: boolean;
}

/** What a signature says of itself. Times in seconds. */
export interface PgpSigning {
  readonly created: Date;
  /** Default SHA-256. */
  readonly hash?: 'sha1' | 'sha256' | 'sha384' | 'sha512';
  readonly expiresAfter?: number;
  readonly keyExpiresAfter?: number;
  readonly keyFlags?: number;
  /** Further signed subpackets: type (with the critical bit), and content. */
  readonly more?: readonly (readonly [type: number, content: Bytes])[];
  /** Signatures that it embeds. */
  readonly embedded?: readonly Bytes[];
  /** Names another key, or none (`null`), as its issuer. */
  readonly issuer?: PgpKey | null;
}

const HASHES = { sha1: 2, sha256: 8, sha384: 9, sha512: 10 } as const;
const P256 = Buffer.from('2a8648ce3d030107', 'hex');
const ED25519 = Buffer.from('2b06010401da470f01', 'hex');

/** A packet with a new header. */
export function pgpPacket(tag: number, ...parts: readonly Bytes[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(0xc0 | tag, 0xff), uint(body.length, 4), body]);
}

/** The body of a public key packet. */
export function pgpKeyBody(whole: PgpKey): Buffer {
  const { key, created, modern } = whole;
  const head = Buffer.concat([Buffer.of(4), uint(seconds(created), 4), Buffer.of(algorithmOf(whole))]);
  if (modern) return Buffer.concat([head, key.spki.subarray(-32)]);
  if (key.kind === 'ed25519') {
    const point = Buffer.concat([Buffer.of(0x40), key.spki.subarray(-32)]);
    return Buffer.concat([head, Buffer.of(ED25519.length), ED25519, mpi(point)]);
  }
  if (key.kind === 'p256') return Buffer.concat([head, Buffer.of(P256.length), P256, mpi(key.spki.subarray(-65))]);
  const { n = '', e = '' } = key.publicKey.export({ format: 'jwk' });
  return Buffer.concat([head, ...[n, e].map((b) => mpi(Buffer.from(b, 'base64url')))]);
}

/** What signatures hash of a key: `0x99`, length, body. */
export function pgpHashedKey(key: PgpKey): Buffer {
  const body = pgpKeyBody(key);
  return Buffer.concat([Buffer.of(0x99), uint(body.length, 2), body]);
}

/** The fingerprint, 20 bytes. */
export function pgpFingerprint(key: PgpKey): Buffer {
  return createHash('sha1').update(pgpHashedKey(key)).digest();
}

/** The body of a signature packet by a key, over content. */
export function pgpSignature(by: PgpKey, kind: number, content: readonly Bytes[], says: PgpSigning): Buffer {
  const { hash = 'sha256', issuer = by } = says;
  const hashed = subpackets([
    [2, uint(seconds(says.created), 4)],
    ...(issuer === null ? [] : [[33, Buffer.concat([Buffer.of(4), pgpFingerprint(issuer)])] as const]),
    ...(says.expiresAfter === undefined ? [] : [[3, uint(says.expiresAfter, 4)] as const]),
    ...(says.keyExpiresAfter === undefined ? [] : [[9, uint(says.keyExpiresAfter, 4)] as const]),
    ...(says.keyFlags === undefined ? [] : [[27, Buffer.of(says.keyFlags)] as const]),
    ...(says.embedded ?? []).map((e) => [32, e] as const),
    ...(says.more ?? []),
  ]);
  const head = Buffer.concat([Buffer.of(4, kind, algorithmOf(by), HASHES[hash]), uint(hashed.length, 2), hashed]);
  const data = Buffer.concat([...content, head, Buffer.of(4, 0xff), uint(head.length, 4)]);
  const digest = createHash(hash).update(data).digest();
  const unhashed = subpackets(issuer === null ? [] : [[16, pgpFingerprint(issuer).subarray(-8)]]);
  return Buffer.concat([head, uint(unhashed.length, 2), unhashed, digest.subarray(0, 2), ...numbers(by, hash, data, digest)]);
}

/** A signed message: one-pass signature, literal data, signature. */
export function pgpMessage(by: PgpKey, payload: Bytes, says: PgpSigning): Buffer {
  const signature = pgpSignature(by, 0x00, [payload], says);
  const issuer = says.issuer === null ? Buffer.alloc(8) : pgpFingerprint(says.issuer ?? by).subarray(-8);
  const announced = Buffer.concat([Buffer.of(3, 0x00, HASHES[says.hash ?? 'sha256'], algorithmOf(by)), issuer, Buffer.of(1)]);
  return Buffer.concat([pgpPacket(4, announced), pgpLiteral(payload), pgpPacket(2, signature)]);
}

/** Literal data without a name. */
export function pgpLiteral(payload: Bytes): Buffer {
  return pgpPacket(11, Buffer.from('b\0\0\0\0\0', 'latin1'), payload);
}

function numbers({ key, modern }: PgpKey, hash: string, data: Bytes, digest: Bytes): Buffer[] {
  if (key.kind.startsWith('rsa')) return [mpi(platformSign(hash, data, key.privateKey))];
  const raw =
    key.kind === 'ed25519'
      ? platformSign(null, digest, key.privateKey)
      : platformSign(hash, data, { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
  return modern ? [raw] : [mpi(raw.subarray(0, 32)), mpi(raw.subarray(32))];
}

function algorithmOf({ key: { kind }, modern }: PgpKey): number {
  if (kind.startsWith('rsa')) return 1;
  if (modern) return 27;
  return kind === 'ed25519' ? 22 : 19;
}

function subpackets(list: readonly (readonly [number, Bytes])[]): Buffer {
  return Buffer.concat(list.flatMap(([type, content]) => [Buffer.of(0xff), uint(content.length + 1, 4), Buffer.of(type), content]));
}

function mpi(bytes: Bytes): Buffer {
  const start = bytes.findIndex((b) => b !== 0);
  const short = start < 0 ? Buffer.alloc(0) : Buffer.from(bytes.subarray(start));
  const bits = short.length === 0 ? 0 : (short.length - 1) * 8 + (32 - Math.clz32(short[0] ?? 0));
  return Buffer.concat([uint(bits, 2), short]);
}

function uint(value: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  bytes.writeUIntBE(value, 0, length);
  return bytes;
}

function seconds(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}
