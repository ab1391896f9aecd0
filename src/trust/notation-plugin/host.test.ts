import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { createPluginHost, type PluginHostOptions, parsePin, parsePins } from './index.ts';

const NAME = 'com.acme.check';
const METADATA = {
  name: NAME,
  description: 'checks',
  version: '1.2.3',
  url: 'https://acme.example',
  supportedContractVersions: ['1.0'],
  capabilities: ['SIGNATURE_VERIFIER.TRUSTED_IDENTITY'],
};
const RESULT = { verificationResults: { 'SIGNATURE_VERIFIER.TRUSTED_IDENTITY': { success: true } }, processedAttributes: ['a'] };

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'assay-plugins-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

/** Installs a plugin whose `answer` is the body of a program with `command` and `request` at hand, and answers its pin. */
function install(answer: string, name = NAME): string {
  const program = `#!${process.execPath}
const command = process.argv[2];
const text = require('node:fs').readFileSync(0, 'utf8');
const request = JSON.parse(text);
const say = (value) => process.stdout.write(JSON.stringify(value));
${answer}
`;
  return installProgram(program, name);
}

function installProgram(program: string, name = NAME): string {
  mkdirSync(join(base, name), { recursive: true });
  const path = join(base, name, `notation-${name}`);
  writeFileSync(path, program);
  chmodSync(path, 0o755);
  return `${name}=sha256:${createHash('sha256').update(program).digest('hex')}`;
}

function ask(
  pin: string | undefined,
  {
    command = 'verify-signature' as const,
    request = { q: 1 },
    ...more
  }: Partial<PluginHostOptions> & { command?: 'get-plugin-metadata' | 'verify-signature'; request?: object; signal?: AbortSignal } = {},
): Promise<unknown> {
  const { signal, ...options } = more;
  const host = createPluginHost({
    folder: base,
    pins: pin === undefined ? [] : [parsePin(pin)],
    env: { PATH: process.env.PATH, SECRET: 'x', NODE_OPTIONS: '--no-warnings' },
    home: '/home/of/user',
    ...options,
  });
  return host.call(NAME, command, request, signal);
}

const refusal = (part: string): object => expect.objectContaining({ code: 'plugin-unavailable', message: expect.stringContaining(part) });

describe('a plugin', () => {
  test('is asked by its argument and stdin, and answers on stdout', async () => {
    const answer = 'say(command === "verify-signature" ? { verificationResults: {}, processedAttributes: [JSON.stringify(request)] } : {})';
    const pin = install(answer);
    const config = new Map([['key', 'value']]);
    const { processedAttributes } = (await ask(pin, { config })) as { processedAttributes: readonly string[] };
    expect(JSON.parse(processedAttributes[0] ?? '')).toEqual({ contractVersion: '1.0', q: 1, pluginConfig: { key: 'value' } });
  });

  test('describes itself', async () => {
    const pin = install(`say(${JSON.stringify(METADATA)})`);
    expect(await ask(pin, { command: 'get-plugin-metadata' })).toEqual(METADATA);
  });

  test('sees nothing of our environment but PATH and HOME', async () => {
    const pin = install('say({ verificationResults: {}, processedAttributes: Object.entries(process.env).map((e) => e.join("=")) })');
    const { processedAttributes } = (await ask(pin)) as { processedAttributes: readonly string[] };
    expect([...processedAttributes].sort()).toEqual(['HOME=/home/of/user', `PATH=${process.env.PATH}`]);
  });

  test('runs as the copy whose digest was checked, of which nothing stays', async () => {
    const pin = install('say({ verificationResults: {}, processedAttributes: [process.argv[1], process.cwd()] })');
    const { processedAttributes } = (await ask(pin)) as { processedAttributes: readonly string[] };
    for (const path of processedAttributes) {
      expect(path.startsWith(base)).toBe(false);
      expect(existsSync(path)).toBe(false);
    }
  });

  test('that is not pinned does not run, and its digest is said', async () => {
    const trace = join(base, 'ran');
    const pin = install(`require('node:fs').writeFileSync(${JSON.stringify(trace)}, ''); say(${JSON.stringify(RESULT)})`);
    await expect(ask(undefined)).rejects.toEqual(refusal(`--plugin-digest ${pin}`));
    await expect(ask(`other=${pin.split('=')[1]}`)).rejects.toEqual(refusal('not pinned'));
    await expect(ask(`${NAME}=sha256:${'0'.repeat(64)}`)).rejects.toEqual(refusal('not the one that is pinned'));
    expect(existsSync(trace)).toBe(false);
    await ask(pin);
    expect(existsSync(trace)).toBe(true);
  });

  test('that was changed since does not run', async () => {
    const pin = install(`say(${JSON.stringify(RESULT)})`);
    await ask(pin);
    install(`say(${JSON.stringify(RESULT)}); // changed`);
    await expect(ask(pin)).rejects.toEqual(refusal('not the one that is pinned'));
  });

  const SILENCES: readonly (readonly [what: string, program: string, part: string])[] = [
    ['hangs', 'setInterval(() => {}, 1000)', 'no answer within'],
    ['floods stdout', 'const b = Buffer.alloc(65536, 0x20); (function w() { process.stdout.write(b, w) })()', 'bytes to stdout'],
    ['floods stderr', 'const b = Buffer.alloc(65536, 0x20); (function w() { process.stderr.write(b, w) })()', 'bytes to stderr'],
    ['says nothing', '', 'no answer to verify-signature'],
    ['answers no JSON', 'process.stdout.write("yes")', 'no answer to verify-signature'],
    ['answers a list', 'say([])', 'no JSON object'],
    ['answers two objects', 'say({}); say({})', 'no answer to verify-signature'],
    [
      'answers a name twice',
      'process.stdout.write(\'{"processedAttributes":[],"processedAttributes":["a"],"verificationResults":{}}\')',
      'same name twice',
    ],
    ['answers bytes that are no text', 'process.stdout.write(Buffer.from([0x7b, 0xff, 0x7d]))', 'UTF-8'],
    ['logs before its answer', `console.log("starting"); say(${JSON.stringify(RESULT)})`, 'no answer to verify-signature'],
    ['leaves out the results', 'say({ processedAttributes: [] })', 'verificationResults'],
    ['leaves out what it processed', 'say({ verificationResults: {} })', 'processedAttributes'],
    ['says success as a text', 'say({ verificationResults: { X: { success: "true" } }, processedAttributes: [] })', 'neither yes nor no'],
    ['says a result that is no object', 'say({ verificationResults: { X: true }, processedAttributes: [] })', 'no object'],
    [
      'fails with a reason',
      'console.error(JSON.stringify({ errorCode: "ACCESS_DENIED", errorMessage: "no \\u001b[31mkey" })); process.exit(1)',
      'ACCESS_DENIED: no',
    ],
    ['fails without JSON', 'console.error("Traceback"); process.exit(1)', 'exit code 1: Traceback'],
    ['fails otherwise', 'console.error(JSON.stringify({ errorCode: "ERROR" })); process.exit(7)', 'exit code 7'],
    ['fails after an answer', `say(${JSON.stringify(RESULT)}); process.exitCode = 1`, 'exit code 1'],
    ['ends itself', 'process.kill(process.pid, "SIGKILL")', 'ended by SIGKILL'],
  ];
  test.each(SILENCES)('that %s gives no answer', async (what, program, part) => {
    const timeoutMs = what === 'hangs' ? 1500 : 30_000;
    await expect(ask(install(program), { timeoutMs })).rejects.toEqual(refusal(part));
  });

  test('prints nothing on our terminal through its errors', async () => {
    const error = await ask(install('console.error("\\u001b]0;x\\u0007\\nred"); process.exit(1)')).catch((e: unknown) => e);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(error instanceof AssayError && /[\u0000-\u001f]/.test(error.message)).toBe(false);
  });

  test.each([
    [
      'in its error',
      'console.error(JSON.stringify({ errorCode: "ERROR", errorMessage: "no entry with " + request.pluginConfig.vaultToken })); process.exit(1)',
    ],
    ['as it pleases', 'console.error("login", request.pluginConfig.vaultToken, "failed"); process.exit(2)'],
  ])('that says what it was trusted with %s is not repeated in that', async (_, program) => {
    const config = new Map([
      ['vaultToken', 'only.the-plugin/knows'],
      ['region', 'eu-central-1'],
    ]);
    const error: unknown = await ask(install(program), { config }).catch((e: unknown) => e);
    expect(error).toEqual(refusal('[hidden]'));
    expect((error as Error).message).not.toContain('knows');
  });

  test('that says to try again later is worth trying again', async () => {
    const error = (code: string): string => install(`console.error(JSON.stringify({ errorCode: "${code}" })); process.exit(1)`);
    await expect(ask(error('THROTTLED'))).rejects.toMatchObject({ retryable: true });
    await expect(ask(error('ERROR'))).rejects.toMatchObject({ retryable: false });
  });

  test.each([
    ['another name', { name: 'other' }],
    ['no version', { version: '' }],
    ['another contract', { supportedContractVersions: ['2.0'] }],
    ['no capabilities', { capabilities: [] }],
    ['capabilities that are no texts', { capabilities: [1] }],
    ['no url', { url: undefined }],
  ])('that describes itself with %s gives no answer', async (_what, change) => {
    const pin = install(`say(${JSON.stringify({ ...METADATA, ...change })})`);
    await expect(ask(pin, { command: 'get-plugin-metadata' })).rejects.toEqual(refusal('breaks the contract'));
  });

  test('leaves nobody behind: what it started ends with it', async () => {
    const trace = join(base, 'child');
    const pin = installProgram(
      `#!/bin/sh\ncat >/dev/null\n(echo $$ > /dev/null; sleep 300) &\necho $! > ${trace}\necho '{"verificationResults":{},"processedAttributes":[]}'\n`,
    );
    expect(await ask(pin)).toEqual({ verificationResults: {}, processedAttributes: [] });
    await expect.poll(() => isAlive(Number(readFileSync(trace, 'utf8')))).toBe(false);
    const hanging = installProgram(`#!/bin/sh\nsleep 300 &\necho $! > ${trace}\nwait\n`);
    await expect(ask(hanging, { timeoutMs: 1500 })).rejects.toEqual(refusal('no answer within'));
    await expect.poll(() => isAlive(Number(readFileSync(trace, 'utf8')))).toBe(false);
  });

  test('is ended when nobody waits any more', async () => {
    const trace = join(base, 'started');
    const pin = installProgram(`#!/bin/sh\nmkfifo ${trace}.pipe\necho $$ > ${trace}\nexec sleep 300\n`);
    const leave = new AbortController();
    const answer = ask(pin, { signal: leave.signal });
    const gone = expect(answer).rejects.toMatchObject({ code: 'cancelled' });
    await expect.poll(() => existsSync(trace) && readFileSync(trace, 'utf8').endsWith('\n'), { timeout: 10_000 }).toBe(true);
    leave.abort();
    await gone;
    await expect.poll(() => isAlive(Number(readFileSync(trace, 'utf8')))).toBe(false);
    await expect(ask(pin, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('is a regular executable file', async () => {
    const pin = install(`say(${JSON.stringify(RESULT)})`);
    const path = join(base, NAME, `notation-${NAME}`);
    chmodSync(path, 0o644);
    await expect(ask(pin)).rejects.toEqual(refusal('not executable'));
    rmSync(path);
    await expect(ask(pin)).rejects.toEqual(refusal('is not there'));
    mkdirSync(path);
    await expect(ask(pin)).rejects.toEqual(refusal('no regular file'));
    rmSync(path, { recursive: true });
    symlinkSync(process.execPath, path);
    await expect(ask(pin)).rejects.toEqual(refusal('symbolic link'));
    rmSync(path);
    execFileSync('truncate', ['-s', String(LIMITS.pluginExecutableBytes + 1), path]);
    await expect(ask(pin)).rejects.toEqual(refusal('bytes (at most'));
  });

  test('whose interpreter is missing, or that is no program, gives no answer', async () => {
    await expect(ask(installProgram('#!/nonexistent/interpreter\n'))).rejects.toEqual(refusal('interpreter is missing'));
    await expect(ask(installProgram('\0\0\0'))).rejects.toMatchObject({ code: 'plugin-unavailable' });
  });

  test.each(['', '..', '../x', 'a/b', 'a b', 'x'.repeat(300)])('is not named %j', async (name) => {
    const host = createPluginHost({ folder: base, pins: [], env: {}, home: '/' });
    await expect(host.call(name, 'get-plugin-metadata', {})).rejects.toEqual(refusal('no name of a plugin'));
  });

  test('several calls at the same time do not meet', async () => {
    const pin = install('say({ verificationResults: {}, processedAttributes: [String(request.q)] })');
    const host = createPluginHost({ folder: base, pins: [parsePin(pin)], env: { PATH: process.env.PATH }, home: base });
    const answers = await Promise.all(Array.from({ length: 6 }, (_, q) => host.call(NAME, 'verify-signature', { q })));
    expect(answers.map((a) => a.processedAttributes)).toEqual(Array.from({ length: 6 }, (_, q) => [String(q)]));
  });
});

function isAlive(pid: number): boolean {
  try {
    // A process that has ended and that nobody has waited for yet is a zombie.
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('pins', () => {
  const HEX = 'ab'.repeat(32);

  test('in a file', () => {
    expect(parsePins(`# ours\n${NAME} sha256:${HEX} # since May\n\n  other\tsha256:${HEX}\r\n`, 'pins')).toEqual([
      { name: NAME, digest: `sha256:${HEX}` },
      { name: 'other', digest: `sha256:${HEX}` },
    ]);
  });

  test.each([`${NAME}`, `${NAME} ${HEX}`, `${NAME} sha256:${HEX.toUpperCase()}`, `${NAME} sha256:${HEX} x`, `../x sha256:${HEX}`])(
    'of a file with the line %j are refused',
    (line) => {
      expect(() => parsePins(`\n${line}`, 'pins')).toThrow(
        expect.objectContaining({ code: 'input-invalid', message: expect.stringContaining('line 2') }),
      );
    },
  );

  test.each(['', NAME, `${NAME}=`, `${NAME}=sha512:${HEX}`, `=sha256:${HEX}`, `a/b=sha256:${HEX}`])('as a flag %j are refused', (text) => {
    expect(() => parsePin(text)).toThrow(expect.objectContaining({ code: 'usage-invalid' }));
  });
});
