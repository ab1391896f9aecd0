/** OpenPGP keyrings with one key, in every state that a key can be in. */
import type { Bytes } from '../../bytes/index.ts';
import { type PgpKey, type PgpSigning, pgpHashedKey, pgpKeyBody, pgpPacket, pgpSignature } from './openpgp.ts';

/** A subkey, and who says what about it. */
export interface KeyringSubkey {
  readonly key: PgpKey;
  /** Who binds it; `null` for nobody. Default: the primary key. */
  readonly boundBy?: PgpKey | null;
  /** Who vouches back; `null` for nobody. Default: the subkey. */
  readonly backBy?: PgpKey | null;
  readonly says?: Partial<PgpSigning>;
  readonly revokedBy?: PgpKey;
}

/** A key, and what is said about it. */
export interface KeyringMaking {
  readonly key: PgpKey;
  /** Who certifies the user id; `null` for nobody. Default: the key. */
  readonly certifiedBy?: PgpKey | null;
  readonly says?: Partial<PgpSigning>;
  readonly revokedBy?: PgpKey;
  /** Hash of the revocation. */
  readonly revocationHash?: 'sha1' | 'sha256';
  readonly subkeys?: readonly KeyringSubkey[];
}

const USER = Buffer.from('Release <release@example.com>');

/** A binary keyring. */
export function keyring({ key, certifiedBy = key, says = {}, revokedBy, revocationHash = 'sha256', subkeys = [] }: KeyringMaking): Buffer {
  const content = [pgpHashedKey(key), Buffer.of(0xb4, 0, 0, 0, USER.length), USER];
  const about = { created: key.created, keyFlags: 0x03, ...says };
  return Buffer.concat([
    pgpPacket(6, pgpKeyBody(key)),
    ...(revokedBy === undefined
      ? []
      : [pgpPacket(2, pgpSignature(revokedBy, 0x20, [pgpHashedKey(key)], { created: key.created, hash: revocationHash, issuer: key }))]),
    pgpPacket(13, USER),
    ...(certifiedBy === null ? [] : [pgpPacket(2, pgpSignature(certifiedBy, 0x13, content, { ...about, issuer: key }))]),
    ...subkeys.flatMap((s) => subkeyPackets(key, s)),
  ]);
}

function subkeyPackets(primary: PgpKey, { key, boundBy = primary, backBy = key, says = {}, revokedBy }: KeyringSubkey): Bytes[] {
  const content = [pgpHashedKey(primary), pgpHashedKey(key)];
  const embedded = backBy === null ? [] : [pgpSignature(backBy, 0x19, content, { created: key.created, issuer: key })];
  const about = { created: key.created, keyFlags: 0x02, embedded, issuer: primary, ...says };
  return [
    pgpPacket(14, pgpKeyBody(key)),
    ...(boundBy === null ? [] : [pgpPacket(2, pgpSignature(boundBy, 0x18, content, about))]),
    ...(revokedBy === undefined ? [] : [pgpPacket(2, pgpSignature(revokedBy, 0x28, content, { created: key.created, issuer: primary }))]),
  ];
}

/** ASCII armor of a public key block (RFC 9580 §6.2), with the checksum that old readers want. */
export function armored(bytes: Bytes): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc24(bytes));
  const end = ['', '-----END PGP PUBLIC KEY BLOCK-----', ''];
  return ['-----BEGIN PGP PUBLIC KEY BLOCK-----', '', ...lines, `=${sum.subarray(1).toString('base64')}${end.join('\n')}`].join('\n');
}

function crc24(bytes: Bytes): number {
  let crc = 0xb704ce;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let i = 0; i < 8; i++) crc = (crc << 1) ^ ((crc & 0x800000) !== 0 ? 0x1864cfb : 0);
  }
  return crc & 0xffffff;
}
