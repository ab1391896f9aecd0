import { importPublicKey, type PublicKey } from '../../crypto/index.ts';
import type { Certificate } from './certificate.ts';

const imported = new WeakMap<Certificate, PublicKey>();

/** The certificate's key, imported once per certificate object. Throws `key-invalid` | `algorithm-unsupported` | `der-invalid`. */
export function publicKeyOf(certificate: Certificate): PublicKey {
  let key = imported.get(certificate);
  if (key === undefined) {
    key = importPublicKey(certificate.spki);
    imported.set(certificate, key);
  }
  return key;
}
