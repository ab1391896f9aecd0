import type { Output } from '../output/output.ts';
import { printable } from '../text/printable.ts';
import type { TestResult } from './run-suite.ts';

/** The object of `assay/policy-test/v1`. */
export function testJson(results: readonly TestResult[]): object {
  return {
    schema: 'assay/policy-test/v1',
    passed: results.filter((r) => r.passed).length,
    failed: results.filter((r) => !r.passed).length,
    tests: results.map(({ verdict, ...r }) => ({ ...r, verdict: verdict ?? null })),
    warnings: [],
    errors: [],
  };
}

/** For people. */
export function testText(results: readonly TestResult[], { style }: Pick<Output, 'style'>): string {
  const lines = results.map(
    (r) =>
      `${style.mark(r.passed ? 'ok' : 'no')} ${printable(`${r.suite}: ${r.name}`)}${r.passed ? '' : `\n    ${printable(r.difference, 2000)}`}`,
  );
  const failed = results.filter((r) => !r.passed).length;
  return `${[...lines, `${results.length} ${results.length === 1 ? 'test' : 'tests'}, ${failed} failed`].join('\n')}\n`;
}

/** JUnit's XML, as CI systems read it. */
export function testJunit(results: readonly TestResult[]): string {
  const suites = [...new Set(results.map((r) => r.suite))].map((suite) => {
    const own = results.filter((r) => r.suite === suite);
    const cases = own.map((r) => {
      const head = `    <testcase classname="${xml(suite)}" name="${xml(r.name)}" time="${r.seconds.toFixed(3)}"`;
      return r.passed
        ? `${head}/>`
        : `${head}>\n      <failure message="${xml(r.difference)}">${xml(r.reasons.join('\n'))}</failure>\n    </testcase>`;
    });
    const failed = own.filter((r) => !r.passed).length;
    const time = own.reduce((sum, r) => sum + r.seconds, 0).toFixed(3);
    return `  <testsuite name="${xml(suite)}" tests="${own.length}" failures="${failed}" errors="0" time="${time}">\n${cases.join('\n')}\n  </testsuite>`;
  });
  const failed = results.filter((r) => !r.passed).length;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites tests="${results.length}" failures="${failed}">\n${suites.join('\n')}\n</testsuites>\n`;
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
]);

/** Line breaks stay; whatever else is no plain text is written so that XML allows it. */
function xml(text: string): string {
  return text
    .slice(0, 4000)
    .split('\n')
    .map((line) => printable(line, 4000).replace(/[&<>"]/g, (c) => ENTITIES.get(c) ?? ''))
    .join('&#10;');
}
