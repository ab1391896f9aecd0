import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { beforeAll, expect, test } from 'vitest';
import type { Call } from '../../src/cli/command.ts';
import type { Io, Terminal } from '../../src/cli/io.ts';
import { outputOn } from '../../src/cli/output/output.ts';
import { addIdentityOptions, identityTokenOf } from '../../src/cli/sign/identity-flags.ts';
import { confirmPublicRecord, isPublicInstance } from '../../src/cli/sign/notice.ts';
import { valuesOf } from '../../src/cli/values.ts';
import { closing, failure, NOW, token } from './oidc-kit.ts';

interface Around {
  readonly env?: Readonly<Record<string, string>>;
  readonly tty?: boolean;
  readonly terminal?: Terminal;
  readonly cwd?: string;
  readonly home?: string;
}

/** A call of a command with the identity options. */
function call(argv: readonly string[], around: Around = {}) {
  const command = new Command().option('-y, --yes', 'yes').option('--offline', 'offline');
  addIdentityOptions(command);
  command.exitOverride().configureOutput({ writeErr: () => {} });
  command.parse([...argv], { from: 'user' });
  const said: string[] = [];
  const io: Io = {
    stdout: { write: () => {} },
    stderr: { write: (chunk) => said.push(String(chunk)) },
    stdin: (async function* () {})(),
    env: around.env ?? {},
    cwd: around.cwd ?? '/',
    home: around.home ?? '/nonexistent',
    isTTY: { stdout: false, stderr: around.tty ?? false },
    columns: 80,
    now: () => NOW,
    ...(around.terminal === undefined ? {} : { terminal: async () => around.terminal }),
  };
  const made: Call = {
    io,
    args: [],
    options: valuesOf(command),
    out: outputOn(io, { format: 'text', verbose: false }),
    signal: new AbortController().signal,
  };
  return { call: made, said };
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'assay-identity-'));
  closing(() => rm(path, { recursive: true }));
  return path;
}

test('--identity-token: the token, a file, a variable', async () => {
  const cwd = await folder();
  await writeFile(join(cwd, 'token.txt'), `${token()}\n`);
  for (const text of [token(), 'token.txt', join(cwd, 'token.txt'), 'env://MINE']) {
    const found = await identityTokenOf(call(['--identity-token', text], { cwd, env: { MINE: token(), SIGSTORE_ID_TOKEN: 'x' } }).call);
    expect(found).toMatchObject({ subject: 'someone', source: '--identity-token' });
  }
});

test('--identity-token: a token with the end of its line, and one whose header has white space in it', async () => {
  const [, payload, signature] = token().split('.');
  for (const header of ['{"alg":"RS256"}', '{ "alg":"RS256" }', '{\n "alg":"RS256"}', '{\r\n"alg":"RS256"}', '{\t"alg":"RS256"}']) {
    const text = [Buffer.from(header).toString('base64url'), payload, signature].join('.');
    for (const given of [text, `${text}\n`, ` ${text}\r\n`])
      expect(await identityTokenOf(call(['--identity-token', given]).call)).toMatchObject({ subject: 'someone', raw: text });
    const cut = (await failure(identityTokenOf(call(['--identity-token', ` ${text.slice(0, 40)}`]).call))).message;
    expect(cut).not.toContain(text.slice(0, 20));
  }
});

test('--identity-token: what is neither is not repeated when it may be a secret', async () => {
  const error = await failure(identityTokenOf(call(['--identity-token', `${token()}.cut`]).call));
  expect(error.code).toBe('token-invalid');
  expect(`${error.message}${error.hint}`).not.toContain('eyJ');
  expect((await failure(identityTokenOf(call(['--identity-token', 'nofile']).call))).message).toContain('nofile');
  expect((await failure(identityTokenOf(call(['--identity-token', 'env://NONE']).call))).code).toBe('token-missing');
});

test('--identity-token: an empty one is none, and no folder', async () => {
  for (const text of ['', ' '])
    expect((await failure(identityTokenOf(call(['--identity-token', text], { cwd: await folder() }).call))).code).toBe('token-missing');
});

test('the audience is the client', async () => {
  const mine = token({ aud: 'mine' });
  expect((await failure(identityTokenOf(call(['--identity-token', mine]).call))).code).toBe('token-invalid');
  expect((await identityTokenOf(call(['--identity-token', mine, '--oidc-client-id', 'mine']).call)).audience).toEqual(['mine']);
  expect((await identityTokenOf(call(['--identity-token', mine]).call, { audience: 'mine' })).audience).toEqual(['mine']);
});

test('the environment is asked, one provider of it, or none', async () => {
  const env = { SIGSTORE_ID_TOKEN: token() };
  expect((await identityTokenOf(call([], { env }).call)).source).toContain('SIGSTORE_ID_TOKEN');
  expect((await identityTokenOf(call(['--oidc-provider', 'envvar'], { env }).call)).source).toContain('SIGSTORE_ID_TOKEN');
  expect((await failure(identityTokenOf(call(['--oidc-provider', 'github-actions'], { env }).call))).code).toBe('token-missing');
  expect((await failure(identityTokenOf(call(['--oidc-disable-ambient-providers'], { env }).call))).code).toBe('token-missing');
  const both = ['--oidc-disable-ambient-providers', '--oidc-provider', 'envvar'];
  expect((await failure(identityTokenOf(call(both, { env }).call))).code).toBe('usage-invalid');
});

test('without a terminal nobody is asked to sign in, and all that was looked at is named', async () => {
  const error = await failure(identityTokenOf(call([], { env: { GITHUB_ACTIONS: 'true' } }).call));
  expect(error.code).toBe('token-missing');
  for (const name of ['GitHub Actions', 'id-token: write', 'GitLab', 'Buildkite', 'SPIFFE', 'SIGSTORE_ID_TOKEN', 'Kubernetes', 'Google'])
    expect(error.hint).toContain(name);
});

test.each<[readonly string[], string]>([
  [['--fulcio-auth-flow', 'token'], 'token-missing'],
  [['--fulcio-auth-flow', 'device', '--oidc-provider', 'envvar'], 'usage-invalid'],
  [['--fulcio-auth-flow', 'client_credentials'], 'usage-invalid'],
  [['--fulcio-auth-flow', 'client_credentials', '--oidc-client-secret-file', '/nonexistent/secret'], 'file-unreadable'],
  [['--fulcio-auth-flow', 'device', '--oidc-issuer', 'http://127.0.0.1:1'], 'service-unavailable'],
  [['--fulcio-auth-flow', 'device', '--offline'], 'offline'],
  [['--fulcio-auth-flow', 'device', '--oidc-issuer', 'http://issuer.example.com'], 'usage-invalid'],
])('%j ends with %s', async (argv, code) => {
  expect((await failure(identityTokenOf(call(argv).call))).code).toBe(code);
});

test('a flow that signs in asks its issuer, whatever token the environment has; the flow "token" takes that one', async () => {
  const env = { SIGSTORE_ID_TOKEN: token() };
  for (const flow of ['normal', 'device']) {
    const error = await failure(identityTokenOf(call(['--fulcio-auth-flow', flow, '--oidc-issuer', 'http://127.0.0.1:1'], { env }).call));
    expect(error.code).toBe('service-unavailable');
  }
  for (const tty of [true, false]) {
    expect(await identityTokenOf(call(['--fulcio-auth-flow', 'token'], { env, tty }).call)).toMatchObject({ subject: 'someone' });
    const none = await failure(identityTokenOf(call(['--fulcio-auth-flow', 'token'], { tty }).call));
    expect(none).toMatchObject({ code: 'token-missing', hint: expect.stringContaining('SIGSTORE_ID_TOKEN') });
  }
});

test('at a terminal the browser is the way', async () => {
  const error = await failure(identityTokenOf(call(['--oidc-issuer', 'http://127.0.0.1:1'], { tty: true }).call));
  expect(error.code).toBe('service-unavailable');
});

const service = (url: string) => ({ url, version: 1 as const, enter: () => Promise.reject(new Error('not asked')) });
const PUBLIC = { certificates: undefined, logs: [service('https://rekor.sigstore.dev')] };
const answering = (answer: string | undefined): Terminal & { asked: number } => ({
  asked: 0,
  async line() {
    this.asked++;
    return answer;
  },
  secret: () => Promise.reject(new Error('not a secret')),
});

test.each([
  ['https://rekor.sigstore.dev', true],
  ['https://log2025-1.rekor.sigstore.dev', true],
  ['https://fulcio.sigstage.dev', true],
  ['https://SIGSTORE.dev.', true],
  ['https://rekor.corp.test', false],
  ['https://sigstore.dev.corp.test', false],
  ['https://notsigstore.dev', false],
  ['x', false],
])('%s is public: %s', (url, is) => {
  expect(isPublicInstance(url)).toBe(is);
});

let home = '';
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'assay-home-'));
  return () => rm(home, { recursive: true });
});

test('the notice: nothing for private services, an error where nobody can be asked, --yes', async () => {
  const quiet = call([], { home });
  await confirmPublicRecord(quiet.call, { certificates: undefined, logs: [service('https://rekor.corp.test')] });
  expect(quiet.said).toEqual([]);
  const alone = call([], { home });
  expect((await failure(confirmPublicRecord(alone.call, PUBLIC))).code).toBe('confirmation-missing');
  expect(alone.said.join('')).toMatch(/removed later/);
  const yes = call(['--yes'], { home });
  await confirmPublicRecord(yes.call, PUBLIC);
  expect(yes.said.join('')).toMatch(/removed later/);
  // A "yes" on the command line is for that run.
  expect((await failure(confirmPublicRecord(call([], { home }).call, PUBLIC))).code).toBe('confirmation-missing');
});

test.each(['n', '', undefined, 'yesterday'])('the notice: %j is no', async (answer) => {
  const terminal = answering(answer);
  expect((await failure(confirmPublicRecord(call([], { home, terminal }).call, PUBLIC))).code).toBe('confirmation-missing');
  expect(terminal.asked).toBe(1);
});

test('the notice: a yes at a terminal is asked for once; where it cannot be kept, each time', async () => {
  const own = await folder();
  const terminal = answering('y');
  await confirmPublicRecord(call([], { home: own, terminal }).call, PUBLIC);
  const again = call([], { home: own, terminal });
  await confirmPublicRecord(again.call, PUBLIC);
  expect(terminal.asked).toBe(1);
  expect(again.said).toEqual([]);
  const marker = join(own, '.config', 'assay', 'public-record-confirmed');
  await writeFile(marker, `not this text ${(await readFile(marker, 'utf8')).length}`);
  await confirmPublicRecord(call([], { home: own, terminal }).call, PUBLIC);
  expect(terminal.asked).toBe(2);
  await writeFile(join(own, 'file'), '');
  const nowhere = { XDG_CONFIG_HOME: join(own, 'file') };
  await confirmPublicRecord(call([], { home: own, terminal, env: nowhere }).call, PUBLIC);
  await confirmPublicRecord(call([], { home: own, terminal, env: nowhere }).call, PUBLIC);
  expect(terminal.asked).toBe(4);
});
