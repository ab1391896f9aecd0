/** A Merkle tree as RFC 6962 §2.1 has it, that grows. */
import type { Bytes } from '../bytes/index.ts';
import { sha256 } from '../crypto/index.ts';

const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

/** An append-only tree. Sizes and indexes are those of its leaves; every earlier size stays known. */
export interface MerkleTree {
  readonly size: number;
  /** Appends a leaf; answers its index. */
  append(leaf: Bytes): number;
  /** The root at a size, by default the present one. */
  root(size?: number): Buffer;
  /** The audit path of a leaf in the tree of a size (RFC 6962 §2.1.1), by default the present one. */
  path(index: number, size?: number): Buffer[];
  /** The proof that the tree of one size is the beginning of that of another (RFC 6962 §2.1.2). */
  consistency(from: number, to?: number): Buffer[];
  /** The hash of a complete subtree: leaves `index`·2^`level` to before (`index` + 1)·2^`level`; `undefined` while it is not complete. */
  node(level: number, index: number): Buffer | undefined;
}

/** The hash of a leaf. */
export function leafHash(leaf: Bytes): Buffer {
  return sha256(LEAF, leaf);
}

/** The hash of an inner node. */
export function nodeHash(left: Bytes, right: Bytes): Buffer {
  return sha256(NODE, left, right);
}

/** An empty tree. Complete subtrees are hashed once: a proof costs a logarithm. */
export function createMerkleTree(): MerkleTree {
  // levels[k][i] is the hash of leaves i·2^k to (i+1)·2^k-1
  const levels: Buffer[][] = [[]];
  const size = (): number => levels[0]?.length ?? 0;

  function range(start: number, end: number): Buffer {
    const width = end - start;
    if (width === 0) return sha256();
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

  // SUBPROOF of RFC 6962 §2.1.2 over leaves `start` to `end`; `known` while the old root is one that the reader has.
  function subproof(from: number, start: number, end: number, known: boolean): Buffer[] {
    if (start + from === end) return known ? [] : [range(start, end)];
    const middle = start + splitOf(end - start);
    return start + from <= middle
      ? [...subproof(from, start, middle, known), range(middle, end)]
      : [...subproof(from - (middle - start), middle, end, false), range(start, middle)];
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
    root: (at = size()) => range(0, at),
    path: (index, at = size()) => path(index, 0, at),
    consistency: (from, to = size()) => (from === 0 ? [] : subproof(from, 0, to, true)),
    node: (level, index) => levels[level]?.[index],
  };
}

// The largest power of two below n.
function splitOf(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}
