import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isAssayError } from '../../src/errors.ts';
import { fuzz } from './run.ts';
import { TARGETS } from './targets.ts';

const SEED = 20260301;

describe.each(TARGETS.map((t) => [t.name, t] as const))('%s', (_, target) => {
  test('takes at least one of its honest inputs', async () => {
    const answers = await Promise.all(target.seeds().map((s) => taken(target.decode, s)));
    expect(answers).toContain(true);
  });

  test('bears mutants of its honest inputs', async () => {
    const report = await fuzz(target, SEED, { inputs: 250, perInputMs: 5000 });
    expect(report.crash?.why).toBeUndefined();
    expect(report.inputs).toBe(250);
  });

  test('bears any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        await taken(target.decode, Buffer.from(bytes));
      }),
      { numRuns: 60, seed: SEED },
    );
  });
});

// Whether a decoder takes an input; throws what is no error of ours.
async function taken(decode: (input: Buffer) => unknown, input: Buffer): Promise<boolean> {
  try {
    await decode(input);
    return true;
  } catch (error) {
    if (!isAssayError(error) || error.code === 'internal') throw error;
    return false;
  }
}
