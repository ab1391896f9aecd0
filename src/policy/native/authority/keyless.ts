import type { IdentityAuthority } from '../../../verify/index.ts';
import type { AuthorityFields } from '../fields/authority.ts';
import type { AuthorityContext } from './authority.ts';
import { identityMatchers } from './identity.ts';

/** An identity that a certificate of Fulcio proves. */
export async function keylessAuthority(
  fields: NonNullable<AuthorityFields['keyless']>,
  { name, path, mistakes }: AuthorityContext,
): Promise<{ readonly authority: IdentityAuthority } | undefined> {
  const matchers = await identityMatchers(fields, [...path, 'keyless'], mistakes, true);
  if (matchers === undefined) return undefined;
  return { authority: { kind: 'identity', name, ...matchers, claims: fields.claims ?? new Map() } };
}
