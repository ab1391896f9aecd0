import type { OpenPgpMessage, OpenPgpSignature } from '../codec/openpgp/index.ts';
import { LIMITS } from '../limits.ts';
import { inForce } from '../rules.ts';
import type { SignedEntity } from '../signature/index.ts';
import { isSignedBy, type OpenPgpKey, type OpenPgpSigner } from '../trust/openpgp/index.ts';
import { fail, pass } from './check.ts';
import { checkSubject } from './checks/subject.ts';
import type { Parts } from './parts.ts';
import type { Check } from './report.ts';
import type { EvidenceRequest } from './request.ts';

interface Candidate {
  readonly key: OpenPgpKey;
  readonly signer: OpenPgpSigner;
}

/**
 * The order of verification of a simple signature (containers/image docs/containers-signature.5.md, "Processing"): the signature by a key of
 * the keyrings, then that key's own standing now, then what was signed. An OpenPGP key proves no other time than now.
 */
export function openPgpFindings(entity: SignedEntity, message: OpenPgpMessage, request: EvidenceRequest): Parts {
  const authorities = request.authorities.filter((a) => a.kind === 'openpgp');
  const subject = checkSubject(entity, request);
  if (authorities.length === 0)
    return { checks: [fail('key', 'untrusted', 'a simple signature, and no OpenPGP key was asked for'), ...subject] };
  const named = authorities.flatMap((a) => a.keys).flatMap((key) => signersNamed(key, message.signature));
  const found =
    named.find((c) => isSignedBy(c.signer.key, message.signature, message.payload)) ?? (inForce('signature') ? undefined : named[0]);
  if (found === undefined) return { checks: [noneSigned(named, message.signature), ...subject] };
  const { key, signer } = found;
  return {
    checks: [
      pass('signature', `by the OpenPGP key ${signer.fingerprint}`),
      ...keyChecks(signer, request.now),
      ...timeChecks(message.signature, signer, request.now),
      ...subject,
    ],
    signer: { kind: 'key', keyId: key.id },
    authorities: authorities.filter((a) => a.keys.some((k) => k.fingerprint === key.fingerprint)),
  };
}

// The issuer is a hint that narrows the search; a signature without one may be any key's.
function signersNamed(key: OpenPgpKey, { issuerFingerprint, issuerKeyId }: OpenPgpSignature): Candidate[] {
  return key.signers
    .filter((s) => (issuerFingerprint ?? s.fingerprint) === s.fingerprint && (issuerKeyId ?? s.keyId) === s.keyId)
    .map((signer) => ({ key, signer }));
}

function noneSigned(named: readonly Candidate[], signature: OpenPgpSignature): Check {
  if (signature.hash === undefined)
    return fail('signature', 'invalid', 'the signature is over a hash other than SHA-256, SHA-384, SHA-512');
  const says = signature.issuerFingerprint ?? signature.issuerKeyId;
  const [first] = named;
  if (first !== undefined && says !== undefined && inForce('key-hint'))
    return fail('signature', 'invalid', `the evidence names the key ${first.signer.fingerprint}, which does not verify the signature`);
  return fail(
    'key',
    'untrusted',
    says === undefined ? 'signed by none of the OpenPGP keys' : `signed by ${says}, which is none of the OpenPGP keys`,
  );
}

function keyChecks(signer: OpenPgpSigner, now: number): Check[] {
  const checks: Check[] = signer.faults.filter((f) => inForce(f.rule)).map((f) => fail('openpgp-key', f.outcome, f.reason));
  if (signer.expires !== undefined && signer.expires <= now && inForce('openpgp-key-expired'))
    checks.push(fail('openpgp-key', 'expired', `the key ${signer.fingerprint} expired at ${new Date(signer.expires).toISOString()}`));
  return checks.length > 0 ? checks : [pass('openpgp-key', 'the key is bound, meant for signing, not revoked and not expired')];
}

function timeChecks(signature: OpenPgpSignature, signer: OpenPgpSigner, now: number): Check[] {
  const made = signature.created * 1000;
  const at = new Date(made).toISOString();
  const checks: Check[] = [];
  if (signature.unknownCritical !== undefined && inForce('openpgp-critical'))
    checks.push(
      fail('openpgp-signature', 'invalid', `the signature has a critical part ${signature.unknownCritical} that is not understood`),
    );
  if (made < signer.created && inForce('openpgp-signing-time'))
    checks.push(fail('openpgp-signature', 'invalid', `made at ${at}, before its key`));
  if (made > now + LIMITS.openPgpSkewMs && inForce('openpgp-signing-time'))
    checks.push(fail('openpgp-signature', 'invalid', `made at ${at}, which is yet to come`));
  const end = signature.expiresAfter === undefined ? undefined : made + signature.expiresAfter * 1000;
  if (end !== undefined && end <= now && inForce('openpgp-signature-expired'))
    checks.push(fail('openpgp-signature', 'expired', `the signature expired at ${new Date(end).toISOString()}`));
  return checks.length > 0 ? checks : [pass('openpgp-signature', `made at ${at}`)];
}
