/** Counts the public-key operations that the platform's cryptography is asked for. */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { OPERATIONS, type Sample } from './bundles.ts';

type Crypto = typeof import('node:crypto');
const crypto = createRequire(import.meta.url)('node:crypto') as { -readonly [K in keyof Crypto]: Crypto[K] };

/** One verification, as it was asked for and answered. */
export interface Verification {
  readonly algorithm: string | null;
  readonly data: Buffer;
  readonly key: import('node:crypto').KeyObject;
  readonly signature: Buffer;
  readonly holds: boolean;
}

/** What was done while it was recorded. */
export interface Recorded {
  readonly verifications: readonly Verification[];
  /** The keys that were imported. */
  readonly imported: readonly import('node:crypto').KeyObject[];
}

/** Runs something, and records every verification and every import of a public key in it. Costs two pushes for each. */
export async function recordOperations(run: () => Promise<void>): Promise<Recorded> {
  const { verify, createPublicKey } = crypto;
  const verifications: Verification[] = [];
  const imported: import('node:crypto').KeyObject[] = [];
  crypto.verify = ((algorithm: string | null, data: Buffer, key: Verification['key'], signature: Buffer): boolean => {
    const holds = verify(algorithm, data, key, signature);
    verifications.push({ algorithm, data, key, signature, holds });
    return holds;
  }) as Crypto['verify'];
  crypto.createPublicKey = ((key: Parameters<Crypto['createPublicKey']>[0]) => {
    const made = createPublicKey(key);
    imported.push(made);
    return made;
  }) as Crypto['createPublicKey'];
  syncBuiltinESMExports();
  try {
    await run();
  } finally {
    Object.assign(crypto, { verify, createPublicKey });
    syncBuiltinESMExports();
  }
  return { verifications, imported };
}

/**
 * The verifications of each sample in the order of `OPERATIONS`, found by their signatures and keys: whatever order they were done in.
 * Throws when one is missing, did not hold, or was done with another key; or when the key of a leaf was not imported in this very run.
 */
export function requireOperations(samples: readonly Sample[], { verifications, imported }: Recorded): readonly (readonly Verification[])[] {
  const held = new Map<string, Verification>();
  for (const v of verifications) if (v.holds) held.set(`${spkiOf(v.key)} ${Buffer.from(v.signature).toString('hex')}`, v);
  const keys = new Set(imported.map(spkiOf));
  return samples.map((sample, i) => {
    if (!keys.has(sample.keys[OPERATIONS.indexOf('payload')] ?? '')) throw new Error(`bundle ${i}: the leaf's key was not imported`);
    return OPERATIONS.map((name, at) => {
      const verification = held.get(`${sample.keys[at]} ${sample.signatures[at]}`);
      if (verification === undefined) throw new Error(`bundle ${i}: the signature of its ${name} was not verified`);
      return verification;
    });
  });
}

const known = new WeakMap<import('node:crypto').KeyObject, string>();

function spkiOf(key: import('node:crypto').KeyObject): string {
  const text = known.get(key) ?? key.export({ type: 'spki', format: 'der' }).toString('hex');
  known.set(key, text);
  return text;
}
