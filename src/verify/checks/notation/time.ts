import { inForce } from '../../../rules.ts';
import type { NotaryEnvelope, SignedEntity } from '../../../signature/index.ts';
import { type Certificate, validAt } from '../../../trust/index.ts';
import { fail, pass } from '../../check.ts';
import type { Check, VerifiedTime } from '../../report.ts';
import type { EvidenceRequest, NotationAuthority } from '../../request.ts';
import { checkCountersignature } from './countersignature.ts';

/** When a signature was made, as far as that is proven. */
export interface TimeFindings {
  readonly checks: readonly Check[];
  /** What timestamp authorities proved. */
  readonly times: readonly VerifiedTime[];
  /** Milliseconds since 1970: the signature existed then. */
  readonly signedAt?: number;
}

/** "If an expiry time signed attribute is present …, check if the local machine's current time is greater than expiry time" (or the same: "Expiry"). */
export function checkExpiry({ expiry }: NotaryEnvelope, now: number): Check {
  if (expiry === undefined) return pass('expiry', 'the signature does not expire');
  const text = expiry.toISOString().replace('.000Z', 'Z');
  if (now < expiry.getTime() || !inForce('notation-expiry')) return pass('expiry', `the signature expires at ${text}`);
  return fail('expiry', 'expired', `the signature expired at ${text}`);
}

/**
 * "Validate Authentic Timestamp" (trust-store-trust-policy.md, "Steps"): the chain has to be valid at the time that the signing authority vouches
 * for; or at the one that a timestamp authority proves, where the policy names such authorities; or else now.
 */
export async function checkAuthenticTime(
  entity: SignedEntity,
  envelope: NotaryEnvelope,
  chain: readonly Certificate[],
  authority: NotationAuthority,
  request: EvidenceRequest,
): Promise<TimeFindings> {
  const { authenticSigningTime } = envelope;
  if (envelope.scheme === 'notary.x509.signingAuthority') {
    const time = authenticSigningTime?.getTime() ?? Number.NaN;
    return { checks: [chainValid(chain, [time], 'when the signing authority says that it signed')], times: [], signedAt: time };
  }
  const late = chain.some((c) => request.now > c.notAfter);
  if (authority.stores.tsa !== undefined && (authority.verifyTimestamp === 'always' || late)) {
    const { checks, stamp } = await checkCountersignature(entity, envelope, authority, request);
    if (stamp === undefined) return { checks, times: [] };
    const window = [stamp.time - stamp.accuracy, stamp.time + stamp.accuracy];
    return {
      checks: [...checks, chainValid(chain, window, `when ${stamp.source} stamped the signature`)],
      times: [{ source: `rfc3161 ${stamp.source}`, time: new Date(stamp.time) }],
      signedAt: stamp.time + stamp.accuracy,
    };
  }
  return { checks: [chainValid(chain, [request.now], 'now')], times: [] };
}

function chainValid(chain: readonly Certificate[], times: readonly number[], when: string): Check {
  for (const time of inForce('notation-time') ? times : []) {
    const problem = validAt({ certificates: chain }, time);
    if (problem !== undefined) return fail('certificate-time', 'expired', `${problem} (${when})`);
  }
  return pass('certificate-time', `every certificate of the chain was valid ${when}`);
}
