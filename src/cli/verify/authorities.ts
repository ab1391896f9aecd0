import { AssayError } from '../../errors.ts';
import { type Authority, byRegexp, exactly, type IdentityAuthority, type TextMatcher } from '../../verify/index.ts';
import type { Call } from '../command.ts';
import { keyAuthority } from './keys.ts';

/** The claims of a certificate that cosign's flags ask for, by our names of the claims. */
const WORKFLOW: readonly (readonly [flag: string, claim: string])[] = [
  ['certificate-github-workflow-trigger', 'githubWorkflowTrigger'],
  ['certificate-github-workflow-sha', 'githubWorkflowSHA'],
  ['certificate-github-workflow-name', 'githubWorkflowName'],
  ['certificate-github-workflow-repository', 'githubWorkflowRepository'],
  ['certificate-github-workflow-ref', 'githubWorkflowRef'],
];

/** Who may have signed, by the flags. Throws `identity-missing` when nobody is named, and what reading keys throws. */
export async function authoritiesOf(call: Call): Promise<readonly Authority[]> {
  const { options } = call;
  const keys = await Promise.all(options.list('key').map((k) => keyAuthority(k, call)));
  const identities = await identitiesOf(call);
  const authorities = [...keys, ...identities];
  if (authorities.length === 0) {
    throw new AssayError('identity-missing', 'who has to have signed? neither a key nor an identity was given', {
      hint: '--key FILE, or --certificate-identity SUBJECT with --certificate-oidc-issuer URL',
    });
  }
  const distinct = new Set(authorities.map((a) => (a.kind === 'key' ? a.key.keyId : a.name))).size;
  const threshold = options.number('threshold') ?? 1;
  if (threshold > distinct && !authorities.some((a) => a.kind === 'identity' && a.subject.kind !== 'exact')) {
    throw new AssayError('usage-invalid', `--threshold ${threshold}, but only ${distinct} distinct keys and identities were given`);
  }
  return authorities;
}

// Identities pair with issuers by position, one issuer serves all (CONTRACT, "Several keys or identities").
async function identitiesOf({ options }: Call): Promise<readonly IdentityAuthority[]> {
  const subjects = await matchers(options.list('certificate-identity'), options.list('certificate-identity-regexp'));
  const issuers = await matchers(options.list('certificate-oidc-issuer'), options.list('certificate-oidc-issuer-regexp'));
  const claims = new Map(WORKFLOW.flatMap(([flag, claim]) => (options.given(flag) ? [[claim, options.text(flag) ?? ''] as const] : [])));
  if (subjects.length === 0 && issuers.length === 0) {
    if (claims.size > 0)
      throw new AssayError('identity-missing', 'workflow claims were asked for, but no identity', {
        hint: '--certificate-identity and --certificate-oidc-issuer',
      });
    return [];
  }
  if (subjects.length === 0)
    throw new AssayError('identity-missing', 'an issuer alone is no identity', {
      hint: 'add --certificate-identity or --certificate-identity-regexp',
    });
  if (issuers.length === 0)
    throw new AssayError('identity-missing', 'a subject alone is no identity', {
      hint: 'add --certificate-oidc-issuer or --certificate-oidc-issuer-regexp',
    });
  if (issuers.length !== 1 && issuers.length !== subjects.length) {
    throw new AssayError('identity-missing', `${subjects.length} identities and ${issuers.length} issuers do not pair`, {
      hint: 'give one issuer for all, or one for each identity in the same order',
    });
  }
  const mixed = (a: readonly unknown[], b: readonly unknown[]): boolean => a.length > 0 && b.length > 0;
  if (
    issuers.length > 1 &&
    (mixed(options.list('certificate-identity'), options.list('certificate-identity-regexp')) ||
      mixed(options.list('certificate-oidc-issuer'), options.list('certificate-oidc-issuer-regexp')))
  ) {
    throw new AssayError('identity-invalid', 'exact and regular-expression flags cannot be paired by position', {
      hint: 'use one issuer for all, or only one kind of flag',
    });
  }
  return subjects.map((subject, i) => {
    const issuer = issuers[issuers.length === 1 ? 0 : i] as TextMatcher;
    return { kind: 'identity', name: `${subject.wanted} by ${issuer.wanted}`, subject, issuer, claims };
  });
}

async function matchers(exact: readonly string[], expressions: readonly string[]): Promise<readonly TextMatcher[]> {
  return [...exact.map(exactly), ...(await Promise.all(expressions.map((e) => byRegexp(e, 'prefix'))))];
}
