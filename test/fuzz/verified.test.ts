import { describe, expect, test } from 'vitest';
import { verifyEvidence } from '../../src/verify/verifier.ts';
import { decode, requestOf } from '../forgeries/judge.ts';
import { OTHER_DIGEST, OTHER_IMAGE } from '../forgeries/lab.ts';
import { verifiedEvidence } from './seeds.ts';
import { judgeMutants } from './verified.ts';

describe.each(verifiedEvidence())('verified evidence by %s', (_, group) => {
  test('says nothing new, wherever it is changed', async () => {
    const report = await judgeMutants(group, 20260301, { mutants: 1200 });
    expect(report.broken?.why).toBeUndefined();
    // Had all mutants been refused, the property would be empty: white space and unsigned members are neutral.
    expect(report.neutral).toBeGreaterThan(0);
  });

  test('is not verified for another image', async () => {
    for (const { stored, ask } of group) {
      const entity = decode(stored);
      const subject = typeof ask.subject === 'object' ? OTHER_IMAGE : OTHER_DIGEST;
      const findings = entity === null ? undefined : await verifyEvidence(entity, await requestOf({ ...ask, subject }));
      expect(findings?.outcome).toBe('invalid');
    }
  });
});
