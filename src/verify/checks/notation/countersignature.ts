import { equal } from '../../../bytes/index.ts';
import { hash } from '../../../crypto/index.ts';
import { messageOf } from '../../../errors.ts';
import { inForce } from '../../../rules.ts';
import type { NotaryEnvelope, SignedEntity } from '../../../signature/index.ts';
import { parseTimestamp, type TimestampResult, type TimestampToken, verifyTimestamp } from '../../../trust/index.ts';
import { fail, pass } from '../../check.ts';
import type { Check } from '../../report.ts';
import type { EvidenceRequest, NotationAuthority } from '../../request.ts';
import { timestampChainProblem } from './requirements.ts';
import { checkRevocation } from './revocation.ts';

/** What a trusted timestamp authority proves. Times in milliseconds. */
export interface Stamp {
  readonly time: number;
  readonly accuracy: number;
  /** The subject of the authority's certificate. */
  readonly source: string;
}

/** ETSI's baseline policy, whose timestamps are accurate to a second when they do not say otherwise (RFC 3628 §5.2). */
const BASELINE_POLICY = '0.4.0.2023.1.1';
const BASELINE_ACCURACY_MS = 1000;

/**
 * "Timestamp Countersignature Verification" (trust-store-trust-policy.md): the envelope has a timestamp, it is over the signature, by an authority
 * whose chain leads to the `tsa` store, and that chain is not revoked.
 */
export async function checkCountersignature(
  entity: SignedEntity,
  { signature }: NotaryEnvelope,
  { name, stores }: NotationAuthority,
  request: EvidenceRequest,
): Promise<{ readonly checks: readonly Check[]; readonly stamp?: Stamp }> {
  const [stamped] = entity.timestamps;
  if (stamped === undefined)
    return { checks: [fail('timestamp', 'untrusted', `${name} demands a timestamp of a trusted authority, the signature has none`)] };
  let token: TimestampToken;
  try {
    token = parseTimestamp(stamped.der);
  } catch (error) {
    return { checks: [fail('timestamp', 'invalid', messageOf(error))] };
  }
  if (!equal(hash(token.imprint.hash, signature), token.imprint.digest) && inForce('timestamp-imprint'))
    return { checks: [fail('timestamp', 'invalid', 'the timestamp is of something else than this signature')] };
  const accuracy = token.accuracy ?? (token.policy === BASELINE_POLICY ? BASELINE_ACCURACY_MS : 0);
  const tried = (stores.tsa ?? []).map((root) => verifyTimestamp(token, { chain: [root] }, request.trust.pairs));
  const good = tried.find((t) => 'signer' in t);
  if (good === undefined || !('signer' in good)) {
    if (!inForce('notation-timestamp')) return { checks: [], stamp: { time: token.time, accuracy, source: 'nobody' } };
    return { checks: [refused(tried, name)] };
  }
  const unfit = inForce('notation-timestamp-chain') ? timestampChainProblem(good.path.certificates) : undefined;
  if (unfit !== undefined) return { checks: [fail('timestamp', 'invalid', unfit)] };
  const source = good.signer.subjectText;
  const revocation = await checkRevocation(good.path.certificates, request, { id: 'timestamp-revocation' });
  const stated = pass('timestamp', `stamped by ${source} at ${new Date(token.time).toISOString()}`);
  return { checks: [stated, revocation], ...(revocation.result === 'pass' ? { stamp: { time: token.time, accuracy, source } } : {}) };
}

// What is wrong with a timestamp of a known authority says more than that another authority did not make it.
function refused(tried: readonly TimestampResult[], name: string): Check {
  const problems = tried.flatMap((t) => ('problem' in t ? [t] : []));
  const known = problems.find((p) => p.problem !== 'untrusted') ?? problems[0];
  return known === undefined
    ? fail('timestamp', 'untrusted', `the tsa stores of ${name} are empty`)
    : fail('timestamp', known.problem, known.reason);
}
