// Sums of cases, and the one line that a machine reads.

/** @typedef {{ passed: number, failed: number, skipped: number, failures: readonly string[] }} Tally `failures` names cases that failed, a line each */

/** @returns {Tally} */
export function nothing() {
  return { passed: 0, failed: 0, skipped: 0, failures: [] };
}

/**
 * @param {readonly Tally[]} tallies
 * @returns {Tally}
 */
export function sum(tallies) {
  const total = nothing();
  for (const { passed, failed, skipped, failures } of tallies) {
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
    total.failures = [...total.failures, ...failures];
  }
  return total;
}

/**
 * @param {Tally} tally
 * @returns {string}
 */
export function lineOf({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/**
 * The names of what failed, one to a line, as `.ci/run` repeats them at its end.
 * @param {Tally} tally
 * @returns {string}
 */
export function failuresOf({ failures }) {
  return failures.map((name) => `failed: ${name}\n`).join('');
}

/**
 * The last such line of an output.
 * @param {string} output
 * @returns {Tally | undefined}
 */
export function readLine(output) {
  const found = [...output.matchAll(/^(\d+) passed, (\d+) failed, (\d+) skipped$/gm)].at(-1);
  return found && { passed: Number(found[1]), failed: Number(found[2]), skipped: Number(found[3]), failures: [] };
}

/**
 * A step's result that cannot be lost: a program that failed without a failed case is a failure of its own.
 * @param {Tally | undefined} tally
 * @param {number} code exit code of the program
 * @param {string} name what the program is called among the failures
 * @returns {Tally}
 */
export function withExit(tally, code, name) {
  const counted = tally ?? nothing();
  if (counted.failed > 0) return counted.failures.length > 0 ? counted : { ...counted, failures: [name] };
  return code === 0 ? counted : { ...counted, failed: 1, failures: [`${name}: exit ${code}`] };
}
