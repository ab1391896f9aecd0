/** Trust: keys, certificates, logs and authorities that may be believed, and when. OpenPGP has a door of its own: few starts need it. */
export {
  type CertificateAuthority,
  type CtLog,
  isTimestampOnly,
  noTrust,
  type TimestampAuthority,
  type TrustMaterial,
} from './material.ts';
export type { Fault, Keyring, OpenPgpKey, OpenPgpSigner } from './openpgp/index.ts';
export * from './timestamp/index.ts';
export * from './transparency/index.ts';
export { parseTrustedRoot } from './trusted-root.ts';
export { ALWAYS, contains, type Validity, windowText } from './validity.ts';
export * from './x509/index.ts';
