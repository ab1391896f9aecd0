import { pbkdf2, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import type { Bytes } from '../bytes/index.ts';
import { AssayError } from '../errors.ts';
import { LIMITS } from '../limits.ts';

const derivePbkdf2 = promisify(pbkdf2);

/** What scrypt is asked to do (RFC 7914 §2): cost, block size, parallelization. */
export interface ScryptCost {
  readonly n: number;
  readonly r: number;
  readonly p: number;
}

/** A key of `length` bytes by scrypt (RFC 7914). Throws `limit` for a cost beyond the bounds, before anything is computed, and `key-invalid` for one that is none. */
export async function byScrypt(password: Bytes, salt: Bytes, { n, r, p }: ScryptCost, length: number): Promise<Buffer> {
  // The platform is not asked about a cost that RFC 7914 §2 rules out: its refusal spoils the next key that it reads.
  if (n < 2 || !Number.isInteger(Math.log2(n)) || r < 1 || p < 1 || Math.log2(n) >= 16 * r)
    throw new AssayError('key-invalid', `scrypt has no cost N=${n} r=${r} p=${p}`);
  const memory = 128 * r * (n + p);
  if (memory > LIMITS.kdfMemoryBytes || n * r * p > LIMITS.kdfPasses)
    throw new AssayError('limit', `scrypt with N=${n} r=${r} p=${p} is refused: more work than an honest key asks for`);
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void =>
      reject(new AssayError('key-invalid', `scrypt with N=${n} r=${r} p=${p} cannot be computed`, { cause }));
    try {
      scrypt(password, salt, length, { N: n, r, p, maxmem: memory + 1024 * 1024 }, (error, key) => {
        if (error === null) resolve(key);
        else fail(error);
      });
    } catch (cause) {
      // What is no cost by RFC 7914 is thrown at once.
      fail(cause);
    }
  });
}

/** A key of `length` bytes by PBKDF2 (RFC 8018 §5.2). Throws `limit` for a count beyond the bounds, before anything is computed. */
export async function byPbkdf2(password: Bytes, salt: Bytes, iterations: number, digest: string, length: number): Promise<Buffer> {
  if (iterations < 1) throw new AssayError('key-invalid', 'PBKDF2 has no iteration count of 0');
  if (iterations > LIMITS.kdfIterations)
    throw new AssayError('limit', `PBKDF2 with ${iterations} iterations is refused (at most ${LIMITS.kdfIterations})`);
  return derivePbkdf2(password, salt, iterations, length, digest);
}
