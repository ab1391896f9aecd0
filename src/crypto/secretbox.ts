/** NaCl's secretbox (XSalsa20-Poly1305), in which cosign keeps private keys. The only file that loads @noble/ciphers; loaded on demand. */
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import type { Bytes } from '../bytes/index.ts';

/** The plaintext of a box; `undefined` when it was not sealed with this key (32 bytes) and nonce (24 bytes). */
export function openBox(key: Bytes, nonce: Bytes, box: Bytes): Bytes | undefined {
  try {
    return xsalsa20poly1305(new Uint8Array(key), new Uint8Array(nonce)).decrypt(new Uint8Array(box));
  } catch {
    return undefined;
  }
}

/** Seals a plaintext with a key (32 bytes) and a nonce (24 bytes) that is used once. */
export function sealBox(key: Bytes, nonce: Bytes, plaintext: Bytes): Bytes {
  return xsalsa20poly1305(new Uint8Array(key), new Uint8Array(nonce)).encrypt(new Uint8Array(plaintext));
}
