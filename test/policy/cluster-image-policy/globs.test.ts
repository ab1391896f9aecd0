/** Which images a glob means: the cases of policy-controller's table, and the faults of globs. */
import { describe, expect, test } from 'vitest';
import { fullName, globMatches, parseGlob } from '../../../src/policy/dialect/cluster-image-policy/index.ts';

const DIGEST = `sha256:${'5504f2a9'.repeat(8)}`;

/** An image as it is written, and globs that mean it. */
const MEANT: readonly (readonly [string, readonly string[]])[] = [
  [
    'foo',
    [
      'index.docker.io/library/foo:latest',
      'index.docker.io/library/foo:*',
      'index.docker.io/library/*',
      'index.docker.io/library/*:latest',
      'index.docker.io/*/*',
      'index.docker.io/**',
      'index.docker.**',
      'inde**',
      '**',
      '*',
    ],
  ],
  [
    'myuser/myapp',
    [
      'index.docker.io/myuser/myapp:latest',
      'index.docker.io/myuser/myapp:*',
      'index.docker.io/myuser/*',
      'index.docker.io/myuser/*:latest',
      'index.docker.io/*/*',
      'index.docker.io/**',
      'index.docker.**',
      'inde**',
      '**',
      '*/*',
    ],
  ],
  ['ghcr.io/foo/bar', ['ghcr.io/*/*', 'ghcr.io/**']],
  ['ghcr.io/foo', ['ghcr.io/**', 'ghc**', '**', '*/**', 'ghcr.io/foo*', 'ghcr.io/foo**']],
  [`ghcr.io/foo@${DIGEST}`, [`ghcr.io/foo@${DIGEST}`, 'ghcr.io/foo@*', 'ghcr.io/foo**', 'ghcr.io/*']],
  [`localhost:5000/foo@${DIGEST}`, ['localhost:5000/*']],
  // Hosts have no letter case.
  ['GHCR.io/foo', ['ghcr.io/foo:latest', 'ghcr.io/*', 'GHCR.IO/*', 'ghcr.**/*']],
  ['LocalHost:05000/foo', ['localhost:5000/foo:latest', 'LOCALHOST:5000/**']],
  ['LOCALHOST/foo', ['LOCALHOST/foo', 'localhost/foo']],
];

/** What only matches because it was written so: the deprecated fallback. */
const AS_WRITTEN: readonly (readonly [string, readonly string[]])[] = [
  ['foo', ['foo', 'foo*', 'foo**']],
  ['myuser/myapp', ['myuser/myapp', 'myuser/myapp*', 'myuser/myapp**', 'myuser/*']],
  ['docker.io/library/foo', ['docker.io/library/*']],
  [`ghcr.io/foo:v1@${DIGEST}`, ['ghcr.io/foo:v1*', 'ghcr.io/foo:**']],
];

const NOT_MEANT: readonly (readonly [string, string])[] = [
  ['ghcr.io/foo', 'ghcr.io/*/*'],
  ['prefix-ghcr.io/foo', 'ghcr.io/foo'],
  ['ghcr.io/foo-suffix', 'ghcr.io/foo'],
  ['ghcrxio/foo', 'ghcr.io/**'],
  ['ghcr.io/foo', '*'],
  ['ghcr.io/foo/bar', '*/*'],
  ['foo', 'index.docker.io/foo:latest'],
  [`ghcr.io/foo@${DIGEST}`, 'ghcr.io/foo:*'],
  ['ghcr.io/foo/bar', 'ghcr.io/*'],
];

const pairs = (table: typeof MEANT): readonly (readonly [string, string])[] =>
  table.flatMap(([image, globs]) => globs.map((g) => [image, g] as const));

describe('a glob', () => {
  test.each(pairs(MEANT))('%s is meant by %s', (image, glob) => expect(globMatches(parseGlob(glob), image)).toBe(true));
  test.each(pairs(AS_WRITTEN))('%s is meant by %s, as it is written', (image, glob) => {
    expect(globMatches(parseGlob(glob), image)).toBe(true);
    expect(globMatches(parseGlob(glob), fullName(image))).toBe(false);
  });
  test.each(NOT_MEANT)('%s is not meant by %s', (image, glob) => expect(globMatches(parseGlob(glob), image)).toBe(false));
  test.each(['.+', '[a-z]*', '$FOO*', 'a b', '', 'a?', '(a)', 'registry.example/{a,b}'])('%j is none', (glob) =>
    expect(() => parseGlob(glob)).toThrow(/invalid glob/),
  );
  test('a bracket that does not end is an error of its own', () => expect(() => parseGlob('[')).toThrow('syntax error in pattern'));
  test.each(['invalid&name', 'registry.example/UPPER', `foo@sha256:${'0'.repeat(63)}`, '', 'oci:./layout'])(
    '%j is no image, so nobody can say',
    (image) => expect(() => globMatches(parseGlob('**'), image)).toThrow(expect.objectContaining({ code: 'reference-invalid' })),
  );
  test('many stars cost no more than they are long', () => {
    const glob = parseGlob(`${'*a'.repeat(120)}b`);
    const started = performance.now();
    expect(globMatches(glob, `ghcr.io/${'a'.repeat(200)}`)).toBe(false);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
