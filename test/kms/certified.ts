/** A server's certificate for tests, by an authority of its own. */
import {
  basicConstraints,
  extendedKeyUsage,
  keyUsage,
  makeAuthority,
  makeCertificate,
  newKey,
  OID,
  type San,
  subjectAltName,
} from '../../src/testing/index.ts';

/** Key, certificate and authority, PEM. */
export interface Certified {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

/** A certificate for these names, good for an hour. */
export function certifiedFor(names: readonly San[]): Certified {
  const now = new Date();
  const ca = makeAuthority({ name: 'servers', now, intermediate: false });
  const key = newKey('p256');
  const cert = makeCertificate({
    subject: [['CN', 'server']],
    key,
    issuer: ca.root,
    notBefore: new Date(now.getTime() - 3_600_000),
    notAfter: new Date(now.getTime() + 3_600_000),
    extensions: [keyUsage(['digitalSignature']), basicConstraints(false), extendedKeyUsage([OID.serverAuth]), subjectAltName(names, false)],
  });
  return { key: key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert: cert.pem, ca: ca.root.pem };
}
