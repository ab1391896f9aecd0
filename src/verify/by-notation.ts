import type { NotaryEnvelope, SignedEntity } from '../signature/index.ts';
import { fail } from './check.ts';
import type { Parts } from './parts.ts';
import type { EvidenceRequest, NotationAuthority } from './request.ts';
import type { SignerCertificate } from './signer.ts';

/** The order of verification of a Notary Project signature (trust-store-trust-policy.md, "Signature Verification"). */
export async function notationFindings(
  _entity: SignedEntity,
  _envelope: NotaryEnvelope,
  _certificate: SignerCertificate,
  _authorities: readonly NotationAuthority[],
  _request: EvidenceRequest,
): Promise<Parts> {
  return { checks: [fail('signature', 'untrusted', 'Notary Project signatures are not verified yet')] };
}
