import { messageOf } from '../../../errors.ts';
import { inForce } from '../../../rules.ts';
import { parseStrictSimpleSigning } from '../../../signature/index.ts';
import { altNamesOf, parseCertificate } from '../../../trust/index.ts';
import type { Condition } from '../../../verify/index.ts';
import { type DockerName, dockerNameText, parseDockerName } from './docker-name.ts';
import type { SignedIdentity } from './signed-identity.ts';

/** That the signed docker-reference is what `signedIdentity` asks for (containers-policy.json.5, "signedBy"; simple signing and sigstore alike). */
export function referenceCondition(identity: SignedIdentity, image: DockerName | undefined): Condition {
  return {
    name: `signedIdentity ${identity.text}`,
    async evaluate({ findings }) {
      try {
        const payload = parseStrictSimpleSigning(findings.payload ?? new Uint8Array(), {
          optionalMayBeNull: findings.format !== 'simple-signing',
        });
        const signed = parseDockerName(payload.dockerReference);
        const said = payload.dockerReference.slice(0, 300);
        if ((signed !== undefined && identity.accepts(signed, image)) || !inForce('docker-reference'))
          return { result: 'pass', reason: `the signature is for ${said}` };
        const called = image === undefined ? 'an image without a Docker reference' : dockerNameText(image);
        const wanted = identity.ofImage ? `${called} needs ${identity.text}` : `wanted is ${identity.text}`;
        return { result: 'fail', reason: `the signature is for "${said}"; ${wanted}` };
      } catch (error) {
        return { result: 'fail', reason: messageOf(error) };
      }
    },
  };
}

/** Names that the certificate has to have, as names of their kind. */
export interface CertificateNames {
  readonly email: string | undefined;
  readonly hostname: string | undefined;
}

/** That the certificate names an email address or a host as such: a text that is the same in a URI or another kind of name is none. */
export function nameCondition({ email, hostname }: CertificateNames): Condition {
  return {
    name: [
      ...(email === undefined ? [] : [`subjectEmail ${email}`]),
      ...(hostname === undefined ? [] : [`subjectHostname ${hostname}`]),
    ].join(', '),
    async evaluate({ findings }) {
      const material = findings.entity?.material;
      const leaf = material?.kind === 'certificate' ? material.chain[0] : undefined;
      if (leaf === undefined) return { result: 'fail', reason: 'the evidence has no certificate' };
      const names = altNamesOf(parseCertificate(leaf));
      if (email !== undefined && !names.some((n) => n.kind === 'email' && n.value === email))
        return { result: 'fail', reason: `the certificate does not name the email address ${email}` };
      if (hostname !== undefined && !names.some((n) => isHost(n, hostname)))
        return { result: 'fail', reason: `the certificate does not name the host ${hostname}` };
      return { result: 'pass' };
    },
  };
}

// RFC 6125 §6.4.3: a wildcard is the whole first label; hosts are compared without regard to case.
function isHost({ kind, value }: { readonly kind: string; readonly value: string }, hostname: string): boolean {
  const wanted = hostname.toLowerCase().replace(/\.$/, '');
  if (kind === 'ip') return value === wanted;
  if (kind !== 'dns' || /^[\d.]+$/.test(wanted) || wanted.includes(':')) return false;
  const name = value.toLowerCase().replace(/\.$/, '');
  if (!name.startsWith('*.')) return name === wanted;
  const dot = wanted.indexOf('.');
  return dot > 0 && wanted.slice(dot) === name.slice(1);
}

/** Whether a host is one that a certificate's name means; for the identity of the authority. */
export function namesHost(value: string, hostname: string): boolean {
  return isHost({ kind: 'dns', value }, hostname) || isHost({ kind: 'ip', value }, hostname);
}
