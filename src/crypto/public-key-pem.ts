import { parsePem } from '../codec/pem.ts';
import { AssayError } from '../errors.ts';
import { importPublicKey, importRsaPublicKey, type PublicKey } from './public-key.ts';

/** The one public key of a PEM text: SubjectPublicKeyInfo or PKCS#1. Throws `pem-invalid`, `der-invalid`, `key-invalid`, `algorithm-unsupported`. */
export function publicKeyFromPem(text: string): PublicKey {
  const blocks = parsePem(text, 'key');
  const [block] = blocks;
  if (block === undefined || blocks.length !== 1) throw new AssayError('key-invalid', `${blocks.length} PEM blocks where one is expected`);
  if (block.label === 'PUBLIC KEY') return importPublicKey(block.bytes);
  if (block.label === 'RSA PUBLIC KEY') return importRsaPublicKey(block.bytes);
  throw new AssayError('key-invalid', `a "${block.label}" is not a public key`);
}
