// A second run, alone, of the few files that failed among all others on a busy machine. What passes only then is not silent: it is named at the end.

/** More files than this are no accident of load. */
const MOST = 4;

/** @typedef {{ name: string, status: string, assertionResults: readonly { fullName: string, status: string }[] }} FileReport */

/**
 * The files to run again: none when one of them failed in no case of its own (it did not load, or was not closed), which nobody could name afterwards, or when an
 * error stood in no test.
 * @param {readonly FileReport[]} files
 * @param {string} output what vitest printed
 * @returns {readonly string[]}
 */
export function toRunAlone(files, output) {
  const failed = files.filter(({ status }) => status === 'failed');
  if (failed.length > MOST || !failed.every(hasFailedCase)) return [];
  return output.includes('Unhandled') ? [] : failed.map(({ name }) => name);
}

/**
 * The first run's files, with the second's in the place of those that were run again.
 * @param {readonly FileReport[]} files
 * @param {readonly FileReport[]} again
 * @returns {{ files: readonly FileReport[], steadied: readonly { name: string, fullName: string }[] }} `steadied` are the cases that failed first and passed alone
 */
export function withSecondRun(files, again) {
  const second = new Map(again.map((file) => [file.name, file]));
  const steadied = files.flatMap((file) => {
    const passed = (second.get(file.name)?.assertionResults ?? []).filter(({ status }) => status === 'passed');
    const names = new Set(passed.map(({ fullName }) => fullName));
    return file.assertionResults
      .filter(({ status, fullName }) => status === 'failed' && names.has(fullName))
      .map(({ fullName }) => ({ name: file.name, fullName }));
  });
  return { files: files.map((file) => second.get(file.name) ?? file), steadied };
}

function hasFailedCase({ assertionResults }) {
  return assertionResults.some(({ status }) => status === 'failed');
}
