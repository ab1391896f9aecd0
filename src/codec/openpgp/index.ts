/**
 * OpenPGP (RFC 9580): the little of it that signed messages and the keys that verify them need. Nothing here verifies.
 * `message.ts` is not behind this door: with it comes zlib, which a start does not wait for.
 */
export { dearmored } from './armor.ts';
export type { OpenPgpMessage } from './message.ts';
export { padded } from './mpi.ts';
export { openPgpError, PACKET, type Packet, readPackets } from './packet.ts';
export { type OpenPgpPublicKey, readPublicKey } from './public-key.ts';
export { type OpenPgpSignature, readSignature, SIGNATURE } from './signature.ts';
