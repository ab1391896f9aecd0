import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Terminal } from '../../src/cli/io.ts';
import { pem } from '../../src/codec/der/encode.ts';
import { KEY_ALGORITHMS, type PrivateKey } from '../../src/crypto/index.ts';
import { generatePrivateKey, privateKeyFromPem } from '../../src/crypto/private-keys.ts';
import { assay, type Ran, type Surroundings } from './harness.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-keys-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = (argv: readonly string[], around: Surroundings = {}): Promise<Ran> => assay(argv, { cwd: folder, ...around });
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
const write = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return name;
};
const files = (): string[] => readdirSync(folder).sort();
const mode = (name: string): number => statSync(join(folder, name)).mode & 0o777;
const opens = async (name: string, password: string | Uint8Array): Promise<string> =>
  (await privateKeyFromPem(read(name), async (attempt) => (attempt === 0 ? Buffer.from(password) : undefined))).publicKey.keyId;
const keyOf = ({ stdout }: Ran): { keyId: string; algorithm: string; publicKey: string; files: object; reference?: string } =>
  (JSON.parse(stdout.toString()) as { key: never }).key;
const codeOf = ({ stdout }: Ran): string | undefined => (JSON.parse(stdout.toString()) as { errors: { code: string }[] }).errors[0]?.code;
const JSON_OUT = ['-o', 'json'];
const ENV = { COSIGN_PASSWORD: 'from the variable' };

/** A person who answers in order, and what was asked. */
function person(...answers: readonly (string | undefined)[]): Terminal & { readonly asked: string[] } {
  const asked: string[] = [];
  const next = (question: string): string | undefined => {
    asked.push(question);
    if (asked.length > answers.length) throw new Error(`asked too often: ${question}`);
    return answers[asked.length - 1];
  };
  return {
    asked,
    async secret(question) {
      const answer = next(question);
      return answer === undefined ? undefined : Buffer.from(answer);
    },
    line: async (question) => next(question),
  };
}

let mine: PrivateKey;
let minePem: string;
beforeAll(async () => {
  const [p256] = KEY_ALGORITHMS;
  if (p256 === undefined) throw new Error('no algorithm');
  mine = await generatePrivateKey(p256);
  minePem = mine.handle.export({ format: 'pem', type: 'pkcs8' }).toString();
});

describe('keys generate', () => {
  test.each(['keys generate', 'generate-key-pair'])('%s writes two files, the private one for its owner only', async (name) => {
    const ran = await run([...name.split(' '), ...JSON_OUT], { env: ENV });
    expect(ran.exit).toBe(0);
    expect(files()).toEqual(['cosign.key', 'cosign.pub']);
    expect(mode('cosign.key')).toBe(0o600);
    const key = keyOf(ran);
    expect(key).toMatchObject({ algorithm: 'ecdsa-sha2-256-nistp256', files: { privateKey: 'cosign.key', publicKey: 'cosign.pub' } });
    expect(key.publicKey).toBe(read('cosign.pub'));
    expect(read('cosign.key')).toMatch(/^-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n/);
    expect(await opens('cosign.key', ENV.COSIGN_PASSWORD)).toBe(key.keyId);
    expect(JSON.parse(ran.stdout.toString())).toMatchObject({ schema: 'assay/keys/v1', warnings: [], errors: [] });
  });

  test('another prefix and algorithm', async () => {
    const ran = await run(['keys', 'generate', '--output-key-prefix', 'a b', '--algorithm', 'ed25519'], { env: { COSIGN_PASSWORD: '' } });
    expect(ran.stdout.toString()).toMatch(
      /^private key {3}a b\.key\npublic key {4}a b\.pub\nkey {11}sha256:[0-9a-f]{64}\nalgorithm {5}ed25519\n$/,
    );
    expect(files()).toEqual(['a b.key', 'a b.pub']);
    expect(await opens('a b.key', '')).toMatch(/^sha256:/);
    const unknown = await run(['keys', 'generate', '--algorithm', 'dsa', ...JSON_OUT], { env: ENV });
    expect(codeOf(unknown)).toBe('algorithm-unsupported');
  });

  test.each([
    ['plain', 'secret', 'secret'],
    ['a newline at the end', 'secret\n', 'secret'],
    ['a newline of Windows', 'secret\r\n', 'secret'],
    ['one of two newlines', 'secret\n\n', 'secret\n'],
    ['spaces', '  sec ret ', '  sec ret '],
    ['other letters', 'pässwörd 密码\n', 'pässwörd 密码'],
    ['no text', Buffer.of(0xff, 0x00, 0xfe), Buffer.of(0xff, 0x00, 0xfe)],
    ['nothing', '', ''],
  ])('a password file with %s', async (_what, content, password) => {
    write('password', content);
    const ran = await run(['keys', 'generate', '--password-file', 'password', ...JSON_OUT], { env: ENV });
    expect(ran.exit).toBe(0);
    expect(await opens('cosign.key', password)).toBe(keyOf(ran).keyId);
  });

  test('a password on stdin, and one that cannot be read', async () => {
    const ran = await run(['keys', 'generate', '--password-file', '-', ...JSON_OUT], { stdin: 'piped\n' });
    expect(await opens('cosign.key', 'piped')).toBe(keyOf(ran).keyId);
    expect(codeOf(await run(['keys', 'generate', '--output-key-prefix', 'b', '--password-file', 'none', ...JSON_OUT]))).toBe(
      'file-unreadable',
    );
    write('long', 'x'.repeat(70_000));
    expect(codeOf(await run(['keys', 'generate', '--output-key-prefix', 'b', '--password-file', 'long', ...JSON_OUT]))).toBe('limit');
    expect(files()).toEqual(['cosign.key', 'cosign.pub', 'long']);
  });

  test('a person types it twice', async () => {
    const terminal = person('one', 'two', 'right', 'right');
    const ran = await run(['keys', 'generate', ...JSON_OUT], { terminal });
    expect(await opens('cosign.key', 'right')).toBe(keyOf(ran).keyId);
    expect(terminal.asked).toHaveLength(4);
    expect(
      codeOf(await run(['keys', 'generate', '--output-key-prefix', 'b', ...JSON_OUT], { terminal: person('1', '2', '3', '4', '5', '6') })),
    ).toBe('password-wrong');
    expect(codeOf(await run(['keys', 'generate', '--output-key-prefix', 'b', ...JSON_OUT], { terminal: person(undefined) }))).toBe(
      'cancelled',
    );
    expect(files()).toEqual(['cosign.key', 'cosign.pub']);
  });

  test('without a terminal says what to do', async () => {
    const ran = await run(['keys', 'generate']);
    expect(ran).toMatchObject({ exit: 2 });
    expect(ran.stderr).toContain('COSIGN_PASSWORD');
    expect(ran.stderr).toContain('--password-file');
    expect(files()).toEqual([]);
  });

  test('a password is no argument', async () => {
    expect((await run(['keys', 'generate', '--password', 'x'])).exit).toBe(2);
  });
});

describe('files that exist', () => {
  test.each(['cosign.key', 'cosign.pub'])('%s stays as it is', async (name) => {
    write(name, 'precious');
    expect(codeOf(await run(['keys', 'generate', ...JSON_OUT], { env: ENV }))).toBe('confirmation-missing');
    expect(codeOf(await run(['keys', 'generate', ...JSON_OUT], { env: ENV, terminal: person('n') }))).toBe('confirmation-missing');
    expect(codeOf(await run(['keys', 'generate', ...JSON_OUT], { env: ENV, terminal: person('') }))).toBe('confirmation-missing');
    expect(read(name)).toBe('precious');
    expect(files()).toEqual([name]);
  });

  test('are overwritten when somebody says so, and lose what others could read', async () => {
    write('cosign.key', 'old');
    chmodSync(join(folder, 'cosign.key'), 0o666);
    expect((await run(['keys', 'generate', '--force'], { env: ENV })).exit).toBe(0);
    expect(mode('cosign.key')).toBe(0o600);
    const before = read('cosign.key');
    expect((await run(['keys', 'generate'], { env: ENV, terminal: person('yes') })).exit).toBe(0);
    expect(read('cosign.key')).not.toBe(before);
    expect(files()).toEqual(['cosign.key', 'cosign.pub']);
  });

  test('stay when only one of both can be written, and nothing is left', async () => {
    write('cosign.key', 'precious');
    mkdirSync(join(folder, 'cosign.pub'));
    const ran = await run(['keys', 'generate', '--force', ...JSON_OUT], { env: ENV });
    expect(codeOf(ran)).toBe('file-unwritable');
    expect(read('cosign.key')).toBe('precious');
    expect(files()).toEqual(['cosign.key', 'cosign.pub']);
    expect(codeOf(await run(['keys', 'generate', '--output-key-prefix', 'none/x', ...JSON_OUT], { env: ENV }))).toBe('file-unwritable');
    expect(files()).toEqual(['cosign.key', 'cosign.pub']);
  });
});

describe('keys import', () => {
  test.each(['keys import', 'import-key-pair'])('%s keeps the key and encrypts it', async (name) => {
    write('mine.pem', minePem);
    const ran = await run([...name.split(' '), '--key', 'mine.pem', ...JSON_OUT], { env: ENV });
    expect(keyOf(ran)).toMatchObject({ keyId: mine.publicKey.keyId, files: { privateKey: 'import-cosign.key' } });
    expect(await opens('import-cosign.key', ENV.COSIGN_PASSWORD)).toBe(mine.publicKey.keyId);
    expect(mode('import-cosign.key')).toBe(0o600);
    expect(codeOf(await run(['keys', 'import', '--key', 'mine.pem', ...JSON_OUT], { env: ENV }))).toBe('confirmation-missing');
    expect((await run(['keys', 'import', '--key', 'mine.pem', '-y'], { env: ENV })).exit).toBe(0);
  });

  test('opens an encrypted key with its own password', async () => {
    write('old.pem', mine.handle.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'old' }));
    write('old', 'old\n');
    write('new', 'new\n');
    const both = ['--password-file', 'old', '--new-password-file', 'new'];
    expect((await run(['keys', 'import', '--key', 'old.pem', ...both, '--output-key-prefix', 'a'])).exit).toBe(0);
    expect(await opens('a.key', 'new')).toBe(mine.publicKey.keyId);
    const terminal = person('wrong', 'wrong again', 'old', 'newer', 'newer');
    expect((await run(['keys', 'import', '--key', 'old.pem', '--output-key-prefix', 'b'], { terminal })).exit).toBe(0);
    expect(await opens('b.key', 'newer')).toBe(mine.publicKey.keyId);
    const wrong = await run(['keys', 'import', '--key', 'old.pem', '--output-key-prefix', 'c', ...JSON_OUT], { env: ENV });
    expect(codeOf(wrong)).toBe('password-wrong');
    expect(wrong.stderr + wrong.stdout).not.toContain(ENV.COSIGN_PASSWORD);
  });

  test.each([
    ['a public key', () => pem('PUBLIC KEY', mine.publicKey.spki), 'key-invalid'],
    ['no key', () => 'x', 'key-invalid'],
    ['a certificate', () => pem('CERTIFICATE', Buffer.of(0x30, 0)), 'key-invalid'],
  ])('%s is refused', async (_what, text, code) => {
    write('in', text());
    const ran = await run(['keys', 'import', '--key', 'in', ...JSON_OUT], { env: ENV });
    expect([codeOf(ran), ran.exit]).toEqual([code, 2]);
    expect(files()).toEqual(['in']);
  });

  test('a key that never comes out of its place', async () => {
    expect(codeOf(await run(['keys', 'import', '--key', 'awskms:///alias/x', ...JSON_OUT], { env: ENV }))).toBe('unsupported');
    expect((await run(['keys', 'import'])).exit).toBe(2);
  });
});

describe('keys public', () => {
  test.each(['keys public', 'public-key'])('%s prints the public half of either', async (name) => {
    write('mine.pem', minePem);
    const expected = pem('PUBLIC KEY', mine.publicKey.spki);
    const ran = await run([...name.split(' '), '--key', 'mine.pem']);
    expect([ran.exit, ran.stdout.toString()]).toEqual([0, expected]);
    write('mine.pub', ran.stdout);
    expect((await run(['keys', 'public', '--key', 'mine.pub'])).stdout.toString()).toBe(expected);
    expect((await run(['keys', 'public', '--key', '-'], { stdin: minePem })).stdout.toString()).toBe(expected);
    expect((await run(['keys', 'public', '--key', 'env://KEY'], { env: { KEY: minePem } })).stdout.toString()).toBe(expected);
    expect(keyOf(await run(['keys', 'public', '--key', 'mine.pem', ...JSON_OUT])).publicKey).toBe(expected);
  });

  test('asks for a password three times, and only once when it is right', async () => {
    await run(['keys', 'generate'], { env: ENV });
    const right = person(ENV.COSIGN_PASSWORD);
    expect((await run(['keys', 'public', '--key', 'cosign.key'], { terminal: right })).stdout.toString()).toBe(read('cosign.pub'));
    const wrong = person('a', 'b', 'c');
    const ran = await run(['keys', 'public', '--key', 'cosign.key', ...JSON_OUT], { terminal: wrong });
    expect([codeOf(ran), wrong.asked.length]).toEqual(['password-wrong', 3]);
    expect(codeOf(await run(['keys', 'public', '--key', 'cosign.key', ...JSON_OUT], { env: { COSIGN_PASSWORD: 'no' } }))).toBe(
      'password-wrong',
    );
    expect(codeOf(await run(['keys', 'public', '--key', 'cosign.key', ...JSON_OUT]))).toBe('password-wrong');
  });

  test('does not read key and password from one stream', async () => {
    expect(codeOf(await run(['keys', 'public', '--key', '-', '--password-file', '-', ...JSON_OUT], { stdin: minePem }))).toBe(
      'usage-invalid',
    );
  });

  test('writes to a file, through a link, and never over a private key', async () => {
    write('mine.pem', minePem);
    expect((await run(['keys', 'public', '--key', 'mine.pem', '--outfile', 'out.pub'])).stdout.toString()).toBe('');
    expect(read('out.pub')).toBe(pem('PUBLIC KEY', mine.publicKey.spki));
    write('target', 'old');
    symlinkSync('target', join(folder, 'link'));
    await run(['keys', 'public', '--key', 'mine.pem', '--outfile', 'link']);
    expect(read('target')).toBe(read('out.pub'));
    expect(codeOf(await run(['keys', 'public', '--key', 'mine.pem', '--outfile', 'mine.pem', ...JSON_OUT]))).toBe('confirmation-missing');
    expect(read('mine.pem')).toBe(minePem);
    expect(files()).toEqual(['link', 'mine.pem', 'out.pub', 'target']);
  });
});

describe('references', () => {
  let server: Server;
  let base: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/key') response.end(pem('PUBLIC KEY', mine.publicKey.spki));
      else if (request.url === '/private') response.end(minePem);
      else if (request.url === '/moved') response.writeHead(302, { location: '/key' }).end();
      else if (request.url === '/long') response.end('x'.repeat(300_000));
      else response.writeHead(request.url === '/down' ? 503 : 404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const ask = (reference: string, ...more: string[]): Promise<Ran> => run(['keys', 'public', '--key', reference, ...more, ...JSON_OUT]);

  test('a URL gives a public key', async () => {
    expect(keyOf(await ask(`${base}/key`)).keyId).toBe(mine.publicKey.keyId);
  });

  test.each([
    ['/private', 'key-invalid', 2],
    ['/none', 'key-refused', 3],
    ['/down', 'key-unavailable', 3],
    ['/moved', 'key-unavailable', 3],
    ['/long', 'limit', 3],
  ])('%s of a server: %s', async (path, code, exit) => {
    const ran = await ask(base + path);
    expect([codeOf(ran), ran.exit]).toEqual([code, exit]);
    expect(ran.stdout.toString()).not.toContain(minePem.split('\n')[1]);
  });

  test.each([
    ['http://keys.example/cosign.pub', 'key-invalid'],
    ['http://127.0.0.1.example/cosign.pub', 'key-invalid'],
    ['github://owner/repo', 'unsupported'],
    ['gitlab://group/project', 'unsupported'],
    ['file:///etc/hosts', 'unsupported'],
    ['env://NOT_SET', 'key-invalid'],
    ['no-such-file', 'file-unreadable'],
  ])('%s: %s', async (reference, code) => {
    expect(codeOf(await ask(reference))).toBe(code);
  });

  test.each(['https://keys.example/x', 'awskms:///alias/x', 'gcpkms://x', 'azurekms://x', 'hashivault://x', 'k8s://a/b', 'other://x'])(
    '%s is not asked when that is forbidden',
    async (reference) => {
      expect(codeOf(await ask(reference, '--offline'))).toBe('offline');
    },
  );

  test('a password in a URL is not shown', async () => {
    const ran = await ask('https://me:hunter2@keys.example/x', '--offline');
    expect(ran.stdout.toString() + ran.stderr).not.toContain('hunter2');
  });

  test.each(['pkcs8', 'spki'] as const)('DER (%s) is told from what is no key, and how PEM is made of it', async (type) => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = type === 'spki' ? pair.publicKey : pair.privateKey;
    writeFileSync(join(folder, 'key.der'), key.export({ type: type as 'spki', format: 'der' }));
    const ran = await run(['keys', 'public', '--key', 'key.der']);
    expect([ran.exit, ran.stderr]).toEqual([2, expect.stringMatching(/key-invalid[\s\S]*openssl pkey -inform DER/)]);
  });

  test('verification takes no private key', async () => {
    write('mine.pem', minePem);
    const ran = await run(['verify', '--key', 'mine.pem', 'registry.example/x:v1', ...JSON_OUT]);
    expect([codeOf(ran), ran.exit]).toEqual(['key-invalid', 2]);
    expect(ran.stderr).toContain('private key');
  });
});
