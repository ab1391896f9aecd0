import { type Bytes, equal } from '../../bytes/index.ts';
import { sha256 } from '../../crypto/index.ts';

const LEAF = Buffer.of(0);

/** The hash of a leaf (RFC 6962 §2.1). */
export function leafHash(leaf: Bytes): Buffer {
  return sha256(LEAF, leaf);
}

/**
 * The root that an inclusion proof leads to (RFC 9162 §2.1.3.2), or `undefined` when the proof does not fit index and size.
 * All parameters but the leaf's hash are attacker-controlled; the work is bounded by the number of hashes.
 */
export function rootFromProof(leaf: Bytes, index: bigint, size: bigint, proof: readonly Bytes[]): Bytes | undefined {
  if (index < 0n || index >= size) return undefined;
  let fn = index;
  let sn = size - 1n;
  let root = leaf;
  const node = Buffer.alloc(65, 1);
  const parent = (left: Bytes, right: Bytes): Bytes => {
    node.set(left, 1);
    node.set(right, 33);
    return sha256(node);
  };
  for (const p of proof) {
    if (sn === 0n || p.length !== 32) return undefined;
    if ((fn & 1n) === 1n || fn === sn) {
      root = parent(p, root);
      while ((fn & 1n) === 0n && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else root = parent(root, p);
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n ? root : undefined;
}

/** Whether two roots are the same. */
export function sameRoot(a: Bytes | undefined, b: Bytes): boolean {
  return a !== undefined && equal(a, b);
}
