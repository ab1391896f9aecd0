/** Private keys: read, encrypted and made, with the public ones that are written beside them. Loaded by whoever signs. */
export { COSIGN_LABELS, encryptPrivateKey } from './cosign-key.ts';
export { algorithmNamed, generatePrivateKey } from './generate-key.ts';
export { type AskPassword, isEncryptedPem, privateKeyFromPem } from './pem-private-key.ts';
export { publicKeyPem } from './write-public-key.ts';
