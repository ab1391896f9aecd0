import { builderClaims, type Statement } from '../attestation/index.ts';
import { encodeHex, utf8 } from '../bytes/index.ts';
import { sha256 } from '../crypto/index.ts';
import { isAssayError, messageOf } from '../errors.ts';
import { type NotaryEnvelope, type SignedEntity, statementOf } from '../signature/index.ts';
import { certificateFindings } from './by-certificate.ts';
import { keyFindings, keyThatSigned } from './by-key.ts';
import { fail, outcomeOf, unknown } from './check.ts';
import { checkRevoked } from './checks/revoked.ts';
import { checkSubject } from './checks/subject.ts';
import type { Parts } from './parts.ts';
import type { Check, Evidence } from './report.ts';
import type { Authority, EvidenceRequest } from './request.ts';
import { certificateOf, type SignedBytes, type SignerCertificate, signedBytesOf } from './signer.ts';

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
    if (entity.content.kind === 'notary')
      return conclude(entity, signed, await notaryParts(entity, entity.content.envelope, certificate, request), request);
    if (entity.content.kind === 'openpgp') {
      const { openPgpFindings } = await import('./by-openpgp.ts');
      return conclude(entity, signed, openPgpFindings(entity, entity.content.message, request), request);
    }
    const byKey = await keyThatSigned(entity, signed, certificate, request);
    if (byKey.authorities.length > 0) return conclude(entity, signed, keyFindings(entity, signed, byKey, certificate, request), request);
    const identities = request.authorities.filter((a) => a.kind === 'identity');
    if (certificate === undefined || identities.length === 0)
      return conclude(entity, signed, { checks: [byKey.check, ...checkSubject(entity, request)] }, request);
    return conclude(entity, signed, await certificateFindings(entity, signed, certificate, identities, request), request);
  } catch (error) {
    return conclude(entity, undefined, { checks: [troubleWith(error)] }, request);
  }
}

async function notaryParts(
  entity: SignedEntity,
  envelope: NotaryEnvelope,
  certificate: SignerCertificate | undefined,
  request: EvidenceRequest,
): Promise<Parts> {
  const authorities = request.authorities.filter((a) => a.kind === 'notation');
  if (authorities.length === 0)
    return {
      checks: [
        fail('key', 'untrusted', 'a Notation signature, and no Notation trust store was asked for'),
        ...checkSubject(entity, request),
      ],
    };
  if (certificate === undefined) return { checks: [fail('form', 'invalid', 'the envelope has no certificate')] };
  const { notationFindings } = await import('./by-notation.ts');
  return notationFindings(entity, envelope, certificate, authorities, request);
}

// A mistake of Assay's own says nothing about the evidence.
function troubleWith(error: unknown): Check {
  if (!isAssayError(error)) return unknown('internal', `an error of Assay's own: ${messageOf(error)}`);
  return error.group === 'limit' ? unknown('form', error.message) : fail('form', 'invalid', error.message);
}

function conclude(entity: SignedEntity, signed: SignedBytes | undefined, parts: Parts, request: EvidenceRequest): Findings {
  const id = `sha256:${encodeHex(sha256(utf8(parts.signer?.keyId ?? ''), signed?.bytes ?? utf8([...request.subject.digests].map((d) => d.join(':')).join())))}`;
  const checks = [...parts.checks, ...checkRevoked({ id, entity, parts }, request.demands.revoked)];
  const outcome = outcomeOf(checks);
  const result = entity.content.kind === 'dsse' ? statementOf(entity.content.envelope) : undefined;
  const statement = result !== undefined && 'statement' in result ? result.statement : undefined;
  const payload =
    entity.content.kind === 'dsse' || entity.content.kind === 'notary'
      ? entity.content.envelope.payload
      : entity.content.kind === 'payload'
        ? entity.content.payload
        : entity.content.kind === 'openpgp'
          ? entity.content.message.payload
          : undefined;
  return {
    id,
    kind: entity.kind,
    format: entity.format,
    outcome,
    signer: parts.signer,
    claims: { certificate: parts.claims ?? new Map(), builder: statement === undefined ? new Map() : builderClaims(statement) },
    predicateType: statement?.predicateType,
    times: parts.times ?? [],
    log: parts.log ?? [],
    checks,
    payload: outcome === 'verified' ? payload : undefined,
    ...(outcome === 'verified' ? { entity } : {}),
    authorities: outcome === 'verified' ? (parts.authorities ?? []) : [],
    statement,
  };
}
