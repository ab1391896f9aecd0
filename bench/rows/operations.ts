/** Counts the public-key operations that the platform's cryptography is asked for. */
import type { KeyObject } from 'node:crypto';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { OPERATIONS, type Sample } from './bundles.ts';

type Crypto = typeof import('node:crypto');
const crypto = createRequire(import.meta.url)('node:crypto') as { -readonly [K in keyof Crypto]: Crypto[K] };

/** One verification, as it was asked for and answered. */
export interface Verification {
  readonly algorithm: string | null;
  readonly data: Buffer;
  readonly key: KeyObject;
  readonly signature: Buffer;
  readonly holds: boolean;
}

/** What was done while it was recorded. */
export interface Recorded {
  readonly verifications: readonly Verification[];
  /** The keys that were imported. */
  readonly imported: readonly KeyObject[];
}

let recording: { readonly verifications: Verification[]; readonly imported: KeyObject[] } | undefined;

// Once for the whole process and for every contender: changing an import time and again would throw away what V8 has compiled.
const { verify, createPublicKey } = crypto;
crypto.verify = ((algorithm: string | null, data: Buffer, key: KeyObject, signature: Buffer): boolean => {
  const holds = verify(algorithm, data, key, signature);
  recording?.verifications.push({ algorithm, data, key, signature, holds });
  return holds;
}) as Crypto['verify'];
crypto.createPublicKey = ((key: Parameters<Crypto['createPublicKey']>[0]) => {
  const made = createPublicKey(key);
  recording?.imported.push(made);
  return made;
}) as Crypto['createPublicKey'];
syncBuiltinESMExports();

/** Runs something, and records every verification and every import of a public key in it. Costs a push for each. */
export async function recordOperations(run: () => Promise<void>): Promise<Recorded> {
  const made = { verifications: [], imported: [] };
  recording = made;
  try {
    await run();
  } finally {
    recording = undefined;
  }
  return made;
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

const known = new WeakMap<KeyObject, string>();

function spkiOf(key: KeyObject): string {
  const text = known.get(key) ?? key.export({ type: 'spki', format: 'der' }).toString('hex');
  known.set(key, text);
  return text;
}
