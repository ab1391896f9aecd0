import { equal } from '../../bytes/index.ts';
import type { Signer } from '../../crypto/index.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { printableText, shownAddress } from '../../oci/registry/http/message.ts';
import type { Certificate } from '../../trust/x509/certificate.ts';
import { fulcioClaims } from '../../trust/x509/fulcio.ts';
import { type AltName, altNamesOf } from '../../trust/x509/general-name.ts';
import { statedByToken } from '../identity-token/expected-identity.ts';
import type { IdentityToken } from '../services.ts';

/** What was asked for. */
export interface AskedFor {
  readonly signer: Signer;
  readonly token: IdentityToken;
  readonly url: string;
  readonly now: Date;
}

/**
 * Checks that a certificate is what was asked for: for our key, for the identity of the token, valid now. Whether the authority is a trusted one
 * is for verification. Throws `service-lied`.
 */
export function checkCertified([leaf]: readonly [Certificate, ...Certificate[]], { signer, token, url, now }: AskedFor): void {
  const lied = (why: string, hint?: string): AssayError =>
    new AssayError('service-lied', `certificate service ${shownAddress(url)} ${why}`, hint === undefined ? {} : { hint });
  if (!equal(leaf.spki, signer.publicKey.spki)) throw lied('certifies another key than ours');
  const names = altNamesOf(leaf);
  const [name] = names;
  if (name === undefined || names.length > 1) throw lied(`certifies ${names.length} identities, not one`);
  const claims = claimsIn(leaf, lied);
  const { sub, texts } = statedByToken(token);
  const [issuer, subject] = [claims.get('issuer'), claims.get('tokenSubject')];
  if (issuer === undefined) throw lied('certifies an identity without its issuer');
  if (!texts.has(issuer)) throw lied(`names the issuer ${shown(issuer)}, which the token does not`);
  if (subject !== undefined && subject !== sub) throw lied(`certifies the token of ${shown(subject)}, not ours`);
  if (!isIdentityOf(name, texts, sub, subject !== undefined))
    throw lied(`certifies the identity ${shown(name.value)}, which is not the token's`);
  if (now.getTime() < leaf.notBefore - LIMITS.tokenSkewMs || now.getTime() > leaf.notAfter) {
    const [from, to] = [leaf.notBefore, leaf.notAfter].map((ms) => new Date(ms).toISOString());
    throw lied(`certifies from ${from} to ${to}, and it is ${now.toISOString()}`, "check this machine's clock");
  }
}

// A private Fulcio may make addresses of workloads by rules of its own: then the token's subject, which it certifies as well, binds them to the token.
function isIdentityOf(name: AltName, texts: ReadonlySet<string>, sub: string, bound: boolean): boolean {
  if (texts.has(name.value)) return true;
  if (name.kind === 'other') return name.value.startsWith(`${sub}!`);
  return name.kind === 'uri' && bound;
}

function claimsIn(leaf: Certificate, lied: (why: string) => AssayError): ReadonlyMap<string, string> {
  try {
    return fulcioClaims(leaf);
  } catch (cause) {
    throw lied(`certifies what cannot be read: ${cause instanceof Error ? cause.message : ''}`);
  }
}

function shown(text: string): string {
  return printableText(text, 200);
}
