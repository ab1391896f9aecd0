/** Object identifiers, names and extensions of certificates: the minting room's, for a test's keys. */
import { utf8 } from '../../bytes/index.ts';
import { ia5String, utf8String } from '../../codec/der/encode.ts';
import * as mint from '../../mint/index.ts';
import type { SigningKey } from './keys.ts';

export {
  type AlternativeName as San,
  basicConstraints,
  type Extension,
  encodeExtension,
  encodeName,
  extendedKeyUsage,
  generalName,
  type KeyUsage,
  keyUsage,
  type Name,
  nameConstraints,
  OID,
  subjectAltName,
} from '../../mint/index.ts';

/** subjectKeyIdentifier: SHA-1 of the SPKI, a mere name. */
export function subjectKeyId(key: SigningKey): mint.Extension {
  return mint.subjectKeyId(key.spki);
}

/** authorityKeyIdentifier. */
export function authorityKeyId(key: SigningKey): mint.Extension {
  return mint.authorityKeyId(key.spki);
}

/** A claim of Fulcio: 1 to 6 as bare bytes, 8 to 24 as UTF8String (fulcio docs/oid-info.md), unless it is bent into another form. */
export function fulcioClaim(n: number, value: string, form?: 'raw' | 'utf8' | 'ia5'): mint.Extension {
  const honest = mint.fulcioClaim(n, value);
  if (form === undefined) return honest;
  return { ...honest, value: form === 'raw' ? utf8(value) : form === 'utf8' ? utf8String(value) : ia5String(value) };
}
