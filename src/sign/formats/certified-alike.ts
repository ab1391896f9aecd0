import { equal } from '../../bytes/index.ts';
import type { Evidence } from '../../verify/index.ts';
import type { SigningIdentity } from '../identity.ts';

/**
 * Whether evidence that verified comes with the certificate that new evidence would come with. Where nothing says what a certificate stands on, evidence is verified by the
 * key alone: then the bare key, or a certificate that somebody put to its signature, is not what was asked for.
 */
export function certifiedAlike(identity: SigningIdentity, { signer, entity }: Pick<Evidence, 'signer' | 'entity'>): boolean {
  if (identity.kind !== 'certificate' || (signer !== undefined && signer.kind !== 'key')) return true;
  const [wanted] = identity.chain;
  const [leaf] = entity?.material.kind === 'certificate' ? entity.material.chain : [];
  return leaf !== undefined && wanted !== undefined && equal(leaf, wanted);
}
