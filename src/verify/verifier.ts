import type { Statement } from '../attestation/index.ts';
import { type Bytes, encodeHex, utf8 } from '../bytes/index.ts';
import { sha256 } from '../crypto/index.ts';
import { isAssayError, messageOf } from '../errors.ts';
import { inForce } from '../rules.ts';
import { type SignedEntity, statementOf } from '../signature/index.ts';
import { contains, isTimestampOnly, type TransparencyLog, windowText } from '../trust/index.ts';
import { fail, outcomeOf, pass } from './check.ts';
import { checkChain } from './checks/chain.ts';
import { checkIdentity } from './checks/identity.ts';
import { checkLog } from './checks/log.ts';
import { verifiersNamed } from './checks/log-body/compare.ts';
import { checkScts } from './checks/sct.ts';
import { checkSubject } from './checks/subject.ts';
import { checkTimestamps } from './checks/timestamp.ts';
import type { Check, Evidence, Signer, VerifiedTime } from './report.ts';
import type { Authority, EvidenceRequest, IdentityAuthority, KeyAuthority } from './request.ts';
import { certificateOf, hintOf, type SignedBytes, type SignerCertificate, signatureBy, signedBytesOf } from './signer.ts';

/** What verification finds out about one piece of evidence; where it was found is added by who found it. */
export interface Findings extends Omit<Evidence, 'digest' | 'found'> {
  /** The asked-for authorities that this evidence satisfies; empty unless it is verified. */
  readonly authorities: readonly Authority[];
  /** The statement, where the evidence is one. Proven only when the outcome is `verified`. */
  readonly statement: Statement | undefined;
}

/**
 * Verifies one piece of evidence. The order is that of the Sigstore client specification ("Verification"): log inclusion, times,
 * chain at every time, certificate transparency, signature, subject, identity; all checks are made and reported, the first
 * fault of the worst class decides. Never throws for what the evidence holds.
 */
export async function verifyEvidence(entity: SignedEntity, request: EvidenceRequest): Promise<Findings> {
  try {
    const signed = signedBytesOf(entity, request.subject);
    const certificate = certificateOf(entity);
    const byKey = await keyThatSigned(entity, signed, certificate, request);
    if (byKey.authorities.length > 0) return conclude(entity, signed, keyFindings(entity, signed, byKey, certificate, request), request);
    const identities = request.authorities.filter((a) => a.kind === 'identity');
    if (certificate === undefined || identities.length === 0)
      return conclude(entity, signed, { checks: [byKey.check, ...checkSubject(entity, request)] }, request);
    return conclude(entity, signed, await certificateFindings(entity, signed, certificate, identities, request), request);
  } catch (error) {
    const outcome = isAssayError(error) && error.group === 'limit' ? 'inconclusive' : 'invalid';
    return conclude(entity, undefined, { checks: [fail('form', outcome, messageOf(error))] }, request);
  }
}

/** What one way of verifying found. */
interface Parts {
  readonly checks: readonly Check[];
  readonly signer?: Signer;
  readonly times?: readonly VerifiedTime[];
  readonly log?: Evidence['log'];
  readonly claims?: ReadonlyMap<string, string>;
  readonly authorities?: readonly Authority[];
}

interface KeyMatch {
  readonly authorities: readonly KeyAuthority[];
  readonly signature: Bytes;
  readonly check: Check;
}

async function keyThatSigned(
  entity: SignedEntity,
  signed: SignedBytes,
  certificate: SignerCertificate | undefined,
  request: EvidenceRequest,
): Promise<KeyMatch> {
  const keys = request.authorities.filter((a) => a.kind === 'key');
  const none = new Uint8Array();
  if (keys.length === 0)
    return {
      authorities: [],
      signature: none,
      check: fail('identity', 'untrusted', 'signed with a key, a certificate identity was asked for'),
    };
  for (const authority of keys) {
    const signature = inForce('signature') ? await signatureBy(authority.key, signed) : signed.signatures[0];
    if (signature === undefined) continue;
    const same = keys.filter((k) => k.key.keyId === authority.key.keyId);
    return { authorities: same, signature, check: pass('signature', `by ${authority.name}`) };
  }
  const named = keys.find((k) => names(entity, certificate, k));
  if (named !== undefined && inForce('key-hint')) {
    return {
      authorities: [],
      signature: none,
      check: fail('signature', 'invalid', `the evidence names the key ${named.name}, which does not verify the signature`),
    };
  }
  return {
    authorities: [],
    signature: none,
    check: fail('key', 'untrusted', keys.length === 1 ? `not signed by ${keys[0]?.name}` : `signed by none of ${keys.length} keys`),
  };
}

/** Whether the hint, the certificate or a log entry of the evidence names a key (CONTRACT, "Outcomes", `invalid`). */
function names(entity: SignedEntity, certificate: SignerCertificate | undefined, { key }: KeyAuthority): boolean {
  const { material } = entity;
  if (
    material.kind === 'public-key' &&
    (material.hint === hintOf(key) || (material.spki !== undefined && Buffer.compare(material.spki, key.spki) === 0))
  )
    return true;
  if (certificate?.key.keyId === key.keyId) return true;
  return entity.logEntries.some((e) => verifiersNamed(e).some((v) => v.kind === 'key' && Buffer.compare(v.der, key.spki) === 0));
}

/** A key needs neither certificate nor time; the log's entry has to be about this key and signature. */
function keyFindings(
  entity: SignedEntity,
  signed: SignedBytes,
  match: KeyMatch,
  certificate: SignerCertificate | undefined,
  request: EvidenceRequest,
): Parts {
  const [authority] = match.authorities;
  if (authority === undefined) return { checks: [match.check] };
  const compared = { entity, signed, signature: match.signature, key: authority.key, certificate: certificate?.leaf.der };
  const log = checkLog(entity, compared, request.trust, request.demands);
  const stamps = checkTimestamps(entity, match.signature, request.trust, request.demands.timestampThreshold ?? 0);
  return {
    checks: [...log.checks, ...stamps.checks, match.check, ...checkSubject(entity, request)],
    signer: { kind: 'key', keyId: authority.key.keyId },
    times: [...log.times, ...stamps.times],
    log: log.entries.map((e) => ({ logId: encodeHex(e.log.logId), index: e.entry.logIndex })),
    authorities: match.authorities,
  };
}

/** The order of verification for a certificate (sigstore client-spec, "Verification"). */
async function certificateFindings(
  entity: SignedEntity,
  signed: SignedBytes,
  certificate: SignerCertificate,
  identities: readonly IdentityAuthority[],
  request: EvidenceRequest,
): Promise<Parts> {
  const { trust, demands } = request;
  const byTimestamp = isTimestampOnly(trust);
  const asked = byTimestamp ? { ...demands, logThreshold: 0 } : demands;
  const found = await signatureBy(certificate.key, signed);
  const signature = found ?? signed.signatures[0] ?? new Uint8Array();

  // 1. "Verify that the log has the entry, and that the entry is about this signature"
  const log = checkLog(entity, { entity, signed, signature, key: certificate.key, certificate: certificate.leaf.der }, trust, asked);
  // 2. "Establish a time for the signature": promises of the log and signed timestamps
  const stamps = checkTimestamps(entity, signature, trust, Math.max(demands.timestampThreshold ?? 0, byTimestamp ? 1 : 0));
  const times = [...log.times, ...stamps.times];
  // 3. "Verify the certificate's chain, at every established time"
  const timing = timesFor(
    times,
    log.entries.map((e) => e.log),
    request,
  );
  const chain = checkChain(certificate, timing.times, trust, { allowChain: demands.allowCertificateChain ?? false });
  // 4. "Verify that a CT log promised the certificate"
  const sct = chain.path === undefined ? [] : [checkScts(chain.path, trust, demands, byTimestamp ? 0 : (demands.sctThreshold ?? 1))];
  // 5. "Verify the signature with the certificate's key"
  const signatureCheck =
    found !== undefined || !inForce('signature')
      ? pass('signature', "by the certificate's key")
      : fail('signature', 'invalid', "the certificate's key does not verify the signature");
  // 6. "Verify that what was signed is about the artifact"
  const subject = checkSubject(entity, request);
  // 7. "Verify that the certificate's identity is the one that was asked for"
  const identity = checkIdentity(certificate.leaf, identities);

  return {
    checks: [
      ...chainForm(entity, demands.allowCertificateChain),
      ...log.checks,
      ...stamps.checks,
      ...timing.checks,
      ...chain.checks,
      ...sct,
      signatureCheck,
      ...subject,
      identity.check,
    ],
    signer: {
      kind: identity.issuer === undefined ? 'certificate' : 'keyless',
      keyId: certificate.key.keyId,
      ...(identity.issuer === undefined ? {} : { issuer: identity.issuer }),
      ...(identity.subject === undefined ? {} : { subject: identity.subject }),
    },
    times,
    log: log.entries.map((e) => ({ logId: encodeHex(e.log.logId), index: e.entry.logIndex })),
    claims: identity.claims,
    authorities: identity.authorities,
  };
}

function chainForm(entity: SignedEntity, allowed: boolean | undefined): Check[] {
  if (entity.material.kind !== 'certificate' || !entity.material.chainUnasked || allowed) return [];
  return [fail('form', 'invalid', 'bundle version 0.3 has a certificate, not a chain')];
}

/**
 * The times at which the certificate has to be valid: every verified one. The present is used only where the caller gave up
 * both log and timestamp. A Rekor v2 entry states no time, so its log's window is compared with the signed timestamps.
 */
function timesFor(
  times: readonly VerifiedTime[],
  logs: readonly TransparencyLog[],
  request: EvidenceRequest,
): { times: readonly VerifiedTime[]; checks: readonly Check[] } {
  if (times.length === 0) {
    const now = { source: 'the present', time: new Date(request.now) };
    const given = request.demands.unsafeSkipTransparencyLog && (request.demands.timestampThreshold ?? 0) === 0;
    if (given || !inForce('verified-time')) return { times: [now], checks: [] };
    return {
      times: [],
      checks: [
        fail('verified-time', 'untrusted', 'no time is proven: neither a promise of a trusted log nor a timestamp of a trusted authority'),
      ],
    };
  }
  const outside = logs.flatMap((log) => times.filter((t) => !contains(log.validFor, t.time.getTime())).map((t) => ({ log, t })));
  const [first] = outside;
  if (first === undefined || !inForce('log-window')) return { times, checks: [] };
  return {
    times,
    checks: [
      fail(
        'log-window',
        'untrusted',
        `${first.t.time.toISOString()} (${first.t.source}) is outside the window of ${first.log.host} (${windowText(first.log.validFor)})`,
      ),
    ],
  };
}

function conclude(entity: SignedEntity, signed: SignedBytes | undefined, parts: Parts, request: EvidenceRequest): Findings {
  const outcome = outcomeOf(parts.checks);
  const result = entity.content.kind === 'dsse' ? statementOf(entity.content.envelope) : undefined;
  const statement = result !== undefined && 'statement' in result ? result.statement : undefined;
  const payload =
    entity.content.kind === 'dsse'
      ? entity.content.envelope.payload
      : entity.content.kind === 'payload'
        ? entity.content.payload
        : undefined;
  return {
    id: `sha256:${encodeHex(sha256(utf8(parts.signer?.keyId ?? ''), signed?.bytes ?? utf8([...request.subject.digests].map((d) => d.join(':')).join())))}`,
    kind: entity.kind,
    format: entity.format,
    outcome,
    signer: parts.signer,
    claims: { certificate: parts.claims ?? new Map(), builder: new Map() },
    predicateType: statement?.predicateType,
    times: parts.times ?? [],
    log: parts.log ?? [],
    checks: parts.checks,
    payload: outcome === 'verified' ? payload : undefined,
    authorities: outcome === 'verified' ? (parts.authorities ?? []) : [],
    statement,
  };
}
