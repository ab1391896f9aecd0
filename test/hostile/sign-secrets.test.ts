/** What is secret stands in no message, no JSON and no stack of `--debug`, whoever repeats it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newKey, pushImage, registrySink } from '../../src/testing/authority/index.ts';
import { startRegistry } from '../../src/testing/registry/index.ts';
import { secretsOf, serviceError } from '../../src/trust/kms/service-error.ts';
import { assay } from '../cli/harness.ts';
import { serve } from '../sign/log-lab.ts';

const PASSWORD = 'correct-horse"battery';
const BASIC = Buffer.from(`robot:${PASSWORD}`).toString('base64');

let home: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'assay-secrets-'));
  writeFileSync(join(home, 'a.key'), newKey('p256').privateKey.export({ type: 'pkcs8', format: 'pem' }));
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

function withCredentials(host: string, config: object = { auths: { [host]: { auth: BASIC } } }): string {
  const folder = mkdtempSync(join(home, 'docker-'));
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  return folder;
}

function holdsNone(text: string, ...secrets: readonly string[]): void {
  for (const secret of [PASSWORD, PASSWORD.replace('"', '\\"'), BASIC, ...secrets]) expect(text).not.toContain(secret);
}

describe('a registry that repeats what it was told', () => {
  test.each([
    ['the header', (header: string) => `not for ${header}`],
    ['the pair', () => `wrong: robot:${PASSWORD}`],
    ['the encoded pair alone', () => BASIC],
  ])('%s, at a write', async (_, says) => {
    const registry = await startRegistry({ auth: { kind: 'basic', username: 'robot', password: PASSWORD } });
    try {
      const { digest } = pushImage(registrySink(registry.content, 'app'), 'app');
      const body = JSON.stringify({ errors: [{ code: 'DENIED', message: says(`Basic ${BASIC}`) }] });
      registry.faults.add({ match: '^POST .*/blobs/uploads/', kind: 'status', status: 403, body });
      for (const more of [[], ['--debug', '--output', 'json']]) {
        const argv = ['sign', '--key', 'a.key', '--tlog-upload=false', `${registry.host}/app@${digest}`, ...more];
        const ran = await assay(argv, { cwd: home, home, env: { DOCKER_CONFIG: withCredentials(registry.host) } });
        expect(ran.exit).not.toBe(0);
        const all = `${ran.stdout}${ran.stderr}`;
        expect(all).toContain('DENIED');
        holdsNone(all);
      }
    } finally {
      await registry.close();
    }
  });

  test('a token server, and the registry that got its token', async () => {
    const TOKEN = 'an-opaque-bearer-token-0123456789';
    const registry = await serve((asked, _, request) => {
      const host = request.headers.host ?? '';
      const sent = request.headers.authorization ?? '';
      if (asked.startsWith('GET /token?')) return { body: JSON.stringify({ token: TOKEN }) };
      if (asked.startsWith('GET /refuse?')) return { status: 403, body: JSON.stringify({ errors: [{ code: 'DENIED', message: sent }] }) };
      if (sent !== '') return { status: 403, body: JSON.stringify({ errors: [{ code: 'DENIED', message: `you sent ${sent}` }] }) };
      const realm = asked.includes('/other/') ? 'refuse' : 'token';
      return { status: 401, headers: { 'www-authenticate': `Bearer realm="http://${host}/${realm}",service="x"` } };
    });
    try {
      const host = new URL(registry.url).host;
      for (const name of ['app', 'other']) {
        const argv = ['sign', '--key', 'a.key', '--tlog-upload=false', `${host}/${name}:v1`, '--debug'];
        const ran = await assay(argv, { cwd: home, home, env: { DOCKER_CONFIG: withCredentials(host) } });
        expect(ran.exit).not.toBe(0);
        expect(`${ran.stdout}${ran.stderr}`).toContain('DENIED');
        holdsNone(`${ran.stdout}${ran.stderr}`, TOKEN);
      }
    } finally {
      await registry.close();
    }
  });

  test('login', async () => {
    const registry = await serve((_, __, request) => {
      const sent = request.headers.authorization;
      if (sent === undefined) return { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } };
      const pair = Buffer.from(sent.split(' ')[1] ?? '', 'base64').toString();
      return { status: 403, body: JSON.stringify({ errors: [{ code: 'DENIED', message: `${pair} is wrong (${sent})` }] }) };
    });
    try {
      const argv = ['login', new URL(registry.url).host, '--username', 'robot', '--password-stdin', '--debug'];
      const ran = await assay(argv, { cwd: home, home, stdin: `${PASSWORD}\n`, env: { DOCKER_CONFIG: join(home, 'nowhere') } });
      expect(ran.exit).not.toBe(0);
      expect(ran.stderr).toContain('DENIED');
      holdsNone(ran.stderr);
    } finally {
      await registry.close();
    }
  });
});

describe('files with secrets that are no JSON', () => {
  const BROKEN = `{"auths":{"registry.example":{"auth": correct-horse }}}`;

  test.each([['sign'], ['login']])("Docker's configuration, %s --debug", async (command) => {
    const folder = join(home, `broken-${command}`);
    mkdirSync(folder);
    writeFileSync(join(folder, 'config.json'), BROKEN);
    const registry = await startRegistry({ auth: { kind: 'basic', username: 'robot', password: PASSWORD } });
    try {
      const { digest } = pushImage(registrySink(registry.content, 'app'), 'app');
      const argv =
        command === 'login'
          ? ['login', registry.host, '--username', 'robot', '--password-stdin', '--debug']
          : ['sign', '--key', 'a.key', '--tlog-upload=false', `${registry.host}/app@${digest}`, '--debug'];
      const ran = await assay(argv, { cwd: home, home, stdin: PASSWORD, env: { DOCKER_CONFIG: folder } });
      expect(ran.exit).not.toBe(0);
      const all = `${ran.stdout}${ran.stderr}`;
      expect(all).toContain('credentials-unavailable');
      expect(all).not.toMatch(/correct-|horse|battery/);
    } finally {
      await registry.close();
    }
  });
});

test('what a key service says is printed without tokens in it', () => {
  const jwt = `eyJhbGciOiJSUzI1NiJ9.${Buffer.from('{"sub":"x"}').toString('base64url')}.c2lnbmF0dXJl`;
  const { message } = serviceError('awskms:///alias/x', { status: 403, message: `x-amz-security-token:${jwt}\u001b[2J` });
  expect(message).not.toContain(jwt.slice(0, 20));
  expect(message).not.toContain('\u001b');
  const env = { AWS_SESSION_TOKEN: 'FwoGZXIvYXdzEBYaDK/opaque+token==', AZURE_CLIENT_SECRET: 'client~secret.value' };
  for (const said of [
    `canonical: x-amz-security-token:${env.AWS_SESSION_TOKEN} is`,
    `sent ${env.AWS_SESSION_TOKEN}`,
    `no ${env.AZURE_CLIENT_SECRET}`,
    'Bearer ya29.a0Af_token',
  ]) {
    const error = serviceError('key', { status: 403, message: said, secrets: secretsOf(env) });
    expect(error.message).not.toMatch(/FwoG|opaque|client~secret|ya29/);
    expect(error.message).toContain('[hidden]');
  }
});
