import { encodeBase64 } from '../../bytes/index.ts';
import { importPublicKey, type PublicKey, sha256 } from '../../crypto/index.ts';
import { AssayError } from '../../errors.ts';
import { digestOf } from '../../oci/digest.ts';
import { describeEvidence } from '../../sign/self-verify.ts';
import type { SignedEntity, SignerMaterial } from '../../signature/index.ts';
import { noTrust, parseCertificate, publicKeyOf } from '../../trust/index.ts';
import type { VerificationSubject } from '../../verify/index.ts';
import type { Call } from '../command.ts';

/** A signer's material as a bundle has it: a bare key becomes the hint that cosign writes, the base64 of its key id. */
export function materialOfKey(key: PublicKey): SignerMaterial {
  return { kind: 'public-key', hint: encodeBase64(sha256(key.spki)), spki: key.spki };
}

/** The key that a signer's material holds; `undefined` where it only hints at one. Throws `certificate-invalid`, `key-invalid`. */
export function keyOfMaterial(material: SignerMaterial): PublicKey | undefined {
  if (material.kind === 'public-key') return material.spki === undefined ? undefined : importPublicKey(material.spki);
  const leaf = material.kind === 'certificate' ? material.chain[0] : undefined;
  return leaf === undefined ? undefined : publicKeyOf(parseCertificate(leaf));
}

/**
 * Checks by the one verifier that evidence is a signature of a key over a subject. Certificates, logs and timestamps are taken as they are: who has the trust
 * root verifies those. Throws `bundle-invalid` with what failed.
 */
export async function checkSignedBy(entity: SignedEntity, key: PublicKey, subject: VerificationSubject, call: Call): Promise<void> {
  const evidence = await describeEvidence(
    { format: entity.format, digest: digestOf(new Uint8Array()), found: 'file', storedAs: undefined, content: entity },
    {
      subject,
      wanted: { kind: 'any' },
      authorities: [{ kind: 'key', name: key.keyId, key }],
      trust: noTrust(),
      demands: { unsafeSkipTransparencyLog: true, unsafeSkipSct: true, timestampThreshold: 0 },
      now: call.io.now().getTime(),
      signal: call.signal,
    },
  );
  if (evidence.outcome === 'verified') return;
  const why = evidence.checks.filter((c) => c.result === 'fail' || c.result === 'inconclusive').map((c) => c.reason);
  throw new AssayError('bundle-invalid', `the parts do not belong together, so no bundle was made: ${why.join('; ')}`, {
    hint: 'check that artifact, signature and key or certificate are of the same signing',
  });
}
