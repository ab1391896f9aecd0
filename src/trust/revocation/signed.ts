import type { Bytes } from '../../bytes/index.ts';
import { verifyWith } from '../../crypto/index.ts';
import { messageOf } from '../../errors.ts';
import { type Certificate, type CertificateSignatureAlgorithm, publicKeyOf } from '../x509/index.ts';

/** Something signed as certificates, lists and OCSP answers are. */
export interface Signed {
  /** The signed part, tag and length included. */
  readonly tbs: Bytes;
  readonly signatureAlgorithm: CertificateSignatureAlgorithm;
  readonly signature: Bytes;
}

/** Why a certificate's key did not sign something; `undefined` when it did. */
export function signatureProblem(signed: Signed, signer: Certificate): string | undefined {
  const { accepted, oid } = signed.signatureAlgorithm;
  if (accepted === undefined) return `the signature algorithm ${oid} is not accepted`;
  try {
    const key = publicKeyOf(signer);
    if (key.type !== accepted.key) return `the signature is by another kind of key (${accepted.key}, not ${key.type})`;
    return verifyWith(key, accepted.scheme, signed.tbs, signed.signature) ? undefined : 'the signature does not match';
  } catch (error) {
    return messageOf(error);
  }
}
