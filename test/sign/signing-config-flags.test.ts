import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { correctArguments } from '../../src/cli/argv.ts';
import type { Call } from '../../src/cli/command.ts';
import { outputOn } from '../../src/cli/output/output.ts';
import { addServiceOptions, servicesOf } from '../../src/cli/sign/service-flags.ts';
import { valuesOf } from '../../src/cli/values.ts';

let folder: string;
const SERVICE = { majorApiVersion: 1, validFor: { start: '2024-01-01T00:00:00Z' }, operator: 'acme' };
const CONFIG = {
  mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
  caUrls: [{ ...SERVICE, url: 'https://fulcio.example' }],
  oidcUrls: [{ ...SERVICE, url: 'https://oidc.example' }],
  rekorTlogUrls: [
    { ...SERVICE, url: 'https://rekor1.example' },
    { ...SERVICE, url: 'https://rekor2.example', majorApiVersion: 2 },
  ],
  rekorTlogConfig: { selector: 'ANY' },
  tsaUrls: [{ ...SERVICE, url: 'https://tsa.example/stamp' }],
  tsaConfig: { selector: 'ANY' },
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-service-flags-'));
  const write = (name: string, config: object): void => writeFileSync(join(folder, name), JSON.stringify(config));
  write('all.json', CONFIG);
  write('none.json', { mediaType: CONFIG.mediaType });
  write('future.json', {
    ...CONFIG,
    rekorTlogUrls: [{ ...SERVICE, url: 'https://r.example', validFor: { start: '2999-01-01T00:00:00Z' } }],
  });
  write('v2-only.json', {
    mediaType: CONFIG.mediaType,
    caUrls: CONFIG.caUrls,
    rekorTlogUrls: CONFIG.rekorTlogUrls.slice(1),
    rekorTlogConfig: { selector: 'ANY' },
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function callOf(argv: readonly string[]): { readonly call: Call; readonly stderr: string[] } {
  const command = new Command();
  addServiceOptions(command);
  for (const flags of ['--key <key>', '--fulcio-url <url>', '--oidc-issuer <url>', '--offline', '--yes', '--format <form>'])
    command.addOption(new Option(flags));
  const { args, off } = correctArguments(argv, command);
  command.parse([...args], { from: 'user' });
  for (const option of off) command.setOptionValueWithSource(option.attributeName(), option.negate, 'cli');
  const stderr: string[] = [];
  const io = {
    stdout: { write: () => true },
    stderr: { write: (chunk: string | Uint8Array) => stderr.push(chunk.toString()) },
    stdin: (async function* () {})(),
    env: {},
    cwd: folder,
    home: folder,
    isTTY: { stdout: false, stderr: false },
    columns: 80,
    now: () => new Date('2026-03-01T12:00:00Z'),
  };
  const call: Call = {
    io,
    args: [],
    options: valuesOf(command),
    out: outputOn(io, { format: 'text', verbose: false }),
    signal: new AbortController().signal,
  };
  return { call, stderr };
}

async function chosen(line: string, keyless = false) {
  const { call, stderr } = callOf(line.split(' ').filter((w) => w !== ''));
  const { certificates, logs, timestamps, oidcIssuer } = await servicesOf(call, { keyless });
  return {
    certificates: certificates?.url,
    logs: logs.map((l) => `v${l.version} ${l.url}`),
    timestamps: timestamps.map((t) => t.url),
    oidcIssuer,
    stderr: stderr.join(''),
  };
}

const failing = (code: string) => expect.objectContaining({ code });

describe('the services that flags name', () => {
  test('a signing configuration names them all', async () => {
    expect(await chosen('--signing-config all.json', true)).toMatchObject({
      certificates: 'https://fulcio.example',
      logs: ['v2 https://rekor2.example'],
      timestamps: ['https://tsa.example/stamp'],
      oidcIssuer: 'https://oidc.example',
    });
    expect(await chosen('--signing-config all.json')).toMatchObject({
      certificates: undefined,
      logs: ['v2 https://rekor2.example'],
      oidcIssuer: undefined,
    });
  });

  test.each(['--format cosign-tag', '--new-bundle-format=false'])(
    'with %s a log that cannot promise is not offered as one that is not spoken',
    async (form) => {
      await expect(chosen(`--signing-config v2-only.json ${form}`)).rejects.toMatchObject({
        code: 'signing-config-invalid',
        message: expect.stringMatching(/API version 2 only, and 1 is needed: .*older forms/),
      });
    },
  );

  test.each(['--format cosign-tag', '--new-bundle-format=false'])('with %s a log that promises', async (form) => {
    expect((await chosen(`--signing-config all.json ${form}`)).logs).toEqual(['v1 https://rekor1.example']);
    await expect(chosen(`--signing-config v2-only.json ${form}`)).rejects.toThrow(failing('signing-config-invalid'));
  });

  test('a configuration without services: none, which is said', async () => {
    const { logs, timestamps, stderr } = await chosen('--signing-config none.json');
    expect([logs, timestamps]).toEqual([[], []]);
    expect(stderr).toContain('--insecure-ignore-tlog');
  });

  test('addresses are used without any configuration', async () => {
    expect(await chosen('--rekor-url http://127.0.0.1:1 --timestamp-server-url http://127.0.0.1:2/tsa')).toMatchObject({
      logs: ['v1 http://127.0.0.1:1'],
      timestamps: ['http://127.0.0.1:2/tsa'],
      stderr: '',
    });
    const keyless = await chosen('--rekor-url http://127.0.0.1:1 --fulcio-url http://127.0.0.1:3', true);
    expect(keyless).toMatchObject({ certificates: 'http://127.0.0.1:3', logs: ['v1 http://127.0.0.1:1'] });
  });

  test('no log is no log, with a configuration and without', async () => {
    for (const flags of ['--tlog-upload=false', '--no-tlog-upload', '--use-signing-config=false --tlog-upload=false'])
      expect(await chosen(flags)).toMatchObject({ logs: [], timestamps: [], stderr: expect.stringContaining('--insecure-ignore-tlog') });
    expect(await chosen('--signing-config all.json --tlog-upload=false')).toMatchObject({
      logs: [],
      timestamps: ['https://tsa.example/stamp'],
    });
  });

  test('the public instance is used by default, and only after it was agreed to', async () => {
    await expect(chosen('--use-signing-config=false')).rejects.toThrow(failing('confirmation-missing'));
    expect(await chosen('--use-signing-config=false --yes')).toMatchObject({ logs: ['v1 https://rekor.sigstore.dev'], timestamps: [] });
    expect((await chosen('--use-signing-config=false --yes', true)).certificates).toBe('https://fulcio.sigstore.dev');
  });

  test.each([
    ['--signing-config all.json --rekor-url http://127.0.0.1:1', 'usage-invalid'],
    ['--signing-config all.json --timestamp-server-url http://127.0.0.1:1', 'usage-invalid'],
    ['--signing-config all.json --fulcio-url http://127.0.0.1:1', 'usage-invalid'],
    ['--signing-config all.json --oidc-issuer http://127.0.0.1:1', 'usage-invalid'],
    ['--signing-config all.json --use-signing-config=false', 'usage-invalid'],
    ['--use-signing-config --rekor-url http://127.0.0.1:1', 'usage-invalid'],
    ['--rekor-url http://127.0.0.1:1 --tlog-upload=false', 'usage-invalid'],
    ['--rekor-url rekor.example', 'usage-invalid'],
    ['--rekor-entry-type dsse --tlog-upload=false', 'usage-invalid'],
    ['--rekor-entry-type intoto --rekor-url http://127.0.0.1:1', 'usage-invalid'],
    ['--rekor-entry-type dsse --signing-config all.json', 'usage-invalid'],
    ['--timestamp-client-cert a.pem --timestamp-server-url http://127.0.0.1:1 --rekor-url http://127.0.0.1:1', 'usage-invalid'],
    ['--timestamp-server-name tsa --rekor-url http://127.0.0.1:1', 'usage-invalid'],
    ['--offline --signing-config all.json', 'offline'],
    ['--offline', 'offline'],
    ['--signing-config future.json', 'signing-config-invalid'],
    ['--signing-config missing.json', 'file-unreadable'],
  ])('%s is an error: %s', async (line, code) => {
    await expect(chosen(line)).rejects.toThrow(failing(code));
  });

  test('a certificate of minutes needs a proof of time', async () => {
    await expect(chosen('--tlog-upload=false', true)).rejects.toThrow(failing('usage-invalid'));
    await expect(chosen('--signing-config v2-only.json', true)).rejects.toThrow(failing('signing-config-invalid'));
    await expect(chosen('--signing-config none.json', true)).rejects.toThrow(failing('signing-config-invalid'));
  });

  test('--rekor-entry-type intoto belongs to the older forms', async () => {
    expect((await chosen('--rekor-entry-type intoto --new-bundle-format=false --rekor-url http://127.0.0.1:1')).logs).toHaveLength(1);
  });
});
