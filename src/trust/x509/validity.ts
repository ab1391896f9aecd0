import { encodeHex } from '../../bytes/index.ts';
import type { Certificate } from './certificate.ts';
import { altNamesOf } from './general-name.ts';
import type { TrustPath } from './rules.ts';

/**
 * Why a path is not valid at a time (milliseconds since 1970), naming the certificate and its window; `undefined` when it is.
 * All certificates are asked about the same time, the anchor included; both ends of a window belong to it (RFC 5280 §4.1.2.5).
 */
export function validAt(path: TrustPath, time: number): string | undefined {
  for (const certificate of path.certificates) {
    if (time >= certificate.notBefore && time <= certificate.notAfter) continue;
    const window = `it is valid from ${utc(certificate.notBefore)} to ${utc(certificate.notAfter)}`;
    return `${describeCertificate(certificate)} was not valid at ${utc(time)}: ${window}`;
  }
  return undefined;
}

/** A certificate in the words of a reason: its subject, else its first alternative name, else its serial number. */
export function describeCertificate(certificate: Certificate): string {
  if (certificate.subjectText !== '') return `certificate "${certificate.subjectText}"`;
  const name = certificate.subjectAltNames === undefined ? undefined : altNamesOf(certificate)[0]?.value;
  return name === undefined ? `certificate with the serial number ${encodeHex(certificate.serial)}` : `certificate of ${name}`;
}

function utc(time: number): string {
  return Number.isFinite(time) && Math.abs(time) < 8.64e15 ? new Date(time).toISOString().replace('.000Z', 'Z') : `time ${time}`;
}
