import { type Bytes, concat } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';

/** Numbers of the packets that signatures and keyrings are made of (RFC 9580 §5). */
export const PACKET = {
  signature: 2,
  onePass: 4,
  secretKey: 5,
  publicKey: 6,
  secretSubkey: 7,
  compressed: 8,
  literal: 11,
  trust: 12,
  userId: 13,
  publicSubkey: 14,
  userAttribute: 17,
} as const;

/** A packet: its number, and its body without header and partial lengths. */
export interface Packet {
  readonly tag: number;
  readonly body: Bytes;
}

/** A place in bytes from which is read; every read is within them. */
export interface Cursor {
  readonly bytes: Bytes;
  at: number;
}

/** Takes a number of bytes. Throws `openpgp-invalid` when there are fewer. */
export function take(cursor: Cursor, length: number, what: string): Bytes {
  if (cursor.at + length > cursor.bytes.length) throw openPgpError(`${what} ends too early`);
  const part = cursor.bytes.subarray(cursor.at, cursor.at + length);
  cursor.at += length;
  return part;
}

/** Takes a big-endian number of one to four bytes. Throws `openpgp-invalid`. */
export function takeNumber(cursor: Cursor, length: 1 | 2 | 4, what: string): number {
  return Buffer.from(take(cursor, length, what)).readUIntBE(0, length);
}

/** All packets of a binary text (RFC 9580 §4.2), old and new headers. Throws `openpgp-invalid`, and `limit` for more than `LIMITS.openPgpPackets`. */
export function readPackets(bytes: Bytes, what: string): readonly Packet[] {
  const packets: Packet[] = [];
  const cursor: Cursor = { bytes, at: 0 };
  while (cursor.at < bytes.length) {
    if (packets.length === LIMITS.openPgpPackets) throw new AssayError('limit', `${what} has more than ${LIMITS.openPgpPackets} packets`);
    packets.push(readPacket(cursor, what));
  }
  return packets;
}

function readPacket(cursor: Cursor, what: string): Packet {
  const head = takeNumber(cursor, 1, what);
  if ((head & 0x80) === 0) throw openPgpError(`${what} is no OpenPGP data`);
  const tag = (head & 0x40) !== 0 ? head & 0x3f : (head >> 2) & 0x0f;
  if (tag === 0) throw openPgpError(`${what} has a packet of the reserved kind 0`);
  return { tag, body: (head & 0x40) !== 0 ? newBody(cursor, tag, what) : oldBody(cursor, tag, head & 3, what) };
}

function oldBody(cursor: Cursor, tag: number, kind: number, what: string): Bytes {
  if (kind === 3) {
    needStreamed(tag, what);
    return take(cursor, cursor.bytes.length - cursor.at, what);
  }
  return take(cursor, takeNumber(cursor, ([1, 2, 4] as const)[kind] ?? 4, what), what);
}

function newBody(cursor: Cursor, tag: number, what: string): Bytes {
  const parts: Bytes[] = [];
  for (;;) {
    const first = takeNumber(cursor, 1, what);
    const partial = first >= 224 && first < 255;
    if (partial) needStreamed(tag, what);
    parts.push(take(cursor, partial ? 2 ** (first & 0x1f) : wholeLength(cursor, first, what), what));
    if (!partial) return parts.length === 1 ? (parts[0] as Bytes) : concat(...parts);
  }
}

function wholeLength(cursor: Cursor, first: number, what: string): number {
  if (first < 192) return first;
  return first < 224 ? ((first - 192) << 8) + takeNumber(cursor, 1, what) + 192 : takeNumber(cursor, 4, what);
}

// "Partial Body Lengths MUST NOT be used for any other packet types" (RFC 9580 §4.2.1.4); indeterminate ones neither (§4.2.2).
function needStreamed(tag: number, what: string): void {
  if (tag !== PACKET.compressed && tag !== PACKET.literal) throw openPgpError(`${what} has a packet ${tag} without a definite length`);
}

/** An error about OpenPGP data. */
export function openPgpError(why: string): AssayError {
  return new AssayError('openpgp-invalid', why);
}
