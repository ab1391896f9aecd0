import { createSign, createVerify } from 'node:crypto';
import type { SigningKey } from '../authority/index.ts';

/** Claims of a token. */
export type Claims = Readonly<Record<string, unknown>>;

/** Mints a JWT (RFC 7519) that a key signs with RS256. */
export function mintToken(key: SigningKey, keyId: string, claims: Claims): string {
  const input = `${part({ alg: 'RS256', typ: 'JWT', kid: keyId })}.${part(claims)}`;
  return `${input}.${createSign('sha256').update(input).sign(key.privateKey).toString('base64url')}`;
}

/** Reads and verifies a JWT; throws with the reason. */
export function verifyToken(
  token: string,
  key: SigningKey,
  expected: { readonly issuers: readonly string[]; readonly audience: string; readonly now: Date },
): Claims {
  const [header = '', payload = '', signature = '', more] = token.split('.');
  if (token === '' || more !== undefined) throw new Error('malformed jwt');
  const { alg } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { alg?: unknown };
  if (alg !== 'RS256') throw new Error(`unexpected signature algorithm "${String(alg)}"; expected ["RS256"]`);
  const valid = createVerify('sha256').update(`${header}.${payload}`).verify(key.publicKey, Buffer.from(signature, 'base64url'));
  if (!valid) throw new Error('failed to verify signature: failed to verify id token signature');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims;
  const seconds = Math.floor(expected.now.getTime() / 1000);
  if (!expected.issuers.includes(String(claims.iss))) throw new Error(`unsupported issuer: ${String(claims.iss)}`);
  const audience = Array.isArray(claims.aud) ? claims.aud : [claims.aud];
  if (!audience.includes(expected.audience)) throw new Error(`expected audience "${expected.audience}" got ${JSON.stringify(audience)}`);
  if (typeof claims.exp !== 'number' || claims.exp <= seconds) throw new Error('token is expired');
  if (typeof claims.nbf === 'number' && claims.nbf > seconds + 300) throw new Error('token is not valid yet');
  return claims;
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
