import { parsePem } from '../../codec/pem.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { Certificate } from './certificate.ts';
import { parseCertificate } from './parse.ts';

/**
 * The certificates of a PEM text, in its order, at least one. `max`: how many there may be (`LIMITS.chainCertificates` unless told otherwise).
 * Throws `pem-invalid` (also for a block that is no certificate), `certificate-invalid`, `der-invalid`, `limit`, naming `what`.
 */
export function certificatesFromPem(text: string, what: string, options: { readonly max?: number } = {}): Certificate[] {
  const max = options.max ?? LIMITS.chainCertificates;
  const blocks = parsePem(text, what);
  if (blocks.length > max) throw new AssayError('limit', `${what} holds ${blocks.length} certificates, more than ${max}`);
  return blocks.map(({ label, bytes }) => {
    if (label !== 'CERTIFICATE') throw new AssayError('pem-invalid', `${what} holds a block "${label}", not only certificates`);
    return parseCertificate(bytes);
  });
}
