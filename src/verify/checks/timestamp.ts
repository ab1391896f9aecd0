import { type Bytes, equal } from '../../bytes/index.ts';
import { hash } from '../../crypto/index.ts';
import { messageOf } from '../../errors.ts';
import { inForce } from '../../rules.ts';
import type { SignedEntity, SignedTimestamp } from '../../signature/index.ts';
import {
  contains,
  parseTimestamp,
  type TimestampAuthority,
  type TimestampToken,
  type TrustMaterial,
  verifyTimestamp,
  windowText,
} from '../../trust/index.ts';
import { fail, pass } from '../check.ts';
import type { Check, VerifiedTime } from '../report.ts';

/** What the timestamp authorities say of a piece of evidence. */
export interface TimestampFindings {
  readonly checks: readonly Check[];
  readonly times: readonly VerifiedTime[];
}

/**
 * "Verify the timestamp's signature, its chain at the time it states, and that it is over the signature" (sigstore client-spec; RFC 3161 §2.4).
 * Timestamps of unknown authorities count for nothing; those of known authorities have to hold. Each authority counts once.
 */
export function checkTimestamps(entity: SignedEntity, signature: Bytes, trust: TrustMaterial, needed: number): TimestampFindings {
  const checks: Check[] = [];
  const times: VerifiedTime[] = [];
  const stamped = new Set<TimestampAuthority>();
  for (const stamp of entity.timestamps) {
    const found = checkOne(stamp, entity, signature, trust);
    checks.push(...found.checks);
    if (found.authority === undefined || found.token === undefined) continue;
    times.push({ source: `rfc3161 ${found.authority.uri}`.trim(), time: new Date(found.token.time) });
    stamped.add(found.authority);
  }
  const distinct = new Set([...stamped].map((a) => a.uri || a)).size;
  if (distinct < needed && inForce('timestamp-threshold')) {
    checks.push(
      fail(
        'timestamp-threshold',
        'untrusted',
        entity.timestamps.length === 0
          ? 'a signed timestamp is required, the evidence has none'
          : `${needed} trusted timestamp authorities have to have stamped, ${distinct} did`,
      ),
    );
  }
  return { checks, times };
}

interface Stamp {
  readonly checks: readonly Check[];
  readonly authority?: TimestampAuthority;
  readonly token?: TimestampToken;
}

function checkOne(stamp: SignedTimestamp, entity: SignedEntity, signature: Bytes, trust: TrustMaterial): Stamp {
  let token: TimestampToken;
  try {
    token = parseTimestamp(stamp.der);
  } catch (error) {
    return { checks: [fail('timestamp', 'invalid', messageOf(error))] };
  }
  if (!covers(token, stamp, entity, signature) && inForce('timestamp-imprint'))
    return { checks: [fail('timestamp', 'invalid', 'the timestamp is of something else than this signature')] };
  const tried = trust.timestampAuthorities.map((authority) => ({ authority, answer: verifyTimestamp(token, authority, trust.pairs) }));
  const signed = tried.filter((t) => 'signer' in t.answer);
  const good = signed.find((t) => contains(t.authority.validFor, token.time) || !inForce('timestamp-window'));
  if (good !== undefined) {
    return {
      checks: [pass('timestamp', `stamped by ${good.authority.uri || 'a trusted authority'} at ${new Date(token.time).toISOString()}`)],
      authority: good.authority,
      token,
    };
  }
  const [outside] = signed;
  if (outside !== undefined) {
    return {
      checks: [
        fail(
          'timestamp',
          'untrusted',
          `stamped at ${new Date(token.time).toISOString()}, outside the authority's window (${windowText(outside.authority.validFor)})`,
        ),
      ],
    };
  }
  const problems = tried.flatMap((t) => ('problem' in t.answer ? [t.answer] : []));
  const worst = problems.find((p) => p.problem !== 'untrusted');
  if (worst !== undefined && inForce('timestamp')) return { checks: [fail('timestamp', worst.problem, worst.reason)] };
  const [first] = trust.timestampAuthorities;
  if (!inForce('timestamp') && first !== undefined) return { checks: [], authority: first, token };
  return { checks: [] };
}

function covers(token: TimestampToken, stamp: SignedTimestamp, entity: SignedEntity, signature: Bytes): boolean {
  const { hash: name, digest } = token.imprint;
  if (equal(hash(name, signature), digest)) return true;
  const stored = entity.content.kind === 'dsse' ? entity.content.envelope.stored : undefined;
  return stamp.over === 'signature-or-envelope' && stored !== undefined && equal(hash(name, stored), digest);
}
