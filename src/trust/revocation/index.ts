/** Whether certificates are revoked: OCSP (RFC 6960) and revocation lists (RFC 5280 §5, §6.3), from the network or from files. */
export { createRevocationCache, type RevocationCache } from './cache.ts';
export { type CertificateRevocation, checkRevocation, type RevocationOptions } from './check.ts';
export { parseRevocationList, type RevocationList } from './crl/list.ts';
export { type OcspAnswer, parseOcspAnswer } from './ocsp/answer.ts';
export { ocspRequest } from './ocsp/certificate-id.ts';
export { fileRevocation } from './source/files.ts';
export { type NetworkRevocation, networkRevocation } from './source/network.ts';
export { notationCrlCache } from './source/notation-cache.ts';
export { type AtHand, combineRevocation, type RevocationSource } from './source/source.ts';
