import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseDockerConfig, plainKey } from './auth/docker-config.ts';
import { storedCredentials } from './credentials.ts';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'assay-home-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

function auth(user: string, password = 'pw'): { auth: string } {
  return { auth: Buffer.from(`${user}:${password}`).toString('base64') };
}

async function put(path: string, value: unknown): Promise<void> {
  await mkdir(join(home, path, '..'), { recursive: true });
  await writeFile(join(home, path), typeof value === 'string' ? value : JSON.stringify(value));
}

async function helper(name: string, script: string): Promise<void> {
  await put(`bin/docker-credential-${name}`, `#!/bin/sh\n${script}\n`);
  await chmod(join(home, `bin/docker-credential-${name}`), 0o755);
}

function source(env: Record<string, string> = {}): ReturnType<typeof storedCredentials> {
  return storedCredentials({ env: { PATH: `${join(home, 'bin')}:/usr/bin:/bin`, ...env }, home });
}

describe('files', () => {
  test('the most specific path counts', async () => {
    await put('.docker/config.json', {
      auths: { 'r.example': auth('host'), 'r.example/team': auth('team'), 'r.example/team/app': auth('app') },
    });
    expect(await source().find('r.example', 'team/app')).toMatchObject({ username: 'app' });
    expect(await source().find('r.example', 'team/app/sub')).toMatchObject({ username: 'app' });
    expect(await source().find('r.example', 'team/apple')).toMatchObject({ username: 'team' });
    expect(await source().find('r.example', 'other')).toMatchObject({ username: 'host' });
    expect(await source().find('r.example', undefined)).toMatchObject({ username: 'host' });
    expect(await source().find('r.example:5000', 'other')).toBeUndefined();
    expect(await source().find('evil-r.example', 'other')).toBeUndefined();
  });

  test.each(['https://index.docker.io/v1/', 'index.docker.io', 'docker.io', 'https://registry-1.docker.io', 'registry-1.docker.io/v2/'])(
    '%s is Docker Hub',
    async (key) => {
      await put('.docker/config.json', { auths: { [key]: auth('hub') } });
      expect(await source().find('docker.io', 'library/alpine')).toMatchObject({ username: 'hub' });
    },
  );

  test('every form of an entry is understood', () => {
    const config = parseDockerConfig(
      Buffer.from(
        JSON.stringify({
          auths: {
            a: auth('u', 'p:with:colons'),
            b: { username: 'u', password: 'p' },
            c: { identitytoken: 't', ...auth('u') },
            d: { registrytoken: 't' },
            e: auth('<token>', 'refresh'),
            f: {},
            g: { auth: '' },
          },
        }),
      ),
      'test',
    );
    expect(config.auths.get('a')).toEqual({ kind: 'basic', username: 'u', password: 'p:with:colons' });
    expect(config.auths.get('b')).toEqual({ kind: 'basic', username: 'u', password: 'p' });
    expect(config.auths.get('c')).toEqual({ kind: 'identity-token', token: 't' });
    expect(config.auths.get('d')).toEqual({ kind: 'registry-token', token: 't' });
    expect(config.auths.get('e')).toEqual({ kind: 'identity-token', token: 'refresh' });
    expect(config.auths.has('f') || config.auths.has('g')).toBe(false);
  });

  test('the places are asked in order, and the next when one has nothing for the registry', async () => {
    await put('docker/config.json', { auths: { 'a.example': auth('docker') } });
    await put('auth.json', { auths: { 'a.example': auth('file'), 'b.example': auth('file') } });
    await put('run/containers/auth.json', { auths: { 'b.example': auth('run'), 'c.example': auth('run') } });
    await put('.config/containers/auth.json', { auths: { 'd.example': auth('config') } });
    const found = source({
      DOCKER_CONFIG: join(home, 'docker'),
      REGISTRY_AUTH_FILE: join(home, 'auth.json'),
      XDG_RUNTIME_DIR: join(home, 'run'),
    });
    const users = await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map(async (r) => (await found.find(`${r}.example`, 'x')) as { username?: string } | undefined),
    );
    expect(users.map((u) => u?.username)).toEqual(['docker', 'file', 'run', 'config', undefined]);
  });

  test('what cannot be read is no "none"', async () => {
    await put('.docker/config.json', '{"auths":');
    await expect(source().find('r.example', 'x')).rejects.toMatchObject({ code: 'credentials-unavailable' });
    await put('.docker/config.json', { auths: { 'r.example': { auth: 'bm8gY29sb24=' }, 'fine.example': auth('u') } });
    await expect(source().find('r.example', 'x')).rejects.toMatchObject({ code: 'credentials-unavailable' });
    expect(await source().find('fine.example', 'x')).toMatchObject({ username: 'u' });
    await rm(join(home, '.docker'), { recursive: true });
    await mkdir(join(home, '.docker/config.json'), { recursive: true });
    await expect(source().find('r.example', 'x')).rejects.toMatchObject({ code: 'credentials-unavailable' });
  });

  test('nothing anywhere is none', async () => {
    expect(await source().find('r.example', 'x')).toBeUndefined();
    expect(plainKey('https://r.example/')).toBe('r.example');
  });
});

describe('helpers', () => {
  test('are asked about the server, by the store and by the registry', async () => {
    await helper('mine', 'read server; printf \'{"ServerURL":"%s","Username":"u-%s","Secret":"s"}\' "$server" "$server"');
    await put('.docker/config.json', { credsStore: 'mine' });
    expect(await source().find('r.example', 'x')).toEqual({ kind: 'basic', username: 'u-r.example', password: 's' });
    expect(await source().find('docker.io', 'x')).toMatchObject({ username: 'u-https://index.docker.io/v1/' });
    await helper('token', 'printf \'{"Username":"<token>","Secret":"refresh"}\'');
    await put('.docker/config.json', { credsStore: 'mine', credHelpers: { 'r.example': 'token' } });
    expect(await source().find('r.example', 'x')).toEqual({ kind: 'identity-token', token: 'refresh' });
  });

  test('"not found" is none, and the file is asked then', async () => {
    await helper('empty', 'echo "credentials not found in native keychain"; exit 1');
    await put('.docker/config.json', { credsStore: 'empty' });
    expect(await source().find('r.example', 'x')).toBeUndefined();
    await put('.docker/config.json', { credHelpers: { 'r.example': 'empty' }, auths: { 'r.example': auth('file') } });
    expect(await source().find('r.example', 'x')).toMatchObject({ username: 'file' });
  });

  test.each([
    ['fails', 'echo "keychain is locked"; exit 1'],
    ['says no JSON', 'echo hello'],
    ['says no secret', 'echo \'{"Username":"u"}\''],
    ['says too much', 'head -c 3000000 /dev/zero'],
  ])('one that %s makes the credentials unavailable', async (_, script) => {
    await helper('bad', script);
    await put('.docker/config.json', { credsStore: 'bad' });
    await expect(source().find('r.example', 'x')).rejects.toMatchObject({ code: 'credentials-unavailable' });
  });

  test.each(['missing', '../bin/bad', 'a b', ''])('the name %j', async (name) => {
    await put('.docker/config.json', { credHelpers: { 'r.example': name } });
    if (name === '') expect(await source().find('r.example', 'x')).toBeUndefined();
    else await expect(source().find('r.example', 'x')).rejects.toMatchObject({ code: 'credentials-unavailable' });
  });
});
