// Sums of cases, and the one line that a machine reads.

/** @typedef {{ passed: number, failed: number, skipped: number }} Tally */

/** @returns {Tally} */
export function nothing() {
  return { passed: 0, failed: 0, skipped: 0 };
}

/**
 * @param {readonly Tally[]} tallies
 * @returns {Tally}
 */
export function sum(tallies) {
  const total = nothing();
  for (const { passed, failed, skipped } of tallies) {
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
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
 * The last such line of an output.
 * @param {string} output
 * @returns {Tally | undefined}
 */
export function readLine(output) {
  const found = [...output.matchAll(/^(\d+) passed, (\d+) failed, (\d+) skipped$/gm)].at(-1);
  return found && { passed: Number(found[1]), failed: Number(found[2]), skipped: Number(found[3]) };
}

/**
 * A step's result that cannot be lost: a program that failed without a failed case is a failure of its own.
 * @param {Tally | undefined} tally
 * @param {number} code exit code of the program
 * @returns {Tally}
 */
export function withExit(tally, code) {
  const counted = tally ?? nothing();
  return code !== 0 && counted.failed === 0 ? { ...counted, failed: 1 } : counted;
}
