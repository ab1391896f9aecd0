import type { NotaryEnvelope, SignedEntity } from '../signature/index.ts';
import type { Certificate } from '../trust/index.ts';
import { outcomeOf, unknown } from './check.ts';
import { checkAnchor, checkTrustedIdentity } from './checks/notation/authenticity.ts';
import { checkNotationChain } from './checks/notation/chain.ts';
import { checkIntegrity } from './checks/notation/integrity.ts';
import { under } from './checks/notation/level.ts';
import { askPlugin } from './checks/notation/plugin.ts';
import { checkRevocation, isRevocable } from './checks/notation/revocation.ts';
import { checkAuthenticTime, checkExpiry } from './checks/notation/time.ts';
import { checkSubject } from './checks/subject.ts';
import type { Parts } from './parts.ts';
import type { Check, Evidence, Signer, VerifiedTime } from './report.ts';
import type { EvidenceRequest, NotationAuthority } from './request.ts';
import type { SignerCertificate } from './signer.ts';

/** What one trust policy makes of an envelope whose integrity holds. */
interface Judged {
  readonly authority: NotationAuthority;
  readonly checks: readonly Check[];
  readonly times: readonly VerifiedTime[];
  readonly outcome: Evidence['outcome'];
  /** Whether the chain leads to one of its anchors. */
  readonly anchored: boolean;
}

/**
 * The order of verification of a Notary Project signature (trust-store-trust-policy.md, "Signature Verification"): integrity, which every level
 * enforces; then for each trust policy authenticity, expiry, authentic timestamp, revocation and plugins. The policy that says the best is
 * reported, and all that are satisfied are named.
 */
export async function notationFindings(
  entity: SignedEntity,
  envelope: NotaryEnvelope,
  certificate: SignerCertificate,
  authorities: readonly NotationAuthority[],
  request: EvidenceRequest,
): Promise<Parts> {
  const signer: Signer = { kind: 'certificate', subject: certificate.leaf.subjectText, keyId: certificate.key.keyId };
  const der = entity.material.kind === 'certificate' ? entity.material.chain : [];
  const { chain, checks: form } = checkNotationChain(certificate, der, request.trust.pairs);
  const integrity = [...checkIntegrity(envelope, certificate), ...form];
  const subject = checkSubject(entity, request);
  // Nothing outside is asked for the sake of an envelope that nobody signed.
  if (outcomeOf(integrity) !== 'verified') return { checks: [...integrity, ...subject], signer };
  const judged = await Promise.all(authorities.map((a) => judgeBy(a, entity, envelope, chain, request)));
  const best = bestOf(judged);
  return {
    checks: [...integrity, ...(best?.checks ?? []), ...subject],
    signer,
    times: best?.times ?? [],
    authorities: judged.filter((j) => j.outcome === 'verified').map((j) => j.authority),
    ...(best?.anchored === true ? { path: chain } : {}),
  };
}

async function judgeBy(
  authority: NotationAuthority,
  entity: SignedEntity,
  envelope: NotaryEnvelope,
  chain: readonly Certificate[],
  request: EvidenceRequest,
): Promise<Judged> {
  const { level } = authority;
  const anchor = checkAnchor(chain, envelope, authority);
  const anchored = anchor.result === 'pass';
  const trusted = under(level.authenticity, [anchor]);
  const conclude = (checks: readonly Check[], times: readonly VerifiedTime[] = []): Judged => {
    const all = [...trusted, ...checks];
    return { authority, checks: all, times, outcome: outcomeOf(all), anchored };
  };
  // "Subsequent validations are not processed": what a stranger says of times and plugins is of no interest.
  if (outcomeOf(trusted) !== 'verified') return conclude([]);
  const plugin =
    anchored || envelope.plugin === undefined ? await askPlugin(envelope, chain, authority, request) : unasked(envelope.plugin);
  const [leaf] = chain;
  const identity =
    plugin.identity ?? (leaf === undefined ? undefined : under(level.authenticity, [checkTrustedIdentity(leaf, authority)])[0]);
  const time = await checkAuthenticTime(entity, envelope, chain, authority, request);
  const revocation = plugin.revocation ?? (await revocationUnder(authority, { chain, anchored, signedAt: time.signedAt }, request));
  return conclude(
    [
      ...(identity === undefined ? [] : [identity]),
      ...under(level.expiry, [checkExpiry(envelope, request.now)]),
      ...under(level.authenticTimestamp, time.checks),
      ...(revocation === undefined ? [] : [revocation]),
      ...plugin.checks,
    ],
    time.times,
  );
}

// The addresses in certificates of strangers are not asked.
async function revocationUnder(
  { level }: NotationAuthority,
  {
    chain,
    anchored,
    signedAt,
  }: { readonly chain: readonly Certificate[]; readonly anchored: boolean; readonly signedAt: number | undefined },
  request: EvidenceRequest,
): Promise<Check | undefined> {
  if (level.revocation === 'skip') return undefined;
  const check =
    anchored || !chain.slice(0, -1).some(isRevocable)
      ? await checkRevocation(chain, request, { signedAt })
      : unknown('revocation', 'not asked: the certificate is of no trusted authority');
  return under(level.revocation, [check])[0];
}

function unasked({ name }: NonNullable<NotaryEnvelope['plugin']>): Awaited<ReturnType<typeof askPlugin>> {
  return { checks: [unknown('plugin', `the plugin "${name.slice(0, 100)}" is not run for a stranger's signature`)] };
}

/** What is nearest to being verified, first. */
const NEAREST: readonly Evidence['outcome'][] = ['verified', 'inconclusive', 'denied', 'revoked', 'expired', 'untrusted', 'invalid'];

function bestOf(judged: readonly Judged[]): Judged | undefined {
  return judged.toSorted((a, b) => NEAREST.indexOf(a.outcome) - NEAREST.indexOf(b.outcome))[0];
}
