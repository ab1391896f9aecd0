import { LIMITS } from '../../limits.ts';
import type { Certificate } from './certificate.ts';

/** Pairs of certificates of which the first one's key verified the second one's signature. Holds at most `LIMITS.verifiedPairs`. */
export interface PairCache {
  has(issuer: Certificate, leaf: Certificate): boolean;
  add(issuer: Certificate, leaf: Certificate): void;
  clear(): void;
}

/**
 * An empty cache; when it is full the oldest pair goes. A certificate has one issuer here, the last that was added: one that two CAs
 * signed with the same name and key is checked again, which costs time and nothing else.
 */
export function createPairCache(): PairCache {
  const issuers = new Map<string, string>();
  return {
    has: (issuer, leaf) => issuers.get(leaf.fingerprint) === issuer.fingerprint,
    add(issuer, leaf) {
      if (issuers.size >= LIMITS.verifiedPairs) for (const oldest of issuers.keys()) if (issuers.delete(oldest)) break;
      issuers.set(leaf.fingerprint, issuer.fingerprint);
    },
    clear: () => issuers.clear(),
  };
}
