import { expect, test } from 'vitest';
import { cosignCueText, cosignCueVerdict, cueFailure, cueText, cueVerdict, evaluateCosignCue, evaluateCue } from './cue.ts';

const CONFLICT = { error: 'predicate.metadata.tools.0.name: conflicting values "syft" and "trivy"' };

test('an error is a failure in the words of policy-controller', () => {
  const verdict = cueVerdict(CONFLICT);
  expect(verdict).toEqual({ result: 'fail', message: `failed to evaluate the policy with error: ${CONFLICT.error}` });
  expect(cueFailure('must-have-cyclonedx', verdict.result === 'fail' ? verdict.message : '')).toBe(
    'failed evaluating cue policy for must-have-cyclonedx: failed to evaluate the policy with error: predicate.metadata.tools.0.name: conflicting values "syft" and "trivy"',
  );
});

test('an error is a failure in the words of cosign', () => {
  expect(cosignCueVerdict(CONFLICT)).toEqual({ result: 'fail', message: CONFLICT.error });
});

test('no error is a pass', async () => {
  const program = { evaluate: async () => ({ value: true }) };
  expect(await evaluateCue(program, '{}')).toEqual({ result: 'pass' });
  expect(await evaluateCosignCue(program, '{}')).toEqual({ result: 'pass' });
});

test('the two ask differently', () => {
  expect([cueText('x'), cosignCueText('x')]).toMatchObject([{ mode: 'unify' }, { mode: 'validate' }]);
});
