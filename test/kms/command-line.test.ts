import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Pushed, pushImage, registrySink, startRegistry, type TestRegistry } from '../../src/testing/index.ts';
import { assay, type Ran } from '../cli/harness.ts';
import { ACCESS_KEY, type AwsServer, SECRET, startAwsKms } from './aws-server.ts';
import { withVariables } from './backend.ts';
import { type GcpServer, startGcpKms } from './gcp-server.ts';
import { serviceKey } from './key-store.ts';

const RING = 'projects/acme/locations/global/keyRings/signing/cryptoKeys';
const ALIAS = 'awskms:///alias/release';
/** policy-controller takes nothing shorter. */
const ARN = 'arn:aws:kms:eu-central-1:111122223333:alias/';

/** Everywhere a key is named, the key of a service can be. */
describe('keys in services, from the command line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-service-'));
  const set = withVariables();
  let aws: AwsServer;
  let gcp: GcpServer;
  let registry: TestRegistry;
  let image: Pushed;
  let name = '';

  beforeAll(async () => {
    aws = await startAwsKms(
      new Map([
        ['alias/release', serviceKey('p256')],
        ['alias/other', serviceKey('p256', 'other')],
        [`${ARN}release`, serviceKey('p256')],
        [`${ARN}other`, serviceKey('p256', 'other')],
      ]),
    );
    gcp = await startGcpKms({
      release: { algorithm: 'RSA_SIGN_PKCS1_3072_SHA256', kind: 'rsa3072' },
      wide: { algorithm: 'EC_SIGN_P384_SHA384', kind: 'p384' },
    });
    writeFileSync(join(folder, 'account.json'), gcp.account);
    registry = await startRegistry();
    image = pushImage(registrySink(registry.content, 'app'), 'app', { tag: 'v1' });
    name = `${registry.host}/app@${image.digest}`;
  });
  afterAll(async () => {
    await Promise.all([aws.close(), gcp.close(), registry.close()]);
    rmSync(folder, { recursive: true });
  });
  beforeEach(() =>
    set({
      AWS_ENDPOINT_URL_KMS: aws.url,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: ACCESS_KEY,
      AWS_SECRET_ACCESS_KEY: SECRET,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
      AWS_PROFILE: undefined,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS: gcp.url,
      GOOGLE_APPLICATION_CREDENTIALS: join(folder, 'account.json'),
    }),
  );

  const run = (...argv: string[]): Promise<Ran> => assay(argv, { env: process.env as Record<string, string>, cwd: folder, home: folder });

  test.each([
    [ALIAS, 'bundle'],
    [ALIAS, 'cosign-tag'],
    [`gcpkms://${RING}/release`, 'bundle'],
    [`gcpkms://${RING}/wide`, 'bundle'],
    [`gcpkms://${RING}/wide`, 'cosign-tag'],
  ])('%s signs in the form %s, and is verified by its reference and by its public key', async (key, format) => {
    const target = pushImage(registrySink(registry.content, 'each'), `${key} ${format}`);
    const subject = `${registry.host}/each@${target.digest}`;
    const signed = await run('sign', '--key', key, '--tlog-upload=false', '--format', format, subject);
    expect([signed.exit, signed.stderr]).toEqual([0, expect.not.stringContaining('error')]);
    expect((await run('keys', 'public', '--key', key, '--outfile', 'service.pub')).exit).toBe(0);
    for (const named of [key, 'service.pub']) expect((await run('verify', '--key', named, '--insecure-ignore-tlog', subject)).exit).toBe(0);
    expect((await run('verify', '--key', 'awskms:///alias/other', '--insecure-ignore-tlog', subject)).exit).toBe(1);
  });

  test('files and attestations are signed too', async () => {
    writeFileSync(join(folder, 'artifact'), 'content');
    writeFileSync(join(folder, 'predicate.json'), '{"built":"well"}');
    expect((await run('sign-blob', '--key', ALIAS, '--tlog-upload=false', '--bundle', 'artifact.json', 'artifact')).exit).toBe(0);
    expect((await run('verify-blob', '--key', ALIAS, '--insecure-ignore-tlog', '--bundle', 'artifact.json', 'artifact')).exit).toBe(0);
    expect(
      (
        await run(
          'attest',
          '--key',
          ALIAS,
          '--tlog-upload=false',
          '--predicate',
          'predicate.json',
          '--type',
          'https://acme.example/built',
          name,
        )
      ).exit,
    ).toBe(0);
    expect(
      (await run('verify-attestation', '--key', ALIAS, '--insecure-ignore-tlog', '--type', 'https://acme.example/built', name)).exit,
    ).toBe(0);
  });

  test('a ClusterImagePolicy names it by kms', async () => {
    await run('sign', '--key', ALIAS, '--tlog-upload=false', name);
    const cluster = (kms: string): string =>
      JSON.stringify({
        apiVersion: 'policy.sigstore.dev/v1beta1',
        kind: 'ClusterImagePolicy',
        metadata: { name: 'signed' },
        spec: { images: [{ glob: '**' }], authorities: [{ name: 'release', key: { kms } }] },
      });
    writeFileSync(join(folder, 'good.yaml'), cluster(`awskms:///${ARN}release`));
    writeFileSync(join(folder, 'other.yaml'), cluster(`awskms:///${ARN}other`));
    const judged = await run('verify', '--policy', 'good.yaml', name);
    expect([judged.exit, judged.stderr]).toEqual([0, '']);
    expect((await run('verify', '--policy', 'other.yaml', name)).exit).toBe(1);
    aws.bend = () => 500;
    expect((await run('verify', '--policy', 'good.yaml', name)).exit).toBe(3);
    aws.bend = undefined;
  });

  test('a key is made there and signs at once', async () => {
    expect((await run('keys', 'generate', '--kms', 'awskms:///alias/made', '--output-key-prefix', 'made')).exit).toBe(0);
    expect((await run('sign', '--key', 'awskms:///alias/made', '--tlog-upload=false', name)).exit).toBe(0);
    expect((await run('verify', '--key', 'made.pub', '--insecure-ignore-tlog', name)).exit).toBe(0);
  });

  test('wrong credentials end in an error without them, --debug included, and nothing is written', async () => {
    set({ AWS_SECRET_ACCESS_KEY: 'a-wrong/secret' });
    const target = pushImage(registrySink(registry.content, 'never'), 'never');
    const ran = await run('sign', '--debug', '--key', ALIAS, '--tlog-upload=false', `${registry.host}/never@${target.digest}`);
    expect(ran.exit).toBe(3);
    expect(ran.stderr).toMatch(/key-refused/);
    expect(ran.stderr + ran.stdout.toString()).not.toMatch(/a-wrong\/secret|Signature=|Credential=/);
    expect(registry.log.filter((l) => l.method !== 'GET' && l.method !== 'HEAD' && l.target.includes('/never/'))).toEqual([]);
  });
});
