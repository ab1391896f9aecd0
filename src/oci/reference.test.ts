import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AssayError } from '../errors.ts';
import { parseDigest } from './digest.ts';
import { atDigest, formatReference, parseReference } from './reference.ts';

const HEX = 'a'.repeat(64);
const DIGEST = `sha256:${HEX}`;

describe('parseReference expands names as Docker does', () => {
  test.each([
    ['alpine', 'docker.io/library/alpine:latest'],
    ['alpine:3.20', 'docker.io/library/alpine:3.20'],
    ['docker.io/alpine', 'docker.io/library/alpine:latest'],
    ['index.docker.io/alpine', 'docker.io/library/alpine:latest'],
    ['registry-1.docker.io/library/alpine', 'docker.io/library/alpine:latest'],
    ['user/app', 'docker.io/user/app:latest'],
    ['localhost/app', 'localhost/app:latest'],
    ['localhost:5000/app:v1', 'localhost:5000/app:v1'],
    ['[::1]:5000/app', '[::1]:5000/app:latest'],
    ['ghcr.io/o/a__b-c.d:V_1.0-rc', 'ghcr.io/o/a__b-c.d:V_1.0-rc'],
    ['MYHOST/app', 'MYHOST/app:latest'],
    ['Registry.EXAMPLE:5000/app', 'registry.example:5000/app:latest'],
    ['r.example:05000/app', 'r.example:5000/app:latest'],
    ['LOCALHOST/app', 'localhost/app:latest'],
    ['DOCKER.IO/alpine', 'docker.io/library/alpine:latest'],
    ['[::A]:5000/app', '[::a]:5000/app:latest'],
    ['host:5000', 'docker.io/library/host:5000'],
    [`r.example/app@${DIGEST}`, `r.example/app@${DIGEST}`],
    [`r.example/app:v1@${DIGEST}`, `r.example/app:v1@${DIGEST}`],
    [`r.example/app@sha512:${'b'.repeat(128)}`, `r.example/app@sha512:${'b'.repeat(128)}`],
  ])('%s', (text, full) => {
    expect(formatReference(parseReference(text))).toBe(full);
    expect(parseReference(full)).toEqual(parseReference(text));
  });

  test.each([
    ['oci:/tmp/x', { kind: 'layout', path: '/tmp/x', tag: undefined }],
    ['oci:dir:v1', { kind: 'layout', path: 'dir', tag: 'v1' }],
    ['oci:a:b/c', { kind: 'layout', path: 'a:b/c', tag: undefined }],
    ['oci-archive:x.tar:v1', { kind: 'archive', path: 'x.tar', tag: 'v1' }],
    ['oci-archive:x.tar', { kind: 'archive', path: 'x.tar', tag: undefined }],
  ])('%s is a layout', (text, wanted) => {
    expect(parseReference(text)).toMatchObject(wanted);
  });

  test('a digest takes the place of a tag', () => {
    expect(atDigest(parseReference('alpine:3'), parseDigest(DIGEST))).toMatchObject({ tag: undefined, digest: DIGEST });
  });
});

describe('parseReference refuses, and helps', () => {
  test.each([
    ['', undefined],
    ['https://r.example/app', 'r.example/app'],
    ['docker://alpine', 'alpine'],
    ['r.example/App', 'r.example/app'],
    ['r.example/app:', undefined],
    ['r.example/app:a b', undefined],
    ['r.example/', undefined],
    ['/app', undefined],
    ['r.example//app', undefined],
    ['r.example/app@sha256:abc', undefined],
    [`r.example/app@md5:${'a'.repeat(32)}`, undefined],
    [`r.example/app@${DIGEST.toUpperCase()}`, undefined],
    ['r.example:99999/app', undefined],
    ['r.example/../app', undefined],
    ['-r.example/app', undefined],
    ['r.example/a___b', undefined],
    [`r.example/${'a'.repeat(256)}`, undefined],
    ['a'.repeat(2000), undefined],
    ['oci:', undefined],
    [`oci:x:${'t'.repeat(300)}`, undefined],
    [HEX, undefined],
    ['r.example/app\n', undefined],
    ['r.example/app:v1\n', undefined],
  ])('%j', (text, hint) => {
    const error = failureOf(() => parseReference(text));
    expect(error.code).toBe('reference-invalid');
    if (hint !== undefined) expect(error.hint).toContain(hint);
  });
});

test('whatever is accepted comes back the same, and whatever is refused is refused with a code', () => {
  const part = fc.stringMatching(/^[a-zA-Z0-9._:@/\-[\]]{0,40}$/);
  fc.assert(
    fc.property(
      fc.oneof(
        part,
        fc.string({ maxLength: 60 }),
        part.map((p) => `r.example/${p}`),
        part.map((p) => `oci:${p}`),
      ),
      (text) => {
        try {
          const reference = parseReference(text);
          expect(parseReference(formatReference(reference))).toEqual(reference);
          if (reference.kind === 'registry') expect(`${reference.registry}/${reference.repository}`).not.toMatch(/\s|\.\.|\/\/|[?#%\\]/);
        } catch (error) {
          expect(error).toBeInstanceOf(AssayError);
          expect((error as AssayError).code).toBe('reference-invalid');
        }
      },
    ),
    { numRuns: 2000 },
  );
});

function failureOf(run: () => unknown): AssayError {
  try {
    run();
  } catch (error) {
    if (error instanceof AssayError) return error;
  }
  throw new Error('no AssayError was thrown');
}
