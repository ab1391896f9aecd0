import { createHash } from 'node:crypto';
import { type Bytes, concat, encodeHex } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import { der } from '../der/index.ts';
import { takeMpi } from './mpi.ts';
import { type Cursor, openPgpError, take, takeNumber } from './packet.ts';

/** A version 4 public key or subkey packet (RFC 9580 §5.5.2.2). */
export interface OpenPgpPublicKey {
  /** Upper-case hexadecimal. It finds a key in a keyring that is trusted as a whole; nothing rests on SHA-1. */
  readonly fingerprint: string;
  readonly keyId: string;
  /** Seconds since 1970. */
  readonly created: number;
  /** DER SubjectPublicKeyInfo; `undefined` for algorithms that are not accepted. */
  readonly spki: Bytes | undefined;
  /** As signatures hash it: `0x99`, length, body. */
  readonly hashed: Bytes;
}

/** Decodes a public key packet of version 4. Throws `openpgp-invalid`, for other versions `unsupported`. */
export function readPublicKey(body: Bytes): OpenPgpPublicKey {
  const cursor: Cursor = { bytes: body, at: 0 };
  const version = takeNumber(cursor, 1, WHAT);
  if (version !== 4) throw new AssayError('unsupported', `${WHAT} of version ${version} (version 4 is supported)`);
  const created = takeNumber(cursor, 4, WHAT);
  const spki = material(cursor, takeNumber(cursor, 1, WHAT));
  if (spki !== undefined && cursor.at !== body.length) throw openPgpError(`${WHAT} has more than its numbers`);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(body.length);
  const hashed = concat(Buffer.of(0x99), length, body);
  const fingerprint = createHash('sha1').update(hashed).digest('hex').toUpperCase();
  return { fingerprint, keyId: fingerprint.slice(-16), created, spki, hashed };
}

const WHAT = 'an OpenPGP key';

/** AlgorithmIdentifiers: rsaEncryption with NULL (RFC 3279 §2.3.1), Ed25519 (RFC 8410 §3). */
const RSA = Buffer.from('300d06092a864886f70d0101010500', 'hex');
const ED25519 = Buffer.from('300506032b6570', 'hex');
const EC_PUBLIC_KEY = Buffer.from('06072a8648ce3d0201', 'hex');
/** Object identifiers of curves (RFC 9580 §9.2), as the packet has them. */
const CURVES = new Set(['2a8648ce3d030107', '2b81040022', '2b81040023']);
const ED25519_LEGACY = '2b06010401da470f01';

function material(cursor: Cursor, algorithm: number): Bytes | undefined {
  switch (algorithm) {
    case 1:
    case 3: {
      const numbers = [takeMpi(cursor, WHAT), takeMpi(cursor, WHAT)];
      return info(RSA, der(0x30, ...numbers.map((n) => der(0x02, (n[0] ?? 0x80) >= 0x80 ? concat(Buffer.of(0), n) : n))));
    }
    case 19: {
      const oid = take(cursor, takeNumber(cursor, 1, WHAT), WHAT);
      const point = takeMpi(cursor, WHAT);
      return CURVES.has(encodeHex(oid)) ? info(der(0x30, EC_PUBLIC_KEY, der(0x06, oid)), point) : undefined;
    }
    case 22: {
      const oid = take(cursor, takeNumber(cursor, 1, WHAT), WHAT);
      const point = takeMpi(cursor, WHAT);
      if (encodeHex(oid) !== ED25519_LEGACY) return undefined;
      if (point.length !== 33 || point[0] !== 0x40) throw openPgpError(`${WHAT} has an Ed25519 point of another form`);
      return info(ED25519, point.subarray(1));
    }
    case 27:
      return info(ED25519, take(cursor, 32, WHAT));
    default:
      return undefined;
  }
}

function info(algorithm: Bytes, bits: Bytes): Bytes {
  return der(0x30, algorithm, der(0x03, Buffer.of(0), bits));
}
