import { messageOf } from '../../errors.ts';
import { inForce } from '../../rules.ts';
import { altNamesOf, type Certificate, fulcioClaims, issuerClaim } from '../../trust/index.ts';
import { fail, pass } from '../check.ts';
import type { Check } from '../report.ts';
import type { IdentityAuthority } from '../request.ts';

/** Who a certificate names, and which of the asked-for identities that is. */
export interface IdentityFindings {
  readonly check: Check;
  readonly authorities: readonly IdentityAuthority[];
  /** The name that was asked for, else the first that the certificate has. */
  readonly subject: string | undefined;
  readonly issuer: string | undefined;
  readonly claims: ReadonlyMap<string, string>;
}

/**
 * "Both issuer and subject are required for a certificate identity" (DESIGN §4.3). Every subject alternative name is the
 * authority's word, so any of them may be the one that was asked for; issuer and claims are the certificate's extensions.
 */
export function checkIdentity(leaf: Certificate, wanted: readonly IdentityAuthority[]): IdentityFindings {
  let issuer: string | undefined;
  let claims: ReadonlyMap<string, string> = new Map();
  let subjects: readonly string[] = [];
  try {
    issuer = issuerClaim(leaf);
    claims = fulcioClaims(leaf);
    subjects = altNamesOf(leaf).map((n) => n.value);
  } catch (error) {
    return { check: fail('identity', 'invalid', messageOf(error)), authorities: [], subject: undefined, issuer, claims };
  }
  const tried = wanted.map((authority) => ({ authority, ...compare(authority, issuer, subjects, claims) }));
  const met = tried.filter((t) => t.problem === undefined);
  const subject = met[0]?.subject ?? subjects[0];
  const facts = { subject, issuer, claims };
  if (met.length > 0) return { check: pass('identity', `${subject} by ${issuer}`), authorities: met.map((m) => m.authority), ...facts };
  const reason =
    tried.length === 1 ? (tried[0]?.problem ?? '') : `none of ${tried.length} identities: ${tried.map((t) => t.problem).join('; ')}`;
  return { check: { ...fail('identity', 'untrusted', reason), ...nearMiss(wanted, subjects) }, authorities: [], ...facts };
}

function compare(
  authority: IdentityAuthority,
  issuer: string | undefined,
  subjects: readonly string[],
  claims: ReadonlyMap<string, string>,
): { problem: string | undefined; subject: string | undefined } {
  const subject = subjects.find((s) => authority.subject.test(s) === 'yes');
  if (subjects.length === 0) return { problem: 'the certificate names no subject', subject: undefined };
  if (subject === undefined && inForce('identity-subject')) {
    const elsewhere = subjects.some((s) => authority.subject.test(s) === 'elsewhere');
    return {
      problem: `the subject is ${subjects.join(', ').slice(0, 500)}, not ${authority.subject.wanted}${elsewhere ? hint('subject') : ''}`,
      subject: undefined,
    };
  }
  if (inForce('identity-issuer')) {
    if (issuer === undefined && authority.issuer.kind !== 'unsafe-any') return { problem: 'the certificate names no issuer', subject };
    const answer = authority.issuer.test(issuer ?? '');
    if (answer !== 'yes')
      return { problem: `the issuer is ${issuer}, not ${authority.issuer.wanted}${answer === 'elsewhere' ? hint('issuer') : ''}`, subject };
  }
  for (const [name, value] of authority.claims) {
    if (claims.get(name) !== value && inForce('identity-claims'))
      return { problem: `the certificate's ${name} is ${claims.get(name) ?? 'absent'}, not ${value}`, subject };
  }
  return { problem: undefined, subject: subject ?? subjects[0] };
}

// One name was wanted, one is there: a person wants to see where they part.
function nearMiss(wanted: readonly IdentityAuthority[], [found, ...others]: readonly string[]): Pick<Check, 'differs'> {
  const [only] = wanted;
  if (wanted.length !== 1 || only?.subject.kind !== 'exact' || found === undefined || others.length > 0) return {};
  return found === only.subject.wanted ? {} : { differs: { wanted: only.subject.wanted, found } };
}

function hint(what: string): string {
  return ` (the expression matches only further in: it is anchored at the start, write ".*" before it if any ${what} may begin so)`;
}
