import { type Bytes, equal, utf8Decode } from '../../bytes/index.ts';
import { AssayError, messageOf } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import {
  type Certificate,
  certificatesFromPem,
  describeCertificate,
  KEY_USAGE,
  parseCertificate,
  signatureProblem,
} from '../x509/index.ts';

/** The kinds of named stores (trust-store-trust-policy.md, "Trust Store"). */
export type StoreKind = 'ca' | 'signingAuthority' | 'tsa';

const DER_SEQUENCE = 0x30;

/**
 * The certificates of a file of a trust store, PEM or DER, each of them one that may stand there: an authority or a self-signed certificate, and in a
 * `tsa` store only a root (trust-store-trust-policy.md, "Trust Store"). Throws `trust-invalid`, naming `what`.
 */
export function storeCertificates(bytes: Bytes, kind: StoreKind, what: string): readonly Certificate[] {
  const certificates = read(bytes, what);
  for (const certificate of certificates) {
    const problem = kind === 'tsa' ? rootProblem(certificate) : anchorProblem(certificate);
    if (problem === undefined) continue;
    throw new AssayError('trust-invalid', `${what}: the ${describeCertificate(certificate)} ${problem}`, {
      hint: `put the root certificate there that issued it ("${certificate.issuerText}")`,
    });
  }
  return certificates;
}

function read(bytes: Bytes, what: string): readonly Certificate[] {
  try {
    if (bytes[0] === DER_SEQUENCE) return [parseCertificate(bytes)];
    return certificatesFromPem(utf8Decode(bytes), what, { max: LIMITS.trustStoreCertificates });
  } catch (cause) {
    if (cause instanceof AssayError && cause.code === 'limit') throw cause;
    const reason = messageOf(cause);
    throw new AssayError('trust-invalid', `${reason.startsWith(what) ? '' : `${what} holds no certificate that can be read: `}${reason}`, {
      cause,
    });
  }
}

// A leaf that is pinned by itself is its own root.
function anchorProblem(certificate: Certificate): string | undefined {
  if (certificate.basicConstraints?.ca === true) return undefined;
  return isSelfSigned(certificate) ? undefined : 'is neither an authority nor self-signed: a leaf is no root';
}

function rootProblem(certificate: Certificate): string | undefined {
  if (!equal(certificate.issuer, certificate.subject)) return 'is no root: another authority issued it';
  if (certificate.basicConstraints?.ca !== true) return 'is no root: it is not an authority';
  if (certificate.keyUsage !== undefined && (certificate.keyUsage & KEY_USAGE.keyCertSign) === 0)
    return 'is no root: its key is not for signing certificates';
  const problem = signatureProblem(certificate, certificate);
  return problem === undefined ? undefined : `is no root: it is not signed by itself (${problem})`;
}

function isSelfSigned(certificate: Certificate): boolean {
  return equal(certificate.issuer, certificate.subject) && signatureProblem(certificate, certificate) === undefined;
}
