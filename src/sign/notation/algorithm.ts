import { HASH_LENGTH, hashOfJose, type SigningScheme } from '../../crypto/index.ts';
import type { NotaryAlgorithm } from '../../signature/index.ts';

/** The words of plugins for an algorithm (plugin-extensibility.md; signature-specification.md, "Algorithm Selection"). */
export interface PluginWords {
  readonly keySpec: string;
  readonly hashAlgorithm: string;
  readonly signingAlgorithm: string;
}

/** Every algorithm in the words of plugins. */
export const PLUGIN_WORDS: Readonly<Record<NotaryAlgorithm, PluginWords>> = {
  PS256: { keySpec: 'RSA-2048', hashAlgorithm: 'SHA-256', signingAlgorithm: 'RSASSA-PSS-SHA-256' },
  PS384: { keySpec: 'RSA-3072', hashAlgorithm: 'SHA-384', signingAlgorithm: 'RSASSA-PSS-SHA-384' },
  PS512: { keySpec: 'RSA-4096', hashAlgorithm: 'SHA-512', signingAlgorithm: 'RSASSA-PSS-SHA-512' },
  ES256: { keySpec: 'EC-256', hashAlgorithm: 'SHA-256', signingAlgorithm: 'ECDSA-SHA-256' },
  ES384: { keySpec: 'EC-384', hashAlgorithm: 'SHA-384', signingAlgorithm: 'ECDSA-SHA-384' },
  ES512: { keySpec: 'EC-521', hashAlgorithm: 'SHA-512', signingAlgorithm: 'ECDSA-SHA-512' },
};

/** The algorithm of a key specification; `undefined` for one that there is not. */
export function algorithmOfKeySpec(keySpec: unknown): NotaryAlgorithm | undefined {
  const names = Object.keys(PLUGIN_WORDS) as readonly NotaryAlgorithm[];
  return names.find((name) => PLUGIN_WORDS[name].keySpec === keySpec);
}

/** How a key at hand or in a service signs by an algorithm: PSS with a salt as long as the digest, ECDSA as r and s side by side. */
export function schemeOf(algorithm: NotaryAlgorithm): SigningScheme {
  const hash = hashOfJose(algorithm);
  return algorithm.startsWith('PS') ? { hash, padding: 'pss', saltLength: HASH_LENGTH[hash] } : { hash, raw: true };
}
