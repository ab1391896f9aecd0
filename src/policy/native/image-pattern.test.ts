import { describe, expect, test } from 'vitest';
import { isAssayError } from '../../errors.ts';
import { imagePattern } from './image-pattern.ts';

describe('a pattern of images', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    [
      'registry.example/app',
      ['registry.example/app'],
      ['registry.example/app2', 'registry.example/a', 'registry.example/app/x', 'xregistry.example/app'],
    ],
    ['registry.example/*', ['registry.example/app'], ['registry.example/a/b', 'other.example/app']],
    ['registry.example/**', ['registry.example/app', 'registry.example/a/b/c'], ['registry.example', 'registry.example.evil/app']],
    ['registry.example/acme-*/app', ['registry.example/acme-1/app', 'registry.example/acme-/app'], ['registry.example/acme-1/x/app']],
    ['*.example/app', ['a.example/app', 'a.b.example/app'], ['a/b.example/app', 'example/app']],
    ['**', ['docker.io/library/alpine', 'a.example/b/c'], []],
    ['**/app', ['a.example/app', 'a.example/b/app'], ['a.example/app2']],
    ['alpine', ['docker.io/library/alpine'], ['registry.example/alpine', 'docker.io/acme/alpine']],
    ['acme/*', ['docker.io/acme/app'], ['registry.example/acme/app', 'docker.io/acme/a/b']],
    ['index.docker.io/acme/app', ['docker.io/acme/app'], []],
    ['LOCALHOST:05000/app', ['localhost:5000/app'], ['localhost/app']],
    ['Registry.EXAMPLE/**', ['registry.example/app'], []],
    ['*.Example/app', ['a.example/app'], []],
    ['localhost:5000/app', ['localhost:5000/app'], ['localhost/app']],
    ['registry.example/a.c', ['registry.example/a.c'], ['registry.example/abc']],
  ])('%s', (pattern, yes, no) => {
    const matches = imagePattern(pattern);
    expect(yes.filter((n) => !matches(n))).toEqual([]);
    expect(no.filter(matches)).toEqual([]);
  });

  test.each([
    '*',
    'a.example/***',
    'a.example/b:v1',
    'alpine:3',
    'a.example/b@sha256:00',
    'a.example//b',
    '/a',
    'a.example/',
    'a.example/A',
    'a b',
    'a?b',
    'x'.repeat(2000),
  ])('is not %s', (pattern) => {
    try {
      imagePattern(pattern);
      expect.unreachable();
    } catch (error) {
      expect(isAssayError(error, 'policy-invalid')).toBe(true);
    }
  });

  test('takes no longer for a pattern that is made to', () => {
    const matches = imagePattern(`a.example/${'*a'.repeat(400)}*b`);
    expect(matches(`a.example/${'a'.repeat(900)}`)).toBe(false);
  });
});
