/** OpenPGP keys: keyrings, and what their own signatures make of them. */
export { type Fault, type Keyring, type OpenPgpKey, type OpenPgpSigner, readKeyring } from './keyring.ts';
export { isSignedBy } from './signed-by.ts';
