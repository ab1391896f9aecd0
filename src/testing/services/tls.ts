import { basicConstraints, DAY, extendedKeyUsage, keyUsage, makeCertificate, newKey, OID, subjectAltName } from '../authority/index.ts';
import type { ServerTls } from '../registry/listen.ts';

/** Certificate and key of a server, PEM, and who vouches for it. */
export interface TlsFiles extends ServerTls {
  /** The authority that clients have to know. */
  readonly authority?: string;
}

/** A certificate for `127.0.0.1` and `localhost`, of an authority made for it. */
export function tlsFiles(): TlsFiles {
  const [notBefore, notAfter] = [new Date(Date.now() - DAY), new Date(Date.now() + 30 * DAY)];
  const root = makeCertificate({
    subject: [['CN', 'services root']],
    key: newKey('p256'),
    notBefore,
    notAfter,
    extensions: [keyUsage(['keyCertSign']), basicConstraints(true)],
  });
  const key = newKey('p256');
  const leaf = makeCertificate({
    subject: [['CN', 'localhost']],
    key,
    issuer: root,
    notBefore,
    notAfter,
    extensions: [
      keyUsage(['digitalSignature']),
      extendedKeyUsage([OID.serverAuth]),
      subjectAltName([{ dns: 'localhost' }, { ip: [127, 0, 0, 1] }], false),
    ],
  });
  return { cert: leaf.pem, key: key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), authority: root.pem };
}
