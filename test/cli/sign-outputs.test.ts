import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createVirtualSigstore, sharedKey } from '../../src/testing/authority/index.ts';
import { type SigstoreServices, startSigstoreServices } from '../../src/testing/services/index.ts';
import { assay } from './harness.ts';

const sigstore = createVirtualSigstore({ now: new Date('2026-11-21T11:59:00Z') });
let services: SigstoreServices;
let folder: string;

beforeAll(async () => {
  services = await startSigstoreServices(sigstore);
});

afterAll(() => services.close());

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-outputs-'));
  writeFileSync(join(folder, 'key.pem'), sharedKey('p256').privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(join(folder, 'root.json'), JSON.stringify(sigstore.trustedRoot()));
  writeFileSync(join(folder, 'artifact'), 'the artifact');
  return () => rmSync(folder, { recursive: true });
});

const run = (...argv: readonly string[]) =>
  assay(
    ['sign-blob', '--key', 'key.pem', '--trusted-root', 'root.json', '--use-signing-config=false', '--rekor-url', services.url, ...argv],
    {
      cwd: folder,
    },
  );

describe.each([[[]], [['--new-bundle-format=false']]])('files beside a signature: %j', (form) => {
  test.each([
    ['--output-certificate', 'of a bare key there is none'],
    ['--rfc3161-timestamp', 'no timestamp authority was asked'],
  ])('what cannot be written is said before anything is entered in a log: %s, %s', async (flag) => {
    const before = services.log.length;
    const { exit, stderr } = await run(...form, '--output-signature', 'sig', flag, 'file', 'artifact');
    expect({ exit, stderr }).toEqual({ exit: 2, stderr: expect.stringContaining(flag) });
    expect(services.log.slice(before)).toEqual([]);
  });

  test('a timestamp is written where one was asked for', async () => {
    const { exit, stderr } = await run(
      ...[
        ...form,
        '--timestamp-server-url',
        services.timestampUrl,
        '--rfc3161-timestamp',
        'stamp',
        '--output-signature',
        'sig',
        'artifact',
      ],
    );
    expect({ exit, stderr }).toMatchObject({ exit: 0 });
    const { SignedRFC3161Timestamp } = JSON.parse(readFileSync(join(folder, 'stamp'), 'utf8')) as { SignedRFC3161Timestamp: string };
    expect(Buffer.from(SignedRFC3161Timestamp, 'base64')[0]).toBe(0x30);
  });
});
