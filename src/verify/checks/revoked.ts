import { encodeHex } from '../../bytes/index.ts';
import { sha256 } from '../../crypto/index.ts';
import { inForce } from '../../rules.ts';
import type { SignedEntity } from '../../signature/index.ts';
import { type Certificate, parseCertificate } from '../../trust/index.ts';
import { fail, unknown } from '../check.ts';
import type { Parts } from '../parts.ts';
import type { Check } from '../report.ts';
import type { RevocationList, RevokedIdentity } from '../revoked.ts';

/** What there is to compare with a list of what is revoked. */
export interface RevocableEvidence {
  readonly id: string;
  readonly entity: SignedEntity;
  readonly parts: Parts;
}

/**
 * Whether a policy has revoked a piece of evidence, its signer, a certificate of its path or an entry of a log. A list that cannot be relied on
 * makes everything inconclusive: what it would have said cannot be known.
 */
export function checkRevoked(evidence: RevocableEvidence, list: RevocationList | undefined): readonly Check[] {
  if (list === undefined) return [];
  if (list.unavailable !== undefined) return inForce('revocation-list-missing') ? [unknown('revocation-list', list.unavailable)] : [];
  const { id, entity, parts } = evidence;
  const certificates = [...stored(entity), ...(parts.path ?? [])];
  const of = (what: string, reason: string): Check => fail('revocation-list', 'revoked', `${what} is revoked: ${reason}`);
  const checks: Check[] = [];
  const known = (rule: Parameters<typeof inForce>[0], what: string, reason: string | undefined): void => {
    if (reason !== undefined && inForce(rule)) checks.push(of(what, reason));
  };
  known('revoked-evidence', `the evidence ${id}`, list.evidence.get(id));
  const keys = [...(parts.signer === undefined ? [] : [parts.signer.keyId]), ...certificates.map(keyIdOf)];
  for (const keyId of new Set(keys)) known('revoked-key', `the key ${keyId}`, list.keys.get(keyId));
  for (const fingerprint of new Set(certificates.map((c) => `sha256:${c.fingerprint}`)))
    known('revoked-certificate', `the certificate ${fingerprint}`, list.certificates.get(fingerprint));
  for (const entry of entity.logEntries) {
    const name = `${encodeHex(entry.logId)}:${entry.logIndex}`;
    known('revoked-log-entry', `the log entry ${name}`, list.logEntries.get(name));
  }
  for (const identity of list.identities) {
    if (names(identity, parts) && within(identity, parts))
      known('revoked-identity', `${parts.signer?.subject ?? 'the identity'}`, identity.reason);
  }
  return checks;
}

// What cannot be parsed has failed already.
function stored({ material }: SignedEntity): readonly Certificate[] {
  if (material.kind !== 'certificate') return [];
  try {
    return material.chain.map(parseCertificate);
  } catch {
    return [];
  }
}

function keyIdOf({ spki }: Certificate): string {
  return `sha256:${encodeHex(sha256(spki))}`;
}

function names({ issuer, subject }: RevokedIdentity, { signer }: Parts): boolean {
  if (signer === undefined || signer.kind === 'key') return false;
  if (subject.test(signer.subject ?? '') !== 'yes') return false;
  return issuer.kind === 'unsafe-any' || issuer.test(signer.issuer ?? '') === 'yes';
}

/** Whether the signature may have been made within the window: what no proven time puts outside is inside. */
function within({ from, until }: RevokedIdentity, { times = [] }: Parts): boolean {
  if (times.length === 0) return true;
  const first = Math.min(...times.map((t) => t.time.getTime()));
  return first >= (from?.getTime() ?? Number.NEGATIVE_INFINITY) && first <= (until?.getTime() ?? Number.POSITIVE_INFINITY);
}
