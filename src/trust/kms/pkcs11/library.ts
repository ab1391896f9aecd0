/** The only file that names pkcs11js; loaded when a `pkcs11:` reference is used. */
import pkcs11js from 'pkcs11js';

/** Loads a token's module. */
export const PKCS11 = pkcs11js.PKCS11;
