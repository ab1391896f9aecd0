import { inflateRawSync, inflateSync } from 'node:zlib';
import { type Bytes, encodeHex } from '../../bytes/index.ts';
import { AssayError, messageOf } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { openPgpError, PACKET, type Packet, readPackets } from './packet.ts';
import { type OpenPgpSignature, readSignature, SIGNATURE } from './signature.ts';

/** A signed message (RFC 9580 §10.3): the literal data, and the one signature over it. */
export interface OpenPgpMessage {
  readonly payload: Bytes;
  readonly signature: OpenPgpSignature;
}

/**
 * Decodes a signed message with exactly one signature over binary data: one-pass signature, literal data, signature; or the old style,
 * signature before data; either one perhaps compressed. Nothing may come before or after. Throws `openpgp-invalid`, `unsupported`, `limit`.
 */
export function readSignedMessage(bytes: Bytes): OpenPgpMessage {
  const packets = uncompressed(readPackets(bytes, WHAT));
  const [first, second, third, ...more] = packets;
  if (first?.tag === PACKET.signature && second?.tag === PACKET.literal && third === undefined)
    return message(second, readSignature(first.body));
  if (first?.tag !== PACKET.onePass || second?.tag !== PACKET.literal || third?.tag !== PACKET.signature || more.length > 0)
    throw openPgpError(`${WHAT} is not one signature over literal data`);
  const signature = readSignature(third.body);
  checkOnePass(first.body, signature, third.body[3]);
  return message(second, signature);
}

const WHAT = 'the OpenPGP message';

function message(literal: Packet, signature: OpenPgpSignature): OpenPgpMessage {
  if (signature.kind !== SIGNATURE.binary) throw openPgpError(`${WHAT} has a signature of kind ${signature.kind}, not over binary data`);
  // Format, name with its length before it, four bytes of time (RFC 9580 §5.9).
  const start = 6 + (literal.body[1] ?? 0);
  if (literal.body.length < start) throw openPgpError(`${WHAT} has literal data that ends too early`);
  return { payload: literal.body.subarray(start), signature };
}

// What announces a signature has to agree with it (RFC 9580 §5.4), and announce no other.
function checkOnePass(body: Bytes, signature: OpenPgpSignature, hash: number | undefined): void {
  const agrees =
    body.length === 13 &&
    body[0] === 3 &&
    body[1] === signature.kind &&
    body[2] === hash &&
    body[3] === signature.algorithm &&
    body[12] === 1 &&
    (signature.issuerKeyId === undefined || encodeHex(body.subarray(4, 12)).toUpperCase() === signature.issuerKeyId);
  if (!agrees) throw openPgpError(`${WHAT} announces another signature than it has`);
}

function uncompressed(packets: readonly Packet[]): readonly Packet[] {
  const [first] = packets;
  if (packets.length !== 1 || first?.tag !== PACKET.compressed) return packets;
  const inner = readPackets(inflate(first.body), WHAT);
  if (inner.some((p) => p.tag === PACKET.compressed)) throw openPgpError(`${WHAT} is compressed twice`);
  return inner;
}

function inflate(body: Bytes): Bytes {
  const [algorithm] = body;
  const data = body.subarray(1);
  if (algorithm === 0) return data;
  if (algorithm !== 1 && algorithm !== 2)
    throw new AssayError('unsupported', `${WHAT} is compressed by algorithm ${algorithm} (ZIP and ZLIB are supported)`);
  try {
    const options = { maxOutputLength: LIMITS.openPgpMessageBytes, info: true };
    // The types do not know what `info` gives.
    const { buffer, engine } = (algorithm === 1 ? inflateRawSync(data, options) : inflateSync(data, options)) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    if (engine.bytesWritten !== data.length) throw openPgpError(`${WHAT} has bytes after the compressed data`);
    return buffer;
  } catch (cause) {
    if (cause instanceof AssayError) throw cause;
    if ((cause as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE')
      throw new AssayError('limit', `${WHAT} has more than ${LIMITS.openPgpMessageBytes} bytes`, { cause });
    throw new AssayError('openpgp-invalid', `${WHAT} is not compressed as it says: ${messageOf(cause)}`, { cause });
  }
}
