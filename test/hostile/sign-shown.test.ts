/** What others wrote is shown so that it cannot act on the terminal. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newKey, pushImage, registrySink } from '../../src/testing/authority/index.ts';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { assay, type Ran } from '../cli/harness.ts';

const ESCAPES = '\u001b]0;owned\u0007\u001b[2J\u009b31m\u202eexe.\u200b';

let home: string;
let registry: TestRegistry;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'assay-shown-'));
  registry = await startRegistry();
  const key = newKey('p256');
  writeFileSync(join(home, 'a.key'), key.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(join(home, 'a.pub'), key.spkiPem);
  writeFileSync(join(home, 'blob'), 'a blob');
  writeFileSync(join(home, `f${ESCAPES}`), 'a file');
});

afterAll(async () => {
  rmSync(home, { recursive: true, force: true });
  await registry.close();
});

function run(...argv: readonly string[]): Promise<Ran> {
  return assay(argv, { cwd: home, home, tty: true });
}

function isHarmful({ stdout, stderr }: Ran): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  const text = `${stdout}${stderr}`.replace(/\u001b\[[\d;]*[mK]/g, '');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  return /[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u200b\u202a-\u202e]/.test(text);
}

function harmless(ran: Ran): void {
  expect(isHarmful(ran), JSON.stringify(`${ran.stdout}${ran.stderr}`)).toBe(false);
}

test('a bundle', async () => {
  const sha256 = createHash('sha256').update('a blob').digest('hex');
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: `name${ESCAPES}`, digest: { sha256, [`x${ESCAPES}`]: 'ab' }, annotations: { [`k${ESCAPES}`]: `v${ESCAPES}` } }],
    predicateType: `https://example/${ESCAPES}`,
    predicate: { [`p${ESCAPES}`]: `v${ESCAPES}` },
  };
  writeFileSync(join(home, 'statement'), JSON.stringify(statement));
  const made = await run('attest-blob', '--key', 'a.key', '--tlog-upload=false', '--statement', 'statement', 'blob');
  harmless(made);
  expect(made.exit, made.stderr).toBe(0);
  for (const argv of [
    ['bundle', 'inspect', 'blob.sigstore.json'],
    ['bundle', 'inspect', '--verbose', 'blob.sigstore.json'],
    ['verify-blob-attestation', '--key', 'a.pub', '--insecure-ignore-tlog', '--bundle', 'blob.sigstore.json', '--verbose', 'blob'],
  ])
    harmless(await run(...argv));
  const { digest } = pushImage(registrySink(registry.content, 'app'), 'app');
  for (const argv of [
    ['attach', 'attestation', '--attestation', 'blob.sigstore.json'],
    ['attach', 'signature', '--bundle', 'blob.sigstore.json'],
  ]) {
    const ran = await run(...argv, `${registry.host}/app@${digest}`);
    expect(ran.exit).not.toBe(0);
    harmless(ran);
  }
});

test('tags and repositories that a registry lists', async () => {
  pushImage(registrySink(registry.content, 'listed'), 'listed', { tag: 'v1' });
  const lines = `x${ESCAPES}\nfake`;
  for (const [argv, match, body] of [
    [['ls', `${registry.host}/listed`], '/tags/list', { name: 'listed', tags: [lines] }],
    [['catalog', registry.host], '/_catalog', { repositories: [lines] }],
  ] as const) {
    registry.faults.add({ kind: 'substitute', match, body: JSON.stringify(body), type: 'application/json', truthful: true });
    const ran = await run(...argv);
    registry.faults.clear();
    expect(ran.exit, ran.stderr).toBe(0);
    harmless(ran);
    expect(ran.stdout.toString().trim().split('\n')).toHaveLength(1);
  }
});

test('names of files, and annotations that somebody gave', async () => {
  const { digest } = pushImage(registrySink(registry.content, 'app'), 'app');
  const image = `${registry.host}/app@${digest}`;
  const harmful: string[] = [];
  for (const argv of [
    ['push', `${registry.host}/files:v1`, `f${ESCAPES}`],
    ['attach', 'artifact', '--artifact-type', 'text/x', '--annotation', `k=${ESCAPES}`, image, `f${ESCAPES}`],
    ['attach', 'sbom', '--sbom', `f${ESCAPES}`, '--type', 'spdx', image],
    ['sign-blob', '--key', 'a.key', '--tlog-upload=false', `f${ESCAPES}`],
    ['sign', '--key', 'a.key', '--tlog-upload=false', '-a', `k${ESCAPES}=v${ESCAPES}`, image],
    ['sign', '--key', `no${ESCAPES}`, '--tlog-upload=false', image],
    ['sign', '--key', `x://${ESCAPES}`, '--tlog-upload=false', image],
    ['tree', image],
    ['clean', '--yes', image],
    ['copy', `${registry.host}/files:v1`, `oci:l${ESCAPES}`],
    ['pull', `${registry.host}/files:v1`],
    ['save', '--dir', `s${ESCAPES}`, `${registry.host}/files:v1`],
    ['load', '--dir', `s${ESCAPES}`, `${registry.host}/loaded:v1`],
    ['keys', 'generate', '--output-key-prefix', `g${ESCAPES}`],
    ['keys', 'import', '--key', `f${ESCAPES}`],
    ['keys', 'public', '--key', `f${ESCAPES}`],
    ['login', `h${ESCAPES}`, '--username', 'x', '--password-stdin'],
    ['logout', `h${ESCAPES}`],
    ['signing-config', 'create', '--fulcio', `url=${ESCAPES}`],
    ['bundle', 'create', '--bundle', `b${ESCAPES}`],
  ]) {
    const ran = await run(...argv);
    if (ran.exit === 4 || isHarmful(ran)) harmful.push(`${argv.slice(0, 2).join(' ')}: ${JSON.stringify(`${ran.stdout}${ran.stderr}`)}`);
  }
  expect(harmful).toEqual([]);
});
