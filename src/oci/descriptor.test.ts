import { expect, test } from 'vitest';
import { checkContent, inlined } from './content.ts';
import { descriptorOf, formatDescriptor, parseDescriptor } from './descriptor.ts';
import { digestOf } from './digest.ts';

const BYTES = Buffer.from('hello');
const GOOD = { mediaType: 'text/plain', digest: digestOf(BYTES), size: 5 };

test('a descriptor is read with all that it says, and written as it was', () => {
  const value = {
    ...GOOD,
    annotations: { b: '1', __proto__x: '2' },
    artifactType: 'application/x',
    platform: { os: 'linux', architecture: 'arm', variant: 'v7' },
    data: BYTES.toString('base64'),
  };
  const descriptor = parseDescriptor(value);
  expect(descriptor.annotations?.get('b')).toBe('1');
  expect(formatDescriptor(descriptor)).toEqual(value);
});

test('a name that an object has by itself is no annotation', () => {
  const value = JSON.parse(`{"mediaType":"a","digest":"${GOOD.digest}","size":5,"annotations":{"__proto__":"x"}}`);
  const descriptor = parseDescriptor(value);
  expect([...(descriptor.annotations ?? [])]).toEqual([['__proto__', 'x']]);
  expect(descriptor.annotations?.get('constructor')).toBeUndefined();
});

test.each([
  null,
  [],
  'x',
  {},
  { ...GOOD, mediaType: 1 },
  { ...GOOD, mediaType: 'x'.repeat(300) },
  { ...GOOD, digest: 'sha256:abc' },
  { ...GOOD, digest: undefined },
  { ...GOOD, size: -1 },
  { ...GOOD, size: 1.5 },
  { ...GOOD, size: '5' },
  { ...GOOD, size: 2 ** 60 },
  { ...GOOD, annotations: [] },
  { ...GOOD, annotations: { a: 1 } },
  { ...GOOD, artifactType: 1 },
  { ...GOOD, platform: { os: 'linux' } },
  { ...GOOD, platform: 'linux' },
  { ...GOOD, data: 1 },
])('%j is no descriptor', (value) => {
  expect(() => parseDescriptor(value)).toThrow(expect.objectContaining({ code: 'manifest-invalid' }));
});

test('content is what its descriptor says, or an error', () => {
  const descriptor = parseDescriptor(GOOD);
  expect(checkContent(descriptor, BYTES)).toBe(BYTES);
  expect(() => checkContent(descriptor, Buffer.from('hell'))).toThrow(expect.objectContaining({ code: 'content-truncated' }));
  expect(() => checkContent(descriptor, Buffer.from('hello!'))).toThrow(expect.objectContaining({ code: 'content-mismatch' }));
  expect(() => checkContent(descriptor, Buffer.from('jello'))).toThrow(expect.objectContaining({ code: 'content-mismatch' }));
});

test('inlined content counts only when it is the right one', () => {
  expect(inlined(descriptorOf('a', digestOf(BYTES), 5, { data: BYTES }))).toBe(BYTES);
  expect(inlined(descriptorOf('a', digestOf(BYTES), 5, { data: Buffer.from('jello') }))).toBeUndefined();
  expect(inlined(descriptorOf('a', digestOf(BYTES), 6, { data: BYTES }))).toBeUndefined();
});
