/** Files that are larger than the memory that signing and verifying them may take. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildProgram, type ChildRun, type Program } from './child.ts';

const MIB = 2 ** 20;
/** What the large file may add to the memory that a small one takes. */
const GROWTH_MIB = 60;

describe('a file of 300 MiB', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-large-'));
  let program: Program;

  beforeAll(async () => {
    program = await buildProgram();
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    writeFileSync(join(folder, 'key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(join(folder, 'key.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
    for (const [name, size] of [
      ['small', 1],
      ['large', 300 * MIB],
    ] as const) {
      writeFileSync(join(folder, name), '');
      truncateSync(join(folder, name), size);
    }
  }, 60_000);
  afterAll(() => {
    program.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test('is signed and verified in little more memory than one of a byte', async () => {
    const runs = new Map<string, readonly [ChildRun, ChildRun]>();
    for (const name of ['small', 'large']) {
      const bundle = `${name}.sigstore.json`;
      const signed = await program.run(['sign-blob', '--key', 'key.pem', '--tlog-upload=false', '--bundle', bundle, name], {
        home: folder,
      });
      expect(signed.exit, signed.stderr).toBe(0);
      const verified = await program.run(['verify-blob', '--key', 'key.pub', '--insecure-ignore-tlog', '--bundle', bundle, name], {
        home: folder,
      });
      expect(verified.exit, verified.stderr).toBe(0);
      runs.set(name, [signed, verified]);
    }
    for (const at of [0, 1]) {
      const [small, large] = ['small', 'large'].map((name) => runs.get(name)?.[at]?.peakMiB ?? Number.NaN);
      expect(small).toBeGreaterThan(0);
      expect(large).toBeLessThan((small ?? 0) + GROWTH_MIB);
    }
  });
});
