import { encodeHex } from '../../bytes/index.ts';
import { sha256 } from '../../crypto/index.ts';
import type { Condition } from '../../verify/index.ts';

/** The condition that the signer's certificate is exactly the one with this fingerprint, `sha256:` and the SHA-256 of its DER. */
export function exactCertificate(fingerprint: string): Condition {
  return {
    name: 'certificate',
    async evaluate({ findings }) {
      const material = findings.entity?.material;
      const leaf = material?.kind === 'certificate' ? material.chain[0] : undefined;
      if (leaf === undefined) return { result: 'fail', reason: 'the evidence has no certificate' };
      const found = `sha256:${encodeHex(sha256(leaf))}`;
      return found === fingerprint
        ? { result: 'pass', reason: `it is ${found}` }
        : { result: 'fail', reason: `the certificate is ${found}, not ${fingerprint}` };
    },
  };
}
