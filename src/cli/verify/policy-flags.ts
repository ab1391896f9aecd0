import { AssayError } from '../../errors.ts';
import type { Call } from '../command.ts';

/** Flags that say who has to have signed; under a policy the policy says it. */
const WHO = [
  'key',
  'certificate-identity',
  'certificate-identity-regexp',
  'certificate-oidc-issuer',
  'certificate-oidc-issuer-regexp',
  'threshold',
  ...['name', 'ref', 'repository', 'sha', 'trigger'].map((claim) => `certificate-github-workflow-${claim}`),
];

/** Flags that say what is trusted and how much is checked; under a policy every authority says it. */
const HOW = [
  'ca-roots',
  'ca-intermediates',
  'certificate-chain',
  'timestamp-certificate-chain',
  'use-signed-timestamps',
  'allow-certificate-chain',
  'insecure-ignore-tlog',
  'insecure-ignore-sct',
  'private-infrastructure',
  'check-claims',
];

/** Flags about `--policy` alone. */
const OF_POLICIES = ['resource', 'unsafe-no-match'];

/** Refuses flags that would be without effect: nothing is accepted and ignored. Throws `usage-invalid`. */
export function checkPolicyFlags({ options }: Pick<Call, 'options'>, asked: 'policies' | 'trust-policy' | 'none'): void {
  const given = (names: readonly string[]): string | undefined => names.find((n) => options.has(n) && options.given(n));
  const lonely = asked === 'policies' ? undefined : given(OF_POLICIES);
  if (lonely !== undefined)
    throw new AssayError('usage-invalid', `--${lonely} is about policies, and there is none`, { hint: '--policy FILE' });
  if (asked === 'none') return;
  const who = given(WHO);
  if (who !== undefined)
    throw new AssayError('usage-invalid', `--${who} cannot be used with a policy, which says who has to have signed`, {
      hint: 'write the key or identity into the policy',
    });
  const how = given(HOW);
  if (how !== undefined)
    throw new AssayError('usage-invalid', `--${how} cannot be used with a policy, which says what is trusted and checked`, {
      hint: 'write it into the policy',
    });
}
