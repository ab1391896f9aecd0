import { AssayError } from '../../../errors.ts';
import { certificatesFromPem } from '../../../trust/index.ts';
import { type Condition, type IdentityAuthority, UNSAFE_ANY } from '../../../verify/index.ts';
import { exactCertificate } from '../../expectation/certificate.ts';
import type { AuthorityFields } from '../fields/authority.ts';
import { loadSource } from '../source.ts';
import type { AuthorityContext } from './authority.ts';
import { identityMatchers } from './identity.ts';

/** A certificate of a certificate authority of one's own: by its subject, or exactly this one. */
export async function certificateAuthority(
  fields: NonNullable<AuthorityFields['certificate']>,
  context: AuthorityContext,
): Promise<{ readonly authority: IdentityAuthority; readonly conditions: readonly Condition[] } | undefined> {
  const { name, mistakes } = context;
  const path = [...context.path, 'certificate'];
  const exact = await exactly(fields, context);
  if (!mistakes.clean(path)) return undefined;
  const named = fields.subject ?? fields.subjectRegExp ?? fields.issuer ?? fields.issuerRegExp ?? fields.unsafeAnyIdentity;
  // One certificate is more exact than any name.
  const matchers =
    exact !== undefined && named === undefined
      ? { subject: UNSAFE_ANY, issuer: UNSAFE_ANY }
      : await identityMatchers(fields, path, mistakes, false);
  if (matchers === undefined) return undefined;
  return {
    authority: { kind: 'identity', name, ...matchers, claims: new Map() },
    conditions: exact === undefined ? [] : [exactCertificate(exact)],
  };
}

async function exactly(
  { leaf, fingerprint }: NonNullable<AuthorityFields['certificate']>,
  { path, mistakes, resources }: AuthorityContext,
): Promise<string | undefined> {
  if (leaf === undefined) return fingerprint;
  const of = await mistakes.attempt([...path, 'certificate', 'leaf'], async () => {
    const { text, name } = await loadSource(leaf, 'the certificate', resources);
    const [certificate, second] = certificatesFromPem(text, name);
    if (certificate === undefined || second !== undefined)
      throw new AssayError('policy-invalid', `${name} holds more than one certificate`);
    return `sha256:${certificate.fingerprint}`;
  });
  if (of !== undefined && fingerprint !== undefined && of !== fingerprint)
    mistakes.add([...path, 'certificate', 'fingerprint'], `contradicts "leaf", which is ${of}`);
  return of;
}
