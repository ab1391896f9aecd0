import { describe, expect, test } from 'vitest';
import { AssayError } from '../errors.ts';
import { decodeBase64Url, parseFlattenedJws } from './jws.ts';

const url = (text: string): string => Buffer.from(text).toString('base64url');
const HONEST = { payload: url('hello'), protected: url('{"alg":"ES256"}'), header: { x5c: [] }, signature: url('sig') };

function codeOf(value: unknown): string {
  try {
    parseFlattenedJws(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
    return 'taken';
  } catch (error) {
    return error instanceof AssayError ? error.code : `not ours: ${String(error)}`;
  }
}

test('a flattened JWS', () => {
  const jws = parseFlattenedJws(Buffer.from(JSON.stringify(HONEST)));
  expect(Buffer.from(jws.signingInput).toString()).toBe(`${HONEST.protected}.${HONEST.payload}`);
  expect(Buffer.from(jws.payload).toString()).toBe('hello');
  expect(jws).toMatchObject({ protected: { alg: 'ES256' }, header: { x5c: [] }, signature: Buffer.from('sig') });
});

test('one without an unprotected header', () => {
  const { header: _none, ...rest } = HONEST;
  expect(parseFlattenedJws(Buffer.from(JSON.stringify(rest))).header).toEqual({});
});

describe('refused', () => {
  test.each([
    ['a member too many', { ...HONEST, signatures: [] }],
    ['no payload', { ...HONEST, payload: undefined }],
    ['no protected header', { ...HONEST, protected: undefined }],
    ['no signature', { ...HONEST, signature: undefined }],
    ['a payload that is no text', { ...HONEST, payload: 1 }],
    ['a protected header that is a list', { ...HONEST, protected: url('[]') }],
    ['an unprotected header that is a list', { ...HONEST, header: [] }],
    ['a name in both headers', { ...HONEST, header: { alg: 'none' } }],
    ['padding', { ...HONEST, payload: 'aGVsbG8=' }],
    ['the other alphabet', { ...HONEST, payload: '+/+/' }],
    ['unused bits', { ...HONEST, payload: 'aB' }],
    ['a length that cannot be', { ...HONEST, payload: 'a' }],
    ['white space', { ...HONEST, payload: 'aGVs bG8' }],
    ['a list', '[]'],
  ])('%s', (_what, value) => {
    expect(codeOf(value)).toBe('envelope-invalid');
  });

  test.each([
    ['a member twice', '{"payload":"","payload":"","protected":"e30","signature":""}'],
    ['a name in the protected header twice', { ...HONEST, protected: url('{"alg":"ES256","alg":"none"}') }],
    ['text behind it', `${JSON.stringify(HONEST)}{}`],
  ])('%s', (_what, value) => {
    expect(codeOf(value)).toBe('json-invalid');
  });
});

test('base64url reaches every byte', () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  for (let n = 0; n < 256; n++)
    expect(Buffer.from(decodeBase64Url(bytes.subarray(n).toString('base64url'), 'x'))).toEqual(bytes.subarray(n));
});
