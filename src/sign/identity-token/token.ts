import type { Json } from '../../codec/json.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { printableText } from '../../oci/registry/http/message.ts';
import type { IdentityToken } from '../services.ts';
import { claimsOf } from './claims.ts';

/** The audience that certificate services expect unless they are configured otherwise: Sigstore's client. */
export const SIGSTORE_AUDIENCE = 'sigstore';

/** What a token is held against. */
export interface TokenChecks {
  readonly now: Date;
  /** Default `SIGSTORE_AUDIENCE`. */
  readonly audience?: string;
}

/**
 * Reads an identity token and checks what a service would refuse it for anyway: that it has not expired, is valid yet, and is for the audience.
 * The signature is the service's to check. Throws `token-invalid` saying what is wrong, never repeating the token.
 */
export function parseIdentityToken(jwt: string, source: string, { now, audience = SIGSTORE_AUDIENCE }: TokenChecks): IdentityToken {
  const raw = jwt.trim();
  const claims = claimsOf(raw, source);
  const wrong = (why: string, hint?: string): never => {
    throw new AssayError('token-invalid', `identity token of ${source} ${why}`, hint === undefined ? {} : { hint });
  };
  const text = (name: string): string => {
    const value = claims[name];
    return typeof value === 'string' && value !== '' ? value : wrong(`names no "${name}"`);
  };
  const [issuer, sub] = [text('iss'), text('sub')];
  const expires = timeOf(claims.exp) ?? wrong('does not say when it expires');
  if (expires <= now.getTime())
    wrong(`has expired at ${when(expires)}, and it is ${when(now.getTime())}`, "get a new one; if it is new, check this machine's clock");
  const begins = timeOf(claims.nbf);
  if (begins !== undefined && begins > now.getTime() + LIMITS.tokenSkewMs)
    wrong(`is not valid before ${when(begins)}, and it is ${when(now.getTime())}`, "check this machine's clock");
  const audiences = (Array.isArray(claims.aud) ? (claims.aud as readonly Json[]) : [claims.aud]).filter((a) => typeof a === 'string');
  if (!audiences.includes(audience)) {
    const found = audiences.length === 0 ? 'no audience' : `audience ${audiences.map((a) => printableText(a, 100)).join(', ')}`;
    wrong(
      `is for ${found}, not for ${audience}`,
      'ask its issuer for a token for this audience, or name another one with --oidc-client-id',
    );
  }
  return { raw, issuer, subject: emailIn(claims) ?? sub, audience: audiences, expires: new Date(expires), source };
}

/** The e-mail address of a token that says that it was verified; some issuers write the boolean as a string. */
export function emailIn(claims: { readonly [name: string]: Json }): string | undefined {
  const { email, email_verified: verified } = claims;
  const sure = verified === true || (typeof verified === 'string' && verified.toLowerCase() === 'true');
  return typeof email === 'string' && email !== '' && sure ? email : undefined;
}

/** A NumericDate (RFC 7519 §2) in milliseconds since 1970. */
function timeOf(value: Json | undefined): number | undefined {
  // What no Date can hold is no time.
  return typeof value === 'number' && Math.abs(value) < 8.64e12 ? value * 1000 : undefined;
}

function when(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
