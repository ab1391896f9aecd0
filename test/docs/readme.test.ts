import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createShell, documentText, examplesOf, fencesOf, isAsShown, namedFilesOf } from './console.ts';
import { createWorld, type World } from './fixture.ts';
import { anchorsOf, commandLinesOf, unknownOf } from './mentions.ts';

const root = join(import.meta.dirname, '../..');
const GUIDES = readdirSync(join(root, 'docs/guides')).map((f) => `docs/guides/${f}`);
const MORE = ['docs/reference', 'docs/concepts', 'docs/decisions'].flatMap((folder) =>
  readdirSync(join(root, folder)).map((f) => `${folder}/${f}`),
);
const DOCUMENTS = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', ...GUIDES, ...MORE];

const hasJq = spawnSync('jq', ['--version']).status === 0;

for (const name of ['README.md', ...GUIDES]) {
  describe(`every command of ${name} does what it says`, () => {
    const examples = examplesOf(documentText(name));
    let world: World;
    let shell: ReturnType<typeof createShell>;
    beforeAll(async () => {
      // Signing changes a world: each document has its own.
      world = await createWorld();
      shell = createShell(world);
      for (const { name: file, text } of namedFilesOf(documentText(name)))
        writeFileSync(join(world.folder, file), text.replaceAll('registry.example', world.registry.host));
    });
    afterAll(() => world.close());
    test('there are some', () => expect(examples.length).toBeGreaterThan(2));
    for (const { line, command, output } of examples) {
      test(`line ${line}: ${command}`, async ({ skip }) => {
        if (/\bjq\b/.test(command) && !hasJq) skip('needs jq');
        const actual = await shell(command);
        // Compared as a whole only when it differs, so that the difference is shown.
        if (!isAsShown(output, actual)) expect(actual).toEqual(output);
      });
    }
  });
}

test('the library example of the README verifies an image', async () => {
  const [fence] = fencesOf(documentText('README.md'), 'js');
  mkdirSync(join(root, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(root, '.cache/readme-'));
  const world = await createWorld();
  const file = join(folder, 'example.mjs');
  const said: unknown[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((...values) => said.push(...values));
  try {
    const text = (fence?.text ?? '')
      .replace(/'assay(?:\/(\w+))?'/g, (_, door = '') => JSON.stringify(join(root, 'src', door, 'index.ts')))
      .replaceAll('registry.example', world.registry.host)
      .replaceAll("'trusted_root.json'", JSON.stringify(join(world.folder, 'trusted_root.json')))
      .replace('Date.now()', "Date.parse('2026-11-21T12:00:00Z')");
    writeFileSync(file, text);
    await import(/* @vite-ignore */ pathToFileURL(file).href);
    expect(said).toEqual(['verified']);
  } finally {
    log.mockRestore();
    rmSync(folder, { recursive: true });
    await world.close();
  }
});

test('every door of the library that the README names is exported', () => {
  const { exports } = JSON.parse(documentText('package.json')) as { exports: Record<string, unknown> };
  for (const [, door = ''] of documentText('README.md').matchAll(/[`'](assay(?:\/\w+)?)[`']/g))
    expect(Object.keys(exports)).toContain(door.replace('assay', '.'));
});

describe.each(DOCUMENTS)('%s', (name) => {
  const text = documentText(name);
  test('names only files that are there', () => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)].map((m) => m[1] ?? '');
    expect(links.filter((link) => !existsSync(join(root, normalize(join(name, '..', link)))))).toEqual([]);
    const paths = [...text.matchAll(/`((?:src|test|scripts|docs|schemas|bin)\/[\w./-]+)`/g)].map((m) => m[1] ?? '');
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test('links only to headings that are there', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g)];
    const there = (file: string): ReadonlySet<string> => anchorsOf(documentText(file === '' ? name : normalize(join(name, '..', file))));
    expect(links.filter(([, file = '', anchor = '']) => !there(file).has(anchor)).map(([link]) => link)).toEqual([]);
  });

  test('names only commands and flags that there are', async () => {
    const unknown = await Promise.all(commandLinesOf(text).map(unknownOf));
    expect(unknown.flat()).toEqual([]);
  });

  test('names only scripts that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
    const named = [...text.matchAll(/npm run ([\w:]+)/g)].map((m) => m[1] ?? '');
    expect(named.filter((script) => scripts[script] === undefined)).toEqual([]);
  });
});
