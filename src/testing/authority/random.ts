/** Random numbers that a seed repeats (xoshiro128**, Blackman and Vigna), for fixtures and fuzzing; never for keys that matter. */
export interface Random {
  readonly seed: number;
  /** An integer from 0 to 2^32-1. */
  next(): number;
  /** An integer from 0 to n-1. */
  below(n: number): number;
  /** One of the values. The list must not be empty. */
  pick<T>(values: readonly T[]): T;
  bytes(n: number): Buffer;
  /** True with the probability. */
  chance(probability: number): boolean;
}

/** A generator whose whole sequence the seed decides. */
export function seededRandom(seed: number): Random {
  const s = new Uint32Array(4);
  let z = seed >>> 0;
  for (let i = 0; i < 4; i++) {
    z = (z + 0x9e3779b9) >>> 0;
    let x = z;
    x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
    s[i] = x ^ (x >>> 15);
  }
  function next(): number {
    const [a, b, c, d] = s as unknown as [number, number, number, number];
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const c1 = c ^ a;
    const d1 = d ^ b;
    s[1] = b ^ c1;
    s[0] = a ^ d1;
    s[2] = c1 ^ (b << 9);
    s[3] = rotate(d1, 11);
    return result;
  }
  function below(n: number): number {
    return Math.floor((next() / 0x1_0000_0000) * n);
  }
  return {
    seed,
    next,
    below,
    pick: <T>(values: readonly T[]): T => values[below(values.length)] as T,
    bytes: (n) => Buffer.from(Array.from({ length: n }, () => next() & 0xff)),
    chance: (probability) => next() / 0x1_0000_0000 < probability,
  };
}

function rotate(x: number, k: number): number {
  return (x << k) | (x >>> (32 - k));
}
