/** Key pairs of every kind that cosign signs with: made by openssl, kept in cosign's form. */
import { createPrivateKey, createPublicKey, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { pem } from '../../../src/codec/der/encode.ts';
import { sealBox } from '../../../src/crypto/secretbox.ts';
import type { Workshop } from './workshop.ts';

const deriveKey = promisify<string, Buffer, number, object, Buffer>(scrypt);

/** The kinds, with openssl's words for them. */
const KINDS = {
  p256: ['EC', 'ec_paramgen_curve:P-256'],
  p384: ['EC', 'ec_paramgen_curve:P-384'],
  p521: ['EC', 'ec_paramgen_curve:P-521'],
  rsa2048: ['RSA', 'rsa_keygen_bits:2048'],
  rsa3072: ['RSA', 'rsa_keygen_bits:3072'],
  rsa4096: ['RSA', 'rsa_keygen_bits:4096'],
  ed25519: ['ED25519'],
} as const;

/** A kind of key. */
export type LabKeyKind = keyof typeof KINDS;

/** Every kind. */
export const KEY_KINDS = Object.keys(KINDS) as readonly LabKeyKind[];

/** Files of a key pair: what openssl wrote, the private key in cosign's form, and the public key. */
export interface LabKey {
  readonly plain: string;
  readonly key: string;
  readonly pub: string;
}

/** The lowest cost of scrypt that cosign accepts, half of what it chooses: a key is opened for each signature. Keys that cosign itself makes: `keys-of-assay.test.ts`. */
const COST = { N: 32_768, r: 8, p: 1 };

/** Makes `name.pem`, `name.key`, which has no password, and `name.pub`. */
export async function makeKey(workshop: Workshop, kind: LabKeyKind, name: string = kind): Promise<LabKey> {
  const plain = await makePlainKey(workshop, kind, `${name}.pem`);
  const handle = createPrivateKey(workshop.read(plain));
  const [salt, nonce] = [randomBytes(32), randomBytes(24)];
  const box = sealBox(await deriveKey('', salt, 32, { ...COST, maxmem: 2 ** 26 }), nonce, handle.export({ type: 'pkcs8', format: 'der' }));
  const sealed = {
    kdf: { name: 'scrypt', params: COST, salt: salt.toString('base64') },
    cipher: { name: 'nacl/secretbox', nonce: nonce.toString('base64') },
    ciphertext: Buffer.from(box).toString('base64'),
  };
  workshop.write(`${name}.key`, pem('ENCRYPTED SIGSTORE PRIVATE KEY', Buffer.from(JSON.stringify(sealed))));
  workshop.write(`${name}.pub`, createPublicKey(handle).export({ type: 'spki', format: 'pem' }));
  return { plain, key: `${name}.key`, pub: `${name}.pub` };
}

/** Makes a private key that only openssl has seen (PKCS#8). */
export async function makePlainKey(workshop: Workshop, kind: LabKeyKind, file: string): Promise<string> {
  const [algorithm, option] = KINDS[kind];
  await workshop.openssl(['genpkey', '-algorithm', algorithm, ...(option === undefined ? [] : ['-pkeyopt', option]), '-out', file]);
  return file;
}
