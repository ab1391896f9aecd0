import { expect, test } from 'vitest';
import { toRunAlone, withSecondRun } from './alone.mjs';

const file = (name, ...cases) => ({
  name,
  status: cases.some(([, status]) => status === 'failed') ? 'failed' : 'passed',
  assertionResults: cases.map(([fullName, status]) => ({ fullName, status })),
});

const bad = (name) => file(name, ['holds', 'passed'], ['counts', 'failed']);

test('a few files with failed cases are run again, and no other', () => {
  expect(toRunAlone([file('a', ['holds', 'passed']), bad('b')], '')).toEqual(['b']);
  expect(toRunAlone([file('a', ['holds', 'passed'])], '')).toEqual([]);
});

test('many failures, a file that failed in none of its cases and an error outside of every test stay failures', () => {
  expect(toRunAlone(['a', 'b', 'c', 'd', 'e'].map(bad), '')).toEqual([]);
  expect(toRunAlone([bad('a'), { name: 'b', status: 'failed', assertionResults: [] }], '')).toEqual([]);
  expect(toRunAlone([bad('a'), { ...file('b', ['holds', 'passed']), status: 'failed' }], '')).toEqual([]);
  expect(toRunAlone([bad('a')], 'Unhandled Rejection')).toEqual([]);
});

test('what passes alone is named, and what fails again has failed', () => {
  const first = [file('a', ['holds', 'passed']), bad('b'), bad('c')];
  const { files, steadied } = withSecondRun(first, [file('b', ['holds', 'passed'], ['counts', 'passed']), bad('c')]);
  expect(files.map(({ status }) => status)).toEqual(['passed', 'passed', 'failed']);
  expect(steadied).toEqual([{ name: 'b', fullName: 'counts' }]);
});

test('a file that the second run does not report keeps its first result', () => {
  expect(withSecondRun([bad('b')], [])).toEqual({ files: [bad('b')], steadied: [] });
});
