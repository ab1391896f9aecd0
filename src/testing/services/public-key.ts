import { createHash, type KeyObject } from 'node:crypto';
import { pem } from '../../codec/der/encode.ts';
import { children, encodingOf, expectTag, readBitString, readDer, TAG } from '../../codec/der/index.ts';
import { parsePem } from '../../codec/pem.ts';
import { hash, importPublicKey, type PublicKey, publicKeyFromPem, verifyEd25519ph, verifySignature } from '../../crypto/index.ts';
import { parseCertificate, publicKeyOf } from '../../trust/x509/index.ts';
import type { KeyKind, SigningKey } from '../authority/index.ts';

/** The key of a certificate or public key in PEM; throws when it is none that is accepted. */
export function verifierFromPem(text: string): { readonly key: PublicKey; readonly certificate: Buffer | undefined } {
  const [block] = parsePem(text, 'verifier');
  if (block?.label !== 'CERTIFICATE') return { key: publicKeyFromPem(text), certificate: undefined };
  return { key: publicKeyOf(parseCertificate(block.bytes)), certificate: Buffer.from(block.bytes) };
}

/** Whether a signature over bytes is the key's, in any of its schemes, the prehashed form of Ed25519 included. */
export async function signedBy(key: PublicKey, data: Buffer, signature: Buffer): Promise<boolean> {
  return verifySignature(key, data, signature) || (key.type === 'ed25519' && (await verifyEd25519ph(key, hash('sha512', data), signature)));
}

/** The public key of a certificate signing request (RFC 2986), PEM, whose signature is checked; throws with the reason. */
export async function keyOfRequest(text: string): Promise<PublicKey> {
  const [block] = parsePem(text, 'certificate signing request');
  if (block?.label !== 'CERTIFICATE REQUEST') throw new Error('no certificate signing request');
  const [info, , signature] = children(expectTag(readDer(block.bytes), TAG.sequence, 'request'));
  const [, , spki] = children(expectTag(info, TAG.sequence, 'request info'));
  const key = importPublicKey(encodingOf(expectTag(spki, TAG.sequence, 'public key')));
  const signed = Buffer.from(encodingOf(expectTag(info, TAG.sequence, 'request info')));
  if (!(await signedBy(key, signed, Buffer.from(readBitString(signature, 'signature')))))
    throw new Error('request is not signed by its key');
  return key;
}

/** A public key in the form that certificates are issued for; its holder keeps the private key, which stands nowhere here. */
export function asSigningKey(key: PublicKey): SigningKey {
  const spki = Buffer.from(key.spki);
  const nobody: KeyObject = key.handle;
  return {
    kind: kindOf(key),
    privateKey: nobody,
    publicKey: key.handle,
    spki,
    spkiPem: pem('PUBLIC KEY', spki),
    id: createHash('sha256').update(spki).digest(),
  };
}

function kindOf({ type, curve }: PublicKey): KeyKind {
  if (type === 'ed25519') return 'ed25519';
  if (type === 'rsa') return 'rsa2048';
  return ({ 'P-256': 'p256', 'P-384': 'p384', 'P-521': 'p521' } as const)[curve ?? 'P-256'];
}
