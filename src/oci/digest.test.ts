import { expect, test } from 'vitest';
import { algorithmOf, digestOf, hexOf, isDigest, parseDigest } from './digest.ts';
import { evidenceTag, fallbackTag, isEvidenceTag } from './tags.ts';

const EMPTY = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

test('a digest is computed, parsed and taken apart', () => {
  const digest = parseDigest(EMPTY);
  expect(digestOf(new Uint8Array())).toBe(EMPTY);
  expect(algorithmOf(digest)).toBe('sha256');
  expect(hexOf(digest)).toBe(EMPTY.slice(7));
  expect(algorithmOf(digestOf(new Uint8Array(), 'sha512'))).toBe('sha512');
});

test.each([
  '',
  'sha256',
  'sha256:',
  EMPTY.slice(7),
  EMPTY.toUpperCase(),
  `${EMPTY}0`,
  EMPTY.slice(0, -1),
  `${EMPTY}\n`,
  `sha256:${'g'.repeat(64)}`,
  `md5:${'a'.repeat(32)}`,
  `sha1:${'a'.repeat(40)}`,
  `sha512:${'a'.repeat(64)}`,
  `constructor:${'a'.repeat(64)}`,
  `:${'a'.repeat(64)}`,
])('%j is no digest', (text) => {
  expect(isDigest(text)).toBe(false);
  expect(() => parseDigest(text)).toThrow(expect.objectContaining({ code: 'reference-invalid' }));
});

test('tags for evidence fit into a tag, or are none', () => {
  const short = parseDigest(EMPTY);
  const long = digestOf(new Uint8Array(), 'sha512');
  expect(fallbackTag(short)).toBe(EMPTY.replace(':', '-'));
  expect(fallbackTag(long)).toBe(`sha512-${hexOf(long).slice(0, 64)}`);
  expect(evidenceTag(short, 'sig', 'pre-')).toBe(`pre-${EMPTY.replace(':', '-')}.sig`);
  expect(evidenceTag(long, 'att')).toBeUndefined();
});

test.each([
  [`sha256-${'a'.repeat(64)}`, true],
  [`sha256-${'a'.repeat(64)}.sig`, true],
  [`sha256-${'a'.repeat(64)}.att`, true],
  [`sha256-${'a'.repeat(64)}.sbom`, true],
  [`prefix-sha256-${'a'.repeat(64)}.sig`, true],
  [`sha512-${'a'.repeat(64)}`, true],
  [`sha256-${'a'.repeat(64)}.sigh`, false],
  [`sha256-${'a'.repeat(63)}`, false],
  ['v1', false],
  ['latest.sig', false],
])('%s is a tag for evidence: %s', (tag, wanted) => {
  expect(isEvidenceTag(tag)).toBe(wanted);
});
