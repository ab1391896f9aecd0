import { pem } from '../codec/der/encode.ts';
import type { PublicKey } from './public-key.ts';

/** A public key in PEM: its SubjectPublicKeyInfo, as `cosign.pub` has it. */
export function publicKeyPem({ spki }: PublicKey): string {
  return pem('PUBLIC KEY', spki);
}
