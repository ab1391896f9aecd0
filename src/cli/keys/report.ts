import { algorithmsOf, type PublicKey } from '../../crypto/index.ts';
import { publicKeyPem } from '../../crypto/private-keys.ts';
import type { Output, Warning } from '../output/output.ts';

/** A key in the JSON of the commands about keys. */
export interface KeyJson {
  /** SHA-256 of the DER SubjectPublicKeyInfo, `sha256:<hex>`. */
  readonly keyId: string;
  readonly type: 'ecdsa' | 'rsa' | 'ed25519';
  /** What the key signs with when nothing else is asked for, by Sigstore's name; `null` for a key that only verifies. */
  readonly algorithm: string | null;
  /** PEM of the SubjectPublicKeyInfo. */
  readonly publicKey: string;
  /** Where the private key is, when it is in no file. */
  readonly reference?: string;
  /** What was written. */
  readonly files: { readonly privateKey?: string; readonly publicKey?: string };
}

/** The one object of `keys generate`, `keys import` and `keys public`: `assay/keys/v1`. */
export interface KeysReport {
  readonly schema: 'assay/keys/v1';
  readonly key: KeyJson;
  readonly warnings: readonly Warning[];
  readonly errors: readonly object[];
}

/** Says what became of a key. */
export async function reportKey(
  out: Output,
  key: PublicKey,
  where: { readonly reference?: string; readonly files: KeyJson['files'] },
): Promise<void> {
  const algorithm = algorithmOf(key);
  if (out.format !== 'text') {
    const report: KeysReport = {
      schema: 'assay/keys/v1',
      key: { keyId: key.keyId, type: key.type, algorithm: algorithm ?? null, publicKey: publicKeyPem(key), ...where },
      warnings: out.warnings,
      errors: [],
    };
    await out.result(report);
    return;
  }
  const { privateKey, publicKey } = where.files;
  const place = privateKey ?? where.reference;
  const rows: string[] = [];
  if (place !== undefined) rows.push(`private key   ${place}`);
  if (publicKey !== undefined) rows.push(`public key    ${publicKey}`);
  rows.push(`key           ${key.keyId}`, `algorithm     ${algorithm ?? key.type}`);
  out.print(`${rows.join('\n')}\n`);
}

// A key of a size that nobody signs with may still verify.
function algorithmOf(key: PublicKey): string | undefined {
  try {
    return algorithmsOf(key)[0].name;
  } catch {
    return undefined;
  }
}
