import { toAssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { PolicySet } from '../../policy/index.ts';
import { createDecisions, type Facts, type SubjectReport } from '../../verify/index.ts';
import type { Call } from '../command.ts';
import type { Values } from '../values.ts';
import type { AskedImage } from '../verify/image-list.ts';
import type { Question } from '../verify/question.ts';
import type { PolicySuite, PolicyTest } from './suite.ts';

/** What became of a test. */
export interface TestResult {
  readonly suite: string;
  readonly name: string;
  readonly image: string;
  readonly passed: boolean;
  /** What was found instead; empty when it passed. */
  readonly difference: string;
  readonly verdict: 'allow' | 'warn' | 'deny' | undefined;
  readonly outcome: string;
  readonly reasons: readonly string[];
  readonly seconds: number;
}

/** Runs a suite: its policies are compiled once, its images judged as `assay verify --policy` judges them. */
export async function runSuite(suite: PolicySuite, call: Call): Promise<readonly TestResult[]> {
  const own = suite.trustedRoot === undefined ? call : { ...call, options: withText(call.options, 'trusted-root', suite.trustedRoot) };
  const [{ policiesOf }, { notationFacts }] = await Promise.all([import('../verify/policies.ts'), import('../verify/trust-policy.ts')]);
  const set = await policiesOf(suite.policies, own);
  const facts = await notationFacts(own);
  const results: TestResult[] = [];
  for (const [i, test] of suite.tests.entries()) {
    call.out.progress(`${suite.name}: ${i + 1} of ${suite.tests.length}`);
    results.push(await runTest(suite, test, set, facts, own));
  }
  call.out.progress(undefined);
  return results;
}

async function runTest(suite: PolicySuite, test: PolicyTest, set: PolicySet, facts: Facts, call: Call): Promise<TestResult> {
  const began = process.hrtime.bigint();
  const about = { suite: suite.name, name: test.name, image: test.image };
  const seconds = (): number => Number(process.hrtime.bigint() - began) / 1e9;
  try {
    const [{ verifyImages }, asked] = await Promise.all([import('../verify/images.ts'), askedOf(test, call)]);
    const question: Question = {
      wanted: 'signature',
      asked: { policies: set },
      facts,
      maxEvidenceBytes: LIMITS.evidenceBytes,
      decisions: createDecisions(),
    };
    const reports = await verifyImages(asked, question, call);
    const verdict = worstOf(reports);
    const outcome = reports.find((r) => r.outcome !== 'verified')?.outcome ?? 'verified';
    const reasons = reports.flatMap((r) => [
      ...r.reasons,
      ...r.warnings.map((w) => w.message),
      ...(r.decision?.because ?? []).map((b) => b.reason),
    ]);
    const difference = differenceOf(test, verdict, outcome, reasons);
    return { ...about, passed: difference === '', difference, verdict, outcome, reasons: [...new Set(reasons)], seconds: seconds() };
  } catch (thrown) {
    const error = toAssayError(thrown);
    if (error.code === 'internal') throw error;
    return { ...about, passed: false, difference: error.message, verdict: undefined, outcome: error.code, reasons: [], seconds: seconds() };
  }
}

async function askedOf(test: PolicyTest, call: Call): Promise<readonly AskedImage[]> {
  const { imagesOf } = await import('../verify/image-list.ts');
  const options = test.resource === undefined ? call.options : withText(call.options, 'resource', test.resource);
  return imagesOf({ ...call, args: [test.image], options });
}

function worstOf(reports: readonly SubjectReport[]): 'allow' | 'warn' | 'deny' {
  const verdicts = reports.map((r) => r.decision?.verdict ?? 'deny');
  return verdicts.includes('deny') || verdicts.length === 0 ? 'deny' : verdicts.includes('warn') ? 'warn' : 'allow';
}

function differenceOf(test: PolicyTest, verdict: string, outcome: string, reasons: readonly string[]): string {
  const parts = [
    ...(verdict === test.expect ? [] : [`the verdict is ${verdict}, not ${test.expect}`]),
    ...(test.outcome === undefined || outcome === test.outcome ? [] : [`the outcome is ${outcome}, not ${test.outcome}`]),
    ...(test.because === undefined || reasons.some((r) => r.includes(test.because ?? '')) ? [] : [`no reason contains "${test.because}"`]),
  ];
  return parts.length === 0 ? '' : [...parts, ...reasons.slice(0, 1)].join('; ');
}

/** The options, as if one had been given. */
function withText(options: Values, name: string, value: string): Values {
  return {
    ...options,
    has: (n) => n === name || options.has(n),
    given: (n) => n === name || options.given(n),
    text: (n) => (n === name ? value : options.text(n)),
  };
}
