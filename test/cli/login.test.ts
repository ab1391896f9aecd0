import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { assay, type Ran } from './harness.ts';

const root = mkdtempSync(join(tmpdir(), 'assay-login-'));
let registry: TestRegistry;
let home: string;
let n = 0;

beforeEach(async () => {
  registry = await startRegistry({ auth: { kind: 'bearer', username: 'me', password: 'secret: word' } });
  home = join(root, String(n++));
  mkdirSync(join(home, 'bin'), { recursive: true });
});
afterEach(() => registry.close());
afterAll(() => rmSync(root, { recursive: true, force: true }));

function run(argv: readonly string[], stdin = 'secret: word\n', env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  return assay([...argv, '--output=json'], { home, stdin, env: { PATH: `${join(home, 'bin')}:${process.env.PATH ?? ''}`, ...env } });
}

const login = (...more: readonly string[]): Promise<Ran> => run(['login', registry.host, '-u', 'me', '--password-stdin', ...more]);
const config = (): Record<string, unknown> =>
  JSON.parse(readFileSync(join(home, '.docker/config.json'), 'utf8')) as Record<string, unknown>;

function keepConfig(value: object): void {
  mkdirSync(join(home, '.docker'), { recursive: true });
  writeFileSync(join(home, '.docker/config.json'), JSON.stringify(value), { mode: 0o644 });
}

function codeOf(ran: Ran): string | undefined {
  return (JSON.parse(ran.stdout.toString()) as { errors: { code: string }[] }).errors[0]?.code;
}

/** A credential helper that keeps everything in one file. */
function helper(name: string): { readonly kept: () => string } {
  const file = join(home, `${name}.kept`);
  const program = join(home, 'bin', `docker-credential-${name}`);
  writeFileSync(
    program,
    `#!/bin/sh
case "$1" in
store) cat > '${file}' ;;
erase) cat > /dev/null; [ -f '${file}' ] || { echo 'credentials not found in native keychain'; exit 1; }; rm '${file}' ;;
get) cat > /dev/null; [ -f '${file}' ] || { echo 'credentials not found in native keychain'; exit 1; }; cat '${file}' ;;
esac
`,
  );
  chmodSync(program, 0o755);
  return { kept: () => readFileSync(file, 'utf8') };
}

describe('login', () => {
  test('keeps what the registry takes, for its owner alone, and everything else in the file', async () => {
    keepConfig({
      auths: { 'other.example': { auth: 'eDp5' }, [`https://${registry.host}/v2/`]: { auth: 'b2xkOm9sZA==' } },
      detachKeys: 'ctrl-x',
    });
    const ran = await login();
    expect(ran.exit, ran.stderr).toBe(0);
    expect(config()).toEqual({
      auths: { 'other.example': { auth: 'eDp5' }, [registry.host]: { auth: Buffer.from('me:secret: word').toString('base64') } },
      detachKeys: 'ctrl-x',
    });
    expect(statSync(join(home, '.docker/config.json')).mode & 0o777).toBe(0o600);
    expect(ran.stdout.toString() + ran.stderr).not.toContain('secret');
    const out = await run(['logout', registry.host]);
    expect(JSON.parse(out.stdout.toString())).toMatchObject({ schema: 'assay/logout/v1', removed: true });
    expect(config()).toEqual({ auths: { 'other.example': { auth: 'eDp5' } }, detachKeys: 'ctrl-x' });
    expect(JSON.parse((await run(['logout', registry.host])).stdout.toString())).toMatchObject({ removed: false });
  });

  test('keeps nothing that the registry refuses', async () => {
    keepConfig({ auths: {} });
    const ran = await run(['login', registry.host, '-u', 'me', '--password-stdin'], 'wrong');
    expect(ran.exit).toBe(3);
    expect(codeOf(ran)).toBe('registry-unauthorized');
    expect(ran.stderr).toContain('does not take this name and password');
    expect(ran.stderr).not.toContain('log in to the registry');
    expect(config()).toEqual({ auths: {} });
    expect(ran.stdout.toString() + ran.stderr).not.toContain('wrong');
  });

  test.for([['credsStore'], ['credHelpers']] as const)('keeps with the helper of %s', async ([how]) => {
    const { kept } = helper('chest');
    keepConfig(how === 'credsStore' ? { credsStore: 'chest' } : { credHelpers: { [registry.host]: 'chest' }, credsStore: 'other' });
    const ran = await login();
    expect(ran.exit, ran.stderr).toBe(0);
    expect(JSON.parse(kept())).toEqual({ ServerURL: registry.host, Username: 'me', Secret: 'secret: word' });
    expect(JSON.stringify(config())).not.toContain('auth"');
    expect((await run(['logout', registry.host])).exit).toBe(0);
    expect(kept).toThrow();
  });

  test('a helper that fails says so without the password', async () => {
    const program = join(home, 'bin/docker-credential-broken');
    writeFileSync(program, '#!/bin/sh\ncat\nexit 1\n');
    chmodSync(program, 0o755);
    keepConfig({ credsStore: 'broken' });
    const ran = await login('--debug');
    expect(codeOf(ran)).toBe('credentials-unavailable');
    expect(ran.stdout.toString() + ran.stderr).not.toContain('secret: word');
  });

  test('a link stays a link', async () => {
    mkdirSync(join(home, '.docker'));
    writeFileSync(join(home, 'real.json'), '{"keep":1}');
    symlinkSync('../real.json', join(home, '.docker/config.json'));
    expect((await login()).exit).toBe(0);
    expect(JSON.parse(readFileSync(join(home, 'real.json'), 'utf8'))).toMatchObject({ keep: 1, auths: { [registry.host]: {} } });
  });

  test('a file that is no JSON stays as it is', async () => {
    mkdirSync(join(home, '.docker'));
    writeFileSync(join(home, '.docker/config.json'), '{ broken');
    expect(codeOf(await login())).toBe('credentials-unavailable');
    expect(readFileSync(join(home, '.docker/config.json'), 'utf8')).toBe('{ broken');
  });

  test.for([[['-p', 'secret']], [['--password', 'secret']], [['--password=secret']]] as const)(
    '%j is refused: passwords are no arguments',
    async ([flags]) => {
      const ran = await run(['login', registry.host, '-u', 'me', ...flags]);
      expect(ran.exit).toBe(2);
      expect(codeOf(ran)).toBe('unsupported');
      expect(ran.stdout.toString() + ran.stderr).not.toContain('secret');
    },
  );

  test('without a terminal and without stdin it is misuse', async () => {
    expect(codeOf(await run(['login', registry.host, '-u', 'me']))).toBe('usage-invalid');
    expect(codeOf(await run(['login', registry.host, '--password-stdin']))).toBe('usage-invalid');
    expect(codeOf(await run(['login', registry.host, '-u', 'me', '--password-stdin'], '\n'))).toBe('usage-invalid');
    expect(codeOf(await run(['login', registry.host, '-u', 'a:b', '--password-stdin']))).toBe('usage-invalid');
  });
});
