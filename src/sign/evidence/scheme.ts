import { algorithmFor, type KeyAlgorithm, type Signer, type SigningScheme, sameScheme } from '../../crypto/index.ts';
import { AssayError } from '../../errors.ts';

/** What decides in which of its schemes a key signs. */
export interface SchemeWanted {
  /** cosign's tags and old files: SHA-256 whatever the curve. */
  readonly sha256: boolean;
  /** A log is given a digest alone and checks the signature by it: Ed25519 has to sign the prehashed form. */
  readonly byDigest: boolean;
  /** The only algorithm that may be used (`--signing-algorithm`). */
  readonly algorithm?: KeyAlgorithm;
}

/** The scheme in which a key signs, the best that it has and that verifiers of the form expect. Throws `algorithm-unsupported`. */
export function schemeFor(signer: Signer, { sha256, byDigest, algorithm }: SchemeWanted): SigningScheme {
  const { schemes, publicKey, name } = signer;
  if (algorithm !== undefined) {
    const found = algorithm.fits(publicKey) ? schemes.find((s) => sameScheme(s, algorithm.scheme)) : undefined;
    if (found === undefined) throw new AssayError('algorithm-unsupported', `the key ${name} does not sign with ${algorithm.name}`);
    return found;
  }
  if (publicKey.type === 'ed25519') {
    const found = schemes.find((s) => (s.prehashed ?? false) === byDigest);
    if (found !== undefined) return found;
    throw new AssayError('algorithm-unsupported', `the key ${name} signs Ed25519 only in its ${byDigest ? 'pure' : 'prehashed'} form`, {
      hint: byDigest ? 'a transparency log that is given digests needs the prehashed one: sign without a log (--tlog-upload=false)' : '',
    });
  }
  const fitting = sha256 ? schemes.find((s) => s.hash === 'sha256') : schemes[0];
  const found = fitting ?? schemes[0];
  if (found === undefined) throw new AssayError('algorithm-unsupported', `the key ${name} signs in no known way`);
  return found;
}

/** The algorithm's names of a scheme that was chosen. Throws `algorithm-unsupported`. */
export function algorithmOfScheme(signer: Signer, scheme: SigningScheme): KeyAlgorithm {
  return algorithmFor(signer.publicKey, scheme);
}
