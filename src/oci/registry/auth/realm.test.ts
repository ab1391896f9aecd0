import { expect, test } from 'vitest';
import { mayHaveCredentials, realmOf } from './realm.ts';

function challenge(realm: string): { scheme: string; parameters: ReadonlyMap<string, string> } {
  return { scheme: 'bearer', parameters: new Map([['realm', realm]]) };
}

test.each([
  ['https://r.example', 'https://auth.example/token', true],
  ['http://r.example', 'http://r.example/token', true],
  ['http://r.example', 'http://auth.example/token', false],
  ['http://127.0.0.1:5000', 'http://127.0.0.1:6000/token', true],
  ['https://127.0.0.1:5000', 'http://127.0.0.1:6000/token', true],
])('%s may name %s; credentials go there: %s', (registry, realm, credentials) => {
  expect(mayHaveCredentials(realmOf(challenge(realm), new URL(registry)), new URL(registry))).toBe(credentials);
});

test.each([
  ['https://r.example', 'http://auth.example/token', 'redirect-refused'],
  ['https://r.example', 'http://r.example/token', 'redirect-refused'],
  ['https://r.example', 'https://169.254.169.254/token', 'redirect-refused'],
  ['https://r.example', 'https://127.0.0.1/token', 'redirect-refused'],
  ['http://r.example', 'http://localhost/token', 'redirect-refused'],
  ['https://r.example', '/token', 'registry-protocol'],
  ['https://r.example', 'javascript:alert(1)', 'registry-protocol'],
])('%s may not name %s', (registry, realm, code) => {
  expect(() => realmOf(challenge(realm), new URL(registry))).toThrow(expect.objectContaining({ code }));
});
