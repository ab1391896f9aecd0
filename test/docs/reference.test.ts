import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CHECKS } from '../../scripts/docs/checks.ts';
import { pages } from '../../scripts/docs/pages.ts';
import { RULES } from '../../src/rules.ts';
import { documentText, isAsShown } from './console.ts';

const root = join(import.meta.dirname, '../..');

describe('the pages that come from the code', async () => {
  for (const { path, text } of await pages(root)) {
    test(`${path} is what npm run docs prints`, () => expect(readFileSync(join(root, path), 'utf8')).toBe(text));
  }
});

test('every check that verification reports is described, and no other', () => {
  const found = new Set<string>();
  for (const entry of readdirSync(join(root, 'src/verify'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.endsWith('.test.ts')) continue;
    const text = readFileSync(join(entry.parentPath, entry.name), 'utf8');
    for (const [, id = ''] of text.matchAll(/\b(?:pass|fail|unknown|skipped)\(\s*'([a-z-]+)'/g)) found.add(id);
    for (const [, id = ''] of text.matchAll(/\bcheckRevocation\([^()]*\{ id: '([a-z-]+)' \}/g)) found.add(id);
    for (const [, a = '', b = ''] of text.matchAll(/const rule = [^;]*? \? '([a-z-]+)' : '([a-z-]+)'/g)) found.add(a).add(b);
  }
  expect([...CHECKS.keys()].sort()).toEqual([...found].sort());
});

test('every rule is described', () => {
  const text = documentText('docs/reference/checks.md');
  expect(RULES.filter((rule) => !text.includes(`| \`${rule}\` | `))).toEqual([]);
});

test('the architecture has a row for every room, and no other', () => {
  const rows = [...documentText('ARCHITECTURE.md').matchAll(/^\| (\d|–) \| (.+?) \|/gm)];
  const named = rows.flatMap(([, , cell = '']) => [...cell.matchAll(/`src\/([\w.]+)`/g)].map((m) => m[1] ?? ''));
  const there = readdirSync(join(root, 'src')).filter((name) => name !== 'index.ts');
  expect(named.sort()).toEqual(there.sort());
  const levels = rows.map(([, level = '']) => (level === '–' ? 0 : Number(level)));
  expect(levels).toEqual([...levels].sort((a, b) => b - a));
});

test('every decision is listed', () => {
  const listed = [...documentText('docs/decisions/README.md').matchAll(/\]\(([\w-]+\.md)\)/g)].map((m) => m[1] ?? '');
  expect(listed.sort()).toEqual(
    readdirSync(join(root, 'docs/decisions'))
      .filter((name) => name !== 'README.md')
      .sort(),
  );
});

describe('output in documents is compared as shown', () => {
  test.each([
    [['a … c'], ['a b c']],
    [
      ['…', 'end'],
      ['a', 'b', 'end'],
    ],
    [['…', 'end'], ['end']],
    [[], []],
  ])('%j is %j', (shown, actual) => expect(isAsShown(shown, actual)).toBe(true));
  test.each([
    [['a'], ['b']],
    [['a'], ['a', 'b']],
    [['a … c'], ['a b', 'c']],
    [['a.c'], ['abc']],
  ])('%j is not %j', (shown, actual) => expect(isAsShown(shown, actual)).toBe(false));
});
