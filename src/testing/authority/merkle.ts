/** A Merkle tree as RFC 6962 §2.1 has it, that grows. */
import { createHash } from 'node:crypto';
import type { Bytes } from '../../bytes/index.ts';

/** An append-only tree. */
export interface MerkleTree {
  readonly size: number;
  /** Appends a leaf; answers its index. */
  append(leaf: Bytes): number;
  root(): Buffer;
  /** The audit path of a leaf in the whole tree (RFC 6962 §2.1.1). */
  path(index: number): Buffer[];
}

/** The hash of a leaf. */
export function leafHash(leaf: Bytes): Buffer {
  return createHash('sha256').update(Buffer.of(0)).update(leaf).digest();
}

/** The hash of an inner node. */
export function nodeHash(left: Bytes, right: Bytes): Buffer {
  return createHash('sha256').update(Buffer.of(1)).update(left).update(right).digest();
}

/** An empty tree. Complete subtrees are hashed once: a proof costs a logarithm. */
export function createMerkleTree(): MerkleTree {
  // levels[k][i] is the hash of leaves i·2^k to (i+1)·2^k-1
  const levels: Buffer[][] = [[]];
  const size = (): number => levels[0]?.length ?? 0;

  function range(start: number, end: number): Buffer {
    const width = end - start;
    if (width === 0) return createHash('sha256').digest();
    const level = Math.log2(width);
    if (Number.isInteger(level) && start % width === 0) return levels[level]?.[start / width] as Buffer;
    const split = splitOf(width);
    return nodeHash(range(start, start + split), range(start + split, end));
  }

  function path(index: number, start: number, end: number): Buffer[] {
    if (end - start === 1) return [];
    const middle = start + splitOf(end - start);
    return index < middle ? [...path(index, start, middle), range(middle, end)] : [...path(index, middle, end), range(start, middle)];
  }

  return {
    get size() {
      return size();
    },
    append(leaf) {
      levels[0]?.push(leafHash(leaf));
      for (let k = 0; (levels[k] as Buffer[]).length % 2 === 0; k++) {
        const below = levels[k] as Buffer[];
        levels[k + 1] ??= [];
        levels[k + 1]?.push(nodeHash(below.at(-2) as Buffer, below.at(-1) as Buffer));
      }
      return size() - 1;
    },
    root: () => range(0, size()),
    path: (index) => path(index, 0, size()),
  };
}

// The largest power of two below n.
function splitOf(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}
