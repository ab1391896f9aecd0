import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { assay, type Ran } from '../cli/harness.ts';

const SECRET = 'hunter22';
let home: string;
let server: Server;
let asked: string[];
let answer: { status: number; headers: Record<string, string> };

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'assay-move-keys-'));
  asked = [];
  answer = { status: 404, headers: {} };
  server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization ?? ''}${request.headers['x-vault-token'] ?? ''}`);
    response.writeHead(answer.status, answer.headers);
    response.end(JSON.stringify({ errors: [`no token ${request.headers['x-vault-token']}`] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(home, { recursive: true });
});

const at = (): string => `127.0.0.1:${(server.address() as AddressInfo).port}`;
const ask = (key: string, env: Record<string, string> = {}): Promise<Ran> =>
  assay(['keys', 'public', '--key', key, '--debug', '--output=json'], { home, cwd: home, env });
const codeOf = (ran: Ran): string | undefined => (JSON.parse(ran.stdout.toString()) as { errors: { code: string }[] }).errors[0]?.code;

function silent(ran: Ran): void {
  expect(`${ran.stdout}${ran.stderr}`).not.toContain(SECRET);
}

describe('the address of a key', () => {
  test.for([
    ['with a password', (): string => `http://me:${SECRET}@${at()}/k`, 'key-invalid'],
    ['with an at sign in the password', (): string => `http://me:p@${SECRET}@${at()}/k`, 'key-invalid'],
    ['that is signed', (): string => `http://${at()}/k?token=${SECRET}`, 'key-refused'],
    ['that is none', (): string => `http://me:${SECRET}@[/k`, 'key-invalid'],
    ['in the clear', (): string => `http://me:${SECRET}@keys.example/k?token=${SECRET}`, 'key-invalid'],
  ] as const)('%s is not shown', async ([, key, code]) => {
    const ran = await ask(key());
    expect(codeOf(ran)).toBe(code);
    silent(ran);
  });

  test.for([301, 302, 303, 307, 308])('is the only one that is asked (%i)', async (status) => {
    answer = { status, headers: { location: `http://${at()}/elsewhere` } };
    expect(codeOf(await ask(`http://${at()}/k`))).toBe('key-unavailable');
    expect(asked).toEqual(['/k ']);
  });
});

describe('a reference to a key service', () => {
  test.for([
    'gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/../../x',
    'awskms://me:pw@host/alias/x',
    'awskms:///alias/../x',
    'awskms://host/path/alias/x',
    'hashivault://a/b',
    'hashivault://a%2Fb',
    'hashivault://..',
    'azurekms://a.vault.azure.net/k/../../x',
    'k8s://../x',
    'k8s://a/b/c',
    'pkcs11:module-path=/etc/passwd;object=x',
  ])('%s leads nowhere else', async (key) => {
    expect(codeOf(await ask(key, { VAULT_ADDR: `http://${at()}`, VAULT_TOKEN: SECRET }))).toBe('key-invalid');
    expect(asked).toEqual([]);
  });

  test('a service that redirects does not have the token sent elsewhere, nor does its answer show it', async () => {
    const env = { VAULT_ADDR: `http://${at()}`, VAULT_TOKEN: SECRET };
    answer = { status: 307, headers: { location: `http://localhost:${(server.address() as AddressInfo).port}/elsewhere` } };
    silent(await ask('hashivault://k', env));
    expect(asked).toHaveLength(1);
    answer = { status: 403, headers: {} };
    const ran = await ask('hashivault://k', env);
    expect(codeOf(ran)).toBe('key-refused');
    silent(ran);
  });

  test('a variable that holds something else than a key is not shown', async () => {
    for (const text of [SECRET, `-----BEGIN PRIVATE KEY-----\n${SECRET}!\n-----END PRIVATE KEY-----`, `{"token":"${SECRET}"}`])
      silent(await ask('env://OTHER', { OTHER: text }));
  });
});

describe('a program for keys', () => {
  function program(folder: string): void {
    mkdirSync(join(home, folder), { recursive: true });
    writeFileSync(join(home, folder, 'sigstore-kms-x'), `#!/bin/sh\necho ran > '${join(home, 'ran')}'\necho '{"errorMessage":"it ran"}'\n`);
    chmodSync(join(home, folder, 'sigstore-kms-x'), 0o755);
  }

  test.for(['bin', '.', '', './bin', '../bin'])(
    'is not looked for in %j, which is another folder for each that starts it',
    async (path) => {
      program('bin');
      program('.');
      expect(codeOf(await ask('x://k', { PATH: path }))).toBe('key-unavailable');
    },
  );

  test.for(['../x://k', 'a/../x://k', '..//x://k', 'x/://k'])('%s names none', async (key) => {
    program('bin');
    expect(codeOf(await ask(key, { PATH: join(home, 'bin') }))).toBe('file-unreadable');
  });

  test('that has no end is ended', async () => {
    program('bin');
    writeFileSync(join(home, 'bin/sigstore-kms-x'), '#!/bin/sh\nexec /bin/cat /dev/zero\n');
    expect(codeOf(await ask('x://k', { PATH: join(home, 'bin') }))).toBe('key-unavailable');
  });
});
