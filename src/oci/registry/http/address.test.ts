import { expect, test } from 'vitest';
import { isInternal, isLoopback } from './address.ts';

test.each([
  'localhost',
  'LOCALHOST.',
  'a.localhost',
  '127.0.0.1',
  '127.255.1.2',
  '::1',
  '[::1]',
  '0:0:0:0:0:0:0:1',
  '::ffff:127.0.0.1',
  '[::ffff:7f00:1]',
])('%s is this machine', (host) => {
  expect(isLoopback(host)).toBe(true);
  expect(isInternal(host)).toBe(true);
});

test.each([
  'localhost.example.com',
  'mylocalhost',
  '128.0.0.1',
  '127.0.0.1.example.com',
  '::2',
  '[2001:db8::1]',
  'r.example',
  '::11',
  '1::1',
])('%s is not', (host) => {
  expect(isLoopback(host)).toBe(false);
  expect(isInternal(host)).toBe(false);
});

test.each([
  '169.254.169.254',
  '0.0.0.0',
  '::',
  'fe80::1',
  'fe80::1%eth0',
  'febf::1',
  'metadata.google.internal',
  'metadata.google.internal.',
  'fd00:ec2::254',
  '[::ffff:a9fe:a9fe]',
  '64:ff9b::a9fe:a9fe',
  '100.100.100.200',
])('nobody is sent to %s', (host) => {
  expect(isLoopback(host)).toBe(false);
  expect(isInternal(host)).toBe(true);
});

test('addresses are seen through the spellings that a URL may have', () => {
  for (const text of ['http://0x7f.1/', 'http://2130706433/', 'http://0177.0.0.1/', 'http://127.1/'])
    expect(isLoopback(new URL(text).hostname)).toBe(true);
});
