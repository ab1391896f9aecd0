import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { newKey, pushImage, registrySink } from '../../src/testing/authority/index.ts';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { assay, type Ran } from './harness.ts';

let folder: string;
let registry: TestRegistry;
let reference: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assay-mistakes-'));
  writeFileSync(join(folder, 'a.key'), newKey('p256').privateKey.export({ type: 'pkcs8', format: 'pem' }));
  registry = await startRegistry();
  pushImage(registrySink(registry.content, 'app'), 'app', { tag: 'v1' });
  reference = `${registry.host}/app:v1`;
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await registry.close();
});

const here = (argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> =>
  assay(argv, { cwd: folder, home: folder, env });

describe('what people type who do not know it yet', () => {
  // Taken apart, as pflag does, the flag would be on and an image "false" would be signed.
  test.each(['false', 'true'])('the value of a switch after a space is misuse: %s', async (value) => {
    for (const flag of ['--tlog-upload', '--recursive', '-r', '-recursive']) {
      const { exit, stderr } = await here(['sign', '--key', 'a.key', '--tlog-upload=false', reference, flag, value]);
      expect(exit, stderr).toBe(2);
      expect(stderr).toContain('code: usage-invalid');
      expect(stderr).toContain(`hint:  ${flag}=${value}`);
    }
  });

  test('a word after a switch that has its value is an argument', async () => {
    const { exit, stderr } = await here(['sign', '--key', 'a.key', '--tlog-upload=false', '--recursive=false', reference]);
    expect(exit, stderr).toBe(0);
  });

  test('a flag that is mistyped with its value is recognised', async () => {
    const { exit, stderr } = await here(['sign', '--key', 'a.key', '--tlog-uplaod=false', reference]);
    expect(exit).toBe(2);
    expect(stderr).toContain('did you mean: --tlog-upload');
    expect((await here(['sign', '--quite-another=1', reference])).stderr).toContain('hint:  assay sign --help');
  });

  test.each([
    ['sign-blob', '--output-signature'],
    ['import-key-pair', '--output-key-prefix'],
  ])("cosign's -o of %s is told apart from the form of the result", async (command, flag) => {
    for (const given of ['-o', '--output']) {
      const { exit, stderr } = await here([command, '--key', 'a.key', given, 'file', ...(command === 'sign-blob' ? ['a.key'] : [])]);
      expect(exit).toBe(2);
      expect(stderr).toContain(`did you mean: ${flag}`);
    }
    expect((await here(['tree', '-o', 'file', reference])).stderr).toContain('hint:  assay tree --help');
  });

  test('a signature that nothing would keep is not made', async () => {
    const argv = ['sign', '--key', 'a.key', '--tlog-upload=false', '--force', '--upload=false', reference];
    const { exit, stderr } = await here(argv);
    expect(exit).toBe(2);
    expect(stderr).toContain('code: usage-invalid');
    expect(stderr).toContain('--bundle FILE');
    for (const flag of ['--bundle', '--output-signature']) expect((await here([...argv, flag, 'out'])).exit, flag).toBe(0);
    const { exit: printed, stdout } = await here([...argv, '--output-signature', '-', '--format', 'cosign-tag']);
    expect(printed).toBe(0);
    expect(stdout.toString()).toMatch(/^[A-Za-z0-9+/]{60,}={0,2}/);
  });

  test('what is wrong in a file of their own is misuse', async () => {
    writeFileSync(join(folder, 'random.bin'), Buffer.from([0xff, 0xfe, 0x80, 0x00]));
    writeFileSync(join(folder, 'torn.json'), '{"a":1');
    writeFileSync(join(folder, 'other.json'), '{"a":1}');
    const attest = (...more: readonly string[]): Promise<Ran> =>
      here(['attest', '--key', 'a.key', '--tlog-upload=false', ...more, reference]);
    for (const [flag, file] of [
      ['--predicate', 'random.bin'],
      ['--statement', 'random.bin'],
      ['--statement', 'torn.json'],
      ['--statement', 'other.json'],
    ] as const) {
      const { exit, stderr } = await attest(flag, file);
      expect(exit, stderr).toBe(2);
      expect(stderr).toContain(`error: ${file}: `);
      expect(stderr).toContain('code: predicate-invalid');
    }
    // As cosign does; whoever meant JSON is told.
    const text = await attest('--predicate', 'torn.json');
    expect(text.exit, text.stderr).toBe(0);
    expect(text.stderr).toContain('warning: torn.json is no JSON');
    expect((await attest('--predicate', 'other.json')).stderr).not.toContain('is no JSON');
  });

  test('without a network it is said what signs without one', async () => {
    const { exit, stderr } = await here(['sign', '--key', 'a.key', reference], { HTTPS_PROXY: 'http://127.0.0.1:1' });
    expect(exit).toBe(3);
    expect(stderr).toContain('code: trust-unavailable');
    expect(stderr).toContain('--tlog-upload=false');
    expect(stderr).toContain('--signing-config');
  });

  test('the layout of save is named as it was given', async () => {
    const { exit, stdout, stderr } = await here(['save', '--dir', 'carried', reference]);
    expect(exit, stderr).toBe(0);
    expect(stdout.toString()).toContain('    to oci:carried:v1@sha256:');
    expect((await here(['tree', 'oci:carried:v1'])).exit).toBe(0);
  });

  test('of a file alone it is said where sign-blob has put the bundle', async () => {
    const { exit, stderr } = await here(['verify-blob', '--key', 'a.key', 'a.key']);
    expect(exit).toBe(2);
    expect(stderr).toContain('FILE.sigstore.json');
  });

  test('an example is pasted as it stands, without a remark behind it', async () => {
    for (const name of COMMANDS.keys()) {
      const { stdout } = await here([...name.split(' '), '--help']);
      const [, examples = ''] = stdout.toString().split('\nExamples:\n');
      expect(
        examples.split('\n').filter((line) => /^ {2}\S.* {3,}\S/.test(line)),
        name,
      ).toEqual([]);
    }
  });
});
