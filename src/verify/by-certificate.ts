import { inForce } from '../rules.ts';
import type { SignedEntity } from '../signature/index.ts';
import { isTimestampOnly, type TransparencyLog } from '../trust/index.ts';
import { fail, pass } from './check.ts';
import { checkChain } from './checks/chain.ts';
import { checkIdentity } from './checks/identity.ts';
import { checkLog, loggedAt, timelessLogs } from './checks/log.ts';
import { checkLogWindows } from './checks/log-window.ts';
import { checkScts } from './checks/sct.ts';
import { checkSubject } from './checks/subject.ts';
import { checkTimestamps } from './checks/timestamp.ts';
import type { Parts } from './parts.ts';
import type { Check, VerifiedTime } from './report.ts';
import type { EvidenceRequest, IdentityAuthority } from './request.ts';
import { type SignedBytes, type SignerCertificate, signatureBy } from './signer.ts';

/** The order of verification for a certificate (sigstore client-spec, "Verification"). */
export async function certificateFindings(
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
  const log = checkLog(
    entity,
    { entity, signed, signature, key: certificate.key, certificate: certificate.leaf.der, byCertificate: true },
    trust,
    asked,
  );
  // 2. "Establish a time for the signature": promises of the log and signed timestamps
  const stamps = checkTimestamps(entity, signature, trust, Math.max(demands.timestampThreshold ?? 0, byTimestamp ? 1 : 0));
  const times = [...log.times, ...stamps.times];
  // 3. "Verify the certificate's chain, at every established time"
  const timing = timesFor(times, timelessLogs(log), request);
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
    log: loggedAt(log),
    claims: identity.claims,
    authorities: identity.authorities,
    ...(chain.path === undefined ? {} : { path: chain.path.certificates }),
  };
}

function chainForm(entity: SignedEntity, allowed: boolean | undefined): Check[] {
  if (entity.material.kind !== 'certificate' || !entity.material.chainUnasked || allowed) return [];
  return [fail('form', 'invalid', 'bundle version 0.3 has a certificate, not a chain')];
}

/**
 * The times at which the certificate has to be valid: every verified one. The present is used only where the caller gave up
 * both log and timestamp. The window of a log whose entry proves no time (Rekor v2, or no promise) is compared with the signed timestamps.
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
  return { times, checks: checkLogWindows(logs, times, request.trust) };
}
