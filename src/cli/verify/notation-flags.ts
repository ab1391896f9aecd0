import { AssayError } from '../../errors.ts';
import type { Call } from '../command.ts';

/** Flags about Notary Project signatures, which only policies ask for. */
const UNDER_POLICY = ['plugin-digest', 'plugin-pins', 'plugin-config', 'revocation-dir'];
/** Flags about a trust policy alone. */
const UNDER_TRUST_POLICY = ['scope', 'policy-name', 'media-type'];
/** Flags that say what has to be signed, which a `--policy` says itself. */
const NOT_UNDER_POLICY = ['annotations', 'user-metadata'];

/** Whether Notation's trust policy is asked for. */
export function asksTrustPolicy({ options }: Pick<Call, 'options'>): boolean {
  return ['trust-policy', 'trust-store', 'policy-name'].some((f) => options.has(f) && options.given(f)) && !asksPolicies({ options });
}

/** Refuses flags that would be without effect: nothing is accepted and ignored. Throws `usage-invalid`. */
export function checkNotationFlags({ options }: Pick<Call, 'options'>): void {
  const given = (names: readonly string[]): string | undefined => names.find((n) => options.has(n) && options.given(n));
  const policies = asksPolicies({ options });
  if (policies && given(['trust-policy']) !== undefined)
    throw new AssayError('usage-invalid', '--policy and --trust-policy cannot be used together', {
      hint: '--policy takes Notation trust policies too',
    });
  // Of attestations cosign's `--policy` is one more condition.
  const said = policies && options.has('trust-policy') ? given(NOT_UNDER_POLICY) : undefined;
  if (said !== undefined)
    throw new AssayError('usage-invalid', `--${said} cannot be used with --policy, which says what has to be signed`, {
      hint: 'write it into the policy',
    });
  const lonely = given([
    ...(asksTrustPolicy({ options }) ? [] : UNDER_TRUST_POLICY),
    ...(policies || asksTrustPolicy({ options }) ? [] : UNDER_POLICY),
  ]);
  if (lonely !== undefined)
    throw new AssayError('usage-invalid', `--${lonely} is about Notary Project signatures, and nothing asks for one`, {
      hint: '--trust-policy FILE',
    });
}

function asksPolicies({ options }: Pick<Call, 'options'>): boolean {
  return options.has('policy') && options.list('policy').length > 0;
}
