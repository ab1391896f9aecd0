import { joseAlgorithmOf, verifyJose } from '../../../crypto/index.ts';
import { NOTATION_PAYLOAD } from '../../../oci/media-types.ts';
import { inForce } from '../../../rules.ts';
import type { NotaryEnvelope } from '../../../signature/index.ts';
import { fail, pass } from '../../check.ts';
import type { Check } from '../../report.ts';
import type { SignerCertificate } from '../../signer.ts';

/**
 * "Validate Integrity" (trust-store-trust-policy.md, "Steps"): the algorithm is the one that the leaf's key demands, the signature is
 * the key's by that algorithm, and what was signed is a Notary Project payload. No level lets these pass.
 */
export function checkIntegrity(envelope: NotaryEnvelope, { key }: SignerCertificate): readonly Check[] {
  const demanded = joseAlgorithmOf(key);
  const algorithm =
    demanded === envelope.algorithm || !inForce('notation-algorithm')
      ? pass('algorithm', `${envelope.algorithm}, as the certificate's key demands`)
      : fail(
          'algorithm',
          'invalid',
          demanded === undefined
            ? `the certificate's key is of a kind or size that may not sign (RSA of 2048, 3072 or 4096 bits, P-256, P-384, P-521)`
            : `the envelope names ${envelope.algorithm}, the certificate's key demands ${demanded}`,
        );
  const signature =
    verifyJose(key, envelope.algorithm, envelope.signed, envelope.signature) || !inForce('signature')
      ? pass('signature', "by the certificate's key")
      : fail('signature', 'invalid', `the certificate's key does not verify the signature by ${envelope.algorithm}`);
  const type = envelope.contentType;
  const contentType =
    type === NOTATION_PAYLOAD || !inForce('notation-content-type')
      ? pass('content-type', type.slice(0, 200))
      : fail('content-type', 'invalid', `the content type is "${type.slice(0, 200)}", not ${NOTATION_PAYLOAD}`);
  return [algorithm, signature, contentType];
}
