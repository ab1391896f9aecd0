import { LIMITS } from '../../limits.ts';
import type { Certificate } from './certificate.ts';

/** Pairs of certificates of which the first one's key verified the second one's signature. Holds at most `LIMITS.verifiedPairs`. */
export interface PairCache {
  has(issuer: Certificate, leaf: Certificate): boolean;
  add(issuer: Certificate, leaf: Certificate): void;
  clear(): void;
}

/** An empty cache; when it is full the oldest pair goes. */
export function createPairCache(): PairCache {
  const pairs = new Set<string>();
  const key = (issuer: Certificate, leaf: Certificate): string => issuer.fingerprint + leaf.fingerprint;
  return {
    has: (issuer, leaf) => pairs.has(key(issuer, leaf)),
    add(issuer, leaf) {
      if (pairs.size >= LIMITS.verifiedPairs) for (const oldest of pairs) if (pairs.delete(oldest)) break;
      pairs.add(key(issuer, leaf));
    },
    clear: () => pairs.clear(),
  };
}
