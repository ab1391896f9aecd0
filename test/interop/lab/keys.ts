/** Key pairs of every kind that cosign signs with: made by openssl, imported by cosign. */
import type { Workshop } from './workshop.ts';

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

/** Files of a key pair: what openssl wrote, cosign's private key, and the public key. */
export interface LabKey {
  readonly plain: string;
  readonly key: string;
  readonly pub: string;
}

/** Makes `name.pem`, `name.key` and `name.pub`. */
export async function makeKey(workshop: Workshop, kind: LabKeyKind, name: string = kind): Promise<LabKey> {
  const plain = await makePlainKey(workshop, kind, `${name}.pem`);
  await workshop.make('3', ['import-key-pair', '--key', plain, '--output-key-prefix', name, '-y']);
  return { plain, key: `${name}.key`, pub: `${name}.pub` };
}

/** Makes a private key that only openssl has seen (PKCS#8). */
export async function makePlainKey(workshop: Workshop, kind: LabKeyKind, file: string): Promise<string> {
  const [algorithm, option] = KINDS[kind];
  await workshop.openssl(['genpkey', '-algorithm', algorithm, ...(option === undefined ? [] : ['-pkeyopt', option]), '-out', file]);
  return file;
}
