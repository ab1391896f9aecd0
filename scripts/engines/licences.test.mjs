import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { debianNotices, moduleNotices, thirdPartyText } from './licences.mjs';

let folder;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-licences-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function document(name, files) {
  mkdirSync(join(folder, 'usr/share/doc', name), { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, 'usr/share/doc', name, file), text);
}

test('of the packages that are linked, each says its licence once; of others nobody is told', () => {
  document('golang-1.30-src', { copyright: 'The Go Authors' });
  document('golang-github-cue-lang-cue-dev', { copyright: 'CUE Authors', NOTICE: 'made by CUE' });
  document('golang-github-prometheus-procfs-dev', { copyright: 'not linked' });
  const versions = { 'golang-1.30-src': '1.30-1', 'golang-github-cue-lang-cue-dev': '0.15' };
  const notices = debianNotices(folder, '1.30', versions, ['cuelang.org/go/cue', 'cuelang.org/go/internal/core']);
  expect(notices).toEqual([
    { name: 'golang-1.30-src', version: '1.30-1', text: 'The Go Authors' },
    { name: 'golang-github-cue-lang-cue-dev', version: '0.15', text: 'CUE Authors\n\nmade by CUE' },
  ]);
  const text = thirdPartyText(notices);
  expect(text.split('CUE Authors')).toHaveLength(2);
  expect(text).not.toContain('not linked');
  // what Debian's files only point at is there itself
  expect(text.split('TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION')).toHaveLength(2);
});

test('what nobody states a licence of is not linked in silence', () => {
  document('golang-1.30-src', { copyright: 'The Go Authors' });
  expect(() => debianNotices(folder, '1.30', {}, ['example.org/unknown'])).toThrow('no package is known to bring example.org/unknown');
  expect(() => debianNotices(folder, '1.30', {}, ['cuelang.org/gopher'])).toThrow('cuelang.org/gopher');
  expect(() => debianNotices(folder, '1.30', {}, ['cuelang.org/go'])).toThrow('golang-github-cue-lang-cue-dev does not say');
});

test('a module has its licence and its notice beside its code', () => {
  writeFileSync(join(folder, 'README.md'), 'about');
  expect(() => moduleNotices([{ path: 'example.org/m', version: 'v1', folder }])).toThrow('example.org/m does not say');
  writeFileSync(join(folder, 'LICENSE'), 'free');
  writeFileSync(join(folder, 'NOTICE.txt'), 'by us');
  expect(moduleNotices([{ path: 'example.org/m', version: 'v1', folder }])).toEqual([
    { name: 'example.org/m', version: 'v1', text: 'free\n\nby us' },
  ]);
});
