/** The library's doors: what `package.json` exports is built from a room's `index.ts`, by that name. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
};
const doors = Object.entries(exports).flatMap(([door, place]) => (typeof place === 'string' ? [] : [[door, place] as const]));
const library = readFileSync(join(root, 'scripts/build/library.mjs'), 'utf8');

describe.each(doors)('%s', (door, place) => {
  const name = door === '.' ? 'index' : door.slice('./'.length);
  const source = name === 'index' ? 'src/index.ts' : `src/${name}/index.ts`;

  test('has a source, and is built from it', () => {
    expect(existsSync(join(root, source))).toBe(true);
    expect(library).toContain(`${name}: '${source}'`);
    expect(place).toEqual({ types: `./dist/types/${source.slice('src/'.length).replace('.ts', '.d.ts')}`, default: `./dist/${name}.js` });
  });

  test('holds no code of its own', () => {
    const code = readFileSync(join(root, source), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
    expect(code.replace(/export (?:type )?(?:\{[^}]*\}|\*) from '[^']+';/g, '').trim()).toBe('');
  });
});
