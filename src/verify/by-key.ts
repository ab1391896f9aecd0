import type { Bytes } from '../bytes/index.ts';
import { inForce } from '../rules.ts';
import type { SignedEntity } from '../signature/index.ts';
import { fail, pass } from './check.ts';
import { checkLog, loggedAt, timelessLogs } from './checks/log.ts';
import { verifiersNamed } from './checks/log-body/compare.ts';
import { checkLogWindows } from './checks/log-window.ts';
import { checkSubject } from './checks/subject.ts';
import { checkTimestamps } from './checks/timestamp.ts';
import type { Parts } from './parts.ts';
import type { Check } from './report.ts';
import type { EvidenceRequest, KeyAuthority } from './request.ts';
import { hintOf, type SignedBytes, type SignerCertificate, signatureBy } from './signer.ts';

/** The asked-for keys that made a signature, or why there is none. */
export interface KeyMatch {
  readonly authorities: readonly KeyAuthority[];
  readonly signature: Bytes;
  readonly check: Check;
}

/** Which of the asked-for keys made one of the signatures. */
export async function keyThatSigned(
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
      check: request.authorities.some((a) => a.kind === 'identity')
        ? fail('identity', 'untrusted', 'signed with a key, a certificate identity was asked for')
        : fail('key', 'untrusted', 'a Sigstore signature, and neither a key nor an identity for such was asked for'),
    };
  for (const authority of keys) {
    const signature = inForce('signature') ? await signatureBy(authority.key, signed, authority.hash) : signed.signatures[0];
    if (signature === undefined) continue;
    const same = keys.filter((k) => k.key.keyId === authority.key.keyId && k.hash === authority.hash);
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
export function keyFindings(
  entity: SignedEntity,
  signed: SignedBytes,
  match: KeyMatch,
  certificate: SignerCertificate | undefined,
  request: EvidenceRequest,
): Parts {
  const [authority] = match.authorities;
  if (authority === undefined) return { checks: [match.check] };
  const compared = {
    entity,
    signed,
    signature: match.signature,
    key: authority.key,
    certificate: certificate?.leaf.der,
    byCertificate: false,
  };
  const log = checkLog(entity, compared, request.trust, request.demands);
  const stamps = checkTimestamps(entity, match.signature, request.trust, request.demands.timestampThreshold ?? 0);
  const times = [...log.times, ...stamps.times];
  return {
    checks: [
      ...log.checks,
      ...stamps.checks,
      ...checkLogWindows(timelessLogs(log), times, request.trust),
      match.check,
      ...checkSubject(entity, request),
    ],
    signer: { kind: 'key', keyId: authority.key.keyId },
    times,
    log: loggedAt(log),
    authorities: match.authorities,
  };
}
