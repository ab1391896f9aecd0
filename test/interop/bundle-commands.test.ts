/** Signing configurations, bundles and attached evidence of ours, judged by real cosign. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseSigningConfig } from '../../src/sign/signing-config/index.ts';
import { createVirtualSigstore, type SigstoreServices, startSigstoreServices } from '../../src/testing/index.ts';
import { type LabImage, pushImage } from './lab/images.ts';
import { makeKey } from './lab/keys.ts';
import { type LabRegistry, startBoth } from './lab/registries.ts';
import { openWorkshop, type Workshop } from './lab/workshop.ts';
import { lacksPeers } from './peers.ts';

const AT = 'start-time=2024-01-01T00:00:00Z,operator=lab';

describe.skipIf(lacksPeers(['cosign', '3'], ['cosign', '2.5'], ['docker-registry']))('the commands about bundles', () => {
  let workshop: Workshop;
  let registries: readonly LabRegistry[];
  let services: SigstoreServices;
  const env = { SIGSTORE_REKOR_PUBLIC_KEY: 'rekor.pub' };

  beforeAll(async () => {
    workshop = openWorkshop('bundle-commands');
    const sigstore = createVirtualSigstore({ name: 'lab', now: new Date(Math.floor(Date.now() / 1000) * 1000) });
    services = await startSigstoreServices(sigstore);
    registries = await startBoth(workshop);
    workshop.write('root.json', JSON.stringify(sigstore.trustedRoot()));
    workshop.write('rekor.pub', sigstore.rekor.key.spkiPem);
    workshop.write('blob', 'what is signed');
    workshop.write('predicate.json', '{"reviewed":true}');
    await makeKey(workshop, 'p256');
  }, 60_000);
  afterAll(async () => {
    await Promise.all([services, ...registries].map((s) => s?.close()));
    await workshop.close();
  });

  async function ours(argv: readonly string[]) {
    const ran = await workshop.assay(argv);
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
    return ran;
  }

  const spec = (url: string, version = 1): string => `url=${url},api-version=${version},${AT}`;
  const CONFIGS: readonly (readonly [string, readonly string[]])[] = [
    ['nothing', []],
    [
      'everything',
      [
        `--fulcio=${spec('https://f.example')}`,
        `--oidc-provider=${spec('https://o.example')}`,
        `--rekor=${spec('https://r.example', 2)}`,
        '--rekor-config=ANY',
        `--tsa=${spec('https://t.example/x')}`,
        '--tsa-config=ALL',
      ],
    ],
    [
      'several logs and an end',
      [
        `--rekor=${spec('https://r.example')},end-time=2030-06-01T12:00:00+02:00`,
        `--rekor=${spec('https://s.example')}`,
        '--rekor-config=exact:2',
      ],
    ],
  ];

  test.each(CONFIGS)('signing-config create means the same as cosign’s: %s', async (name, flags) => {
    const out = `${name === 'everything' ? 'everything' : 'ours'}.json`;
    await ours(['signing-config', 'create', ...flags, '--out', out]);
    await workshop.make('3', ['signing-config', 'create', ...flags, '--out', 'theirs.json']);
    const read = (file: string) => parseSigningConfig(workshop.read(file));
    expect(read(out)).toEqual(read('theirs.json'));
  });

  test.each([1, 2] as const)('cosign signs with a configuration of ours (Rekor v%i)', async (version) => {
    await ours([
      'signing-config',
      'create',
      `--rekor=${spec(services.url, version)}`,
      '--rekor-config=ANY',
      `--tsa=${spec(services.timestampUrl)}`,
      '--tsa-config=ANY',
      '--out',
      'sc.json',
    ]);
    await workshop.make('3', [
      'sign-blob',
      '-y',
      '--key',
      'p256.key',
      '--signing-config',
      'sc.json',
      '--trusted-root',
      'root.json',
      '--bundle',
      'theirs.sigstore.json',
      'blob',
    ]);
    await ours([
      'verify-blob',
      '--key',
      'p256.pub',
      '--trusted-root',
      'root.json',
      '--bundle',
      'theirs.sigstore.json',
      '--use-signed-timestamps',
      'blob',
    ]);
    const { stdout } = await ours(['bundle', 'inspect', 'theirs.sigstore.json', '--output', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({
      problems: [],
      log: [{ entry: `hashedrekord 0.0.${version}` }],
      timestamps: [{ hash: 'sha256' }],
    });
  });

  test('what cosign 2.5 wrote is renewed, and cosign 3 verifies it', async () => {
    const sign = [
      'sign-blob',
      '-y',
      '--key',
      'p256.key',
      '--rekor-url',
      services.url,
      '--bundle',
      'old.bundle',
      '--output-signature',
      'old.sig',
      'blob',
    ];
    await workshop.make('2.5', sign, env);
    await ours(['bundle', 'upgrade', 'old.bundle', '--key', 'p256.pub', '--rekor-url', services.url, '--out', 'new.json']);
    await ours([
      'bundle',
      'create',
      '--artifact',
      'blob',
      '--signature',
      'old.sig',
      '--key',
      'p256.pub',
      '--rekor-url',
      services.url,
      '--out',
      'made.json',
    ]);
    for (const bundle of ['new.json', 'made.json'])
      await workshop.make('3', ['verify-blob', '--key', 'p256.pub', '--trusted-root', 'root.json', '--bundle', bundle, 'blob']);
    await workshop.make('3', [
      'bundle',
      'create',
      '--artifact',
      'blob',
      '--signature',
      'old.sig',
      '--key',
      'p256.pub',
      '--rekor-url',
      services.url,
      '--out',
      'theirs.json',
    ]);
    const read = (file: string) => ({ ...(JSON.parse(workshop.read(file).toString()) as object), mediaType: '' });
    expect(read('made.json')).toEqual(read('theirs.json'));
    workshop.write('blob2', 'something else');
    expect(
      (await workshop.cosign('3', ['verify-blob', '--key', 'p256.pub', '--trusted-root', 'root.json', '--bundle', 'made.json', 'blob2']))
        .code,
    ).not.toBe(0);
  });

  test.for([0, 1])('what is attached, cosign verifies (registry %i)', async (r) => {
    const registry = registries[r] as LabRegistry;
    const image: LabImage = await pushImage(registry.host, 'attached/app');
    await workshop
      .make('3', ['generate', '--allow-http-registry', image.reference])
      .then(({ stdout }) => workshop.write('payload', stdout));
    expect((await ours(['generate', image.reference])).stdout).toBe(workshop.read('payload').toString());
    await workshop.openssl(['dgst', '-sha256', '-sign', 'p256.pem', '-out', 'payload.sig', 'payload']);
    const settle = ['--settle-time', '50ms'];
    await ours([
      'attach',
      'signature',
      '--payload',
      'payload',
      '--signature',
      'payload.sig',
      '--key',
      'p256.pub',
      ...settle,
      image.reference,
    ]);
    const verify = ['--key', 'p256.pub', '--insecure-ignore-tlog', '--allow-http-registry', image.reference];
    for (const version of ['2.5', '3'] as const) await workshop.make(version, ['verify', ...verify]);

    const attest = [
      'attest',
      '-y',
      '--key',
      'p256.key',
      '--allow-http-registry',
      '--type',
      'custom',
      '--predicate',
      'predicate.json',
      '--trusted-root',
      'root.json',
    ];
    await ours(['signing-config', 'create', `--rekor=${spec(services.url)}`, '--rekor-config=ANY', '--out', 'v1.json']);
    await workshop.make('3', [...attest, '--signing-config', 'v1.json', '--no-upload', '--bundle', 'att.json', image.reference]);
    await ours(['attach', 'attestation', '--attestation', 'att.json', '--key', 'p256.pub', ...settle, image.reference]);
    const verifyAttestation = [
      'verify-attestation',
      '--key',
      'p256.pub',
      '--trusted-root',
      'root.json',
      '--type',
      'custom',
      '--allow-http-registry',
    ];
    await workshop.make('3', [...verifyAttestation, image.reference]);
    expect(
      (
        await workshop.assay([
          'attach',
          'attestation',
          '--attestation',
          'att.json',
          (await pushImage(registry.host, 'attached/other', 'arm64')).reference,
        ])
      ).code,
    ).toBe(1);
  });
});
