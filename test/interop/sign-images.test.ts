import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ISSUER, makeAuthority, SUBJECT } from './lab/authorities.ts';
import { pushImage, pushIndex } from './lab/images.ts';
import { type LabInstance, startInstance } from './lab/instance.ts';
import { KEY_KINDS, type LabKeyKind, makeKey } from './lab/keys.ts';
import { type LabRegistry, startBoth } from './lab/registries.ts';
import { type CosignVersion, openWorkshop, type Ran, type Workshop } from './lab/workshop.ts';
import { lacksPeers } from './peers.ts';
import { lacksServers, startRekorV2, startTimestampServer } from './servers.ts';

const TYPE = 'https://acme.example/review/v1';
const WHO = ['--certificate-identity', SUBJECT, '--certificate-oidc-issuer', ISSUER];

/** Which cosign reads which form of signatures. */
const READERS: readonly (readonly [form: 'bundle' | 'cosign-tag', version: CosignVersion])[] = [
  ['bundle', '3'],
  ['cosign-tag', '3'],
  ['cosign-tag', '2.5'],
];

describe.skipIf(lacksPeers(['cosign', '3'], ['cosign', '2.5'], ['docker-registry']))('what Assay signs, real cosign verifies', () => {
  let workshop: Workshop;
  let registries: readonly LabRegistry[];
  let instance: LabInstance;
  const env = { COSIGN_PASSWORD: '' };
  const host = (r: number): string => registries[r]?.host ?? '';

  beforeAll(async () => {
    workshop = openWorkshop('sign-images');
    registries = await startBoth(workshop);
    instance = await startInstance(workshop, await makeAuthority(workshop, 'ca'));
    workshop.write('predicate.json', '{"reviewed":true}');
    await Promise.all([...KEY_KINDS.map((kind) => makeKey(workshop, kind)), makeKey(workshop, 'p256', 'stranger')]);
  });
  afterAll(async () => {
    await Promise.all([instance, ...registries].map((r) => r.close()));
    await workshop.close();
  });

  async function make(...argv: readonly string[]): Promise<Ran> {
    const ran = await workshop.assay(argv, env);
    expect(ran.code, `${argv.join(' ')}\n${ran.stdout}${ran.stderr}`).toBe(0);
    return ran;
  }

  function reads(version: CosignVersion, verb: string, ...argv: readonly string[]): Promise<Ran> {
    return workshop.cosign(version, [verb, '--allow-http-registry', ...argv]);
  }

  // Where it is stored does not depend on the kind of key.
  const CASES = [0, 1].flatMap((r) =>
    (r === 0 ? KEY_KINDS : (['p256'] as const)).flatMap((kind) => READERS.map(([form, version]) => ({ r, kind, form, version }))),
  );

  // Each has an image of its own, and much of the time is spent waiting until a list has settled.
  test.concurrent.for(CASES)(
    'registry $r, key $kind, $form, read by cosign $version, without a log',
    { timeout: 120_000 },
    async ({ r, kind, form, version }) => {
      const how = ['--insecure-ignore-tlog', ...hashOf(kind, form)];
      const image = await pushImage(host(r), `keys/${kind}/${form}/v${version}`);
      await make('sign', '--key', `${kind}.key`, '--tlog-upload=false', '--format', form, '-a', 'env=prod', image.reference);
      const good = await reads(version, 'verify', ...how, '--key', `${kind}.pub`, '-a', 'env=prod', image.tagged);
      expect(good.code, good.stderr).toBe(0);
      expect(await reads(version, 'verify', ...how, '--key', 'stranger.pub', image.tagged)).not.toMatchObject({ code: 0 });
      await make(
        'attest',
        '--key',
        `${kind}.key`,
        '--tlog-upload=false',
        '--format',
        form,
        '--type',
        TYPE,
        '--predicate',
        'predicate.json',
        image.reference,
      );
      const attested = await reads(version, 'verify-attestation', ...how, '--key', `${kind}.pub`, '--type', TYPE, image.tagged);
      expect(attested.code, attested.stderr).toBe(0);
    },
  );

  /** cosign 3 signs with SHA-384 by a P-384 key, and reads only SHA-256 unless it is told. */
  function hashOf(signer: string, form: string): readonly string[] {
    const hash = form === 'bundle' ? { p384: 'sha384', p521: 'sha512' }[signer] : undefined;
    return hash === undefined ? [] : ['--signature-digest-algorithm', hash];
  }

  const LOGGED = [0, 1].flatMap((r) =>
    (r === 0 ? ['keyless', 'p256', 'rsa2048', 'p384'] : ['keyless']).flatMap((signer) =>
      [
        { log: 'v1', form: 'bundle', version: '3' as const },
        { log: 'v2', form: 'bundle', version: '3' as const },
        { log: 'v1', form: 'cosign-tag', version: '3' as const },
        { log: 'v1', form: 'cosign-tag', version: '2.5' as const },
      ].map((c) => ({ r, signer, ...c })),
    ),
  );

  test.concurrent.for(LOGGED)(
    'registry $r, $signer, Rekor $log, $form, read by cosign $version',
    { timeout: 120_000 },
    async ({ r, signer, log, form, version }) => {
      const image = await pushImage(host(r), `logged/${signer}/${form}/${log}/v${version}`);
      const by = signer === 'keyless' ? ['--identity-token', instance.token(SUBJECT)] : ['--key', `${signer}.key`];
      const config = log === 'v1' ? instance.config.v1 : instance.config.v2;
      const services = ['--signing-config', config, '--trusted-root', instance.trustedRoot];
      await make('sign', ...by, ...services, '--format', form, image.reference);
      const who = signer === 'keyless' ? WHO : ['--key', `${signer}.pub`];
      // cosign 2.5 takes a trusted root for bundles only; variables name the instance to it.
      const trust = [...(version === '3' ? ['--trusted-root', instance.trustedRoot] : []), ...hashOf(signer, form)];
      const good = await workshop.cosign(version, ['verify', '--allow-http-registry', ...who, ...trust, image.tagged], instance.env);
      expect(good.code, good.stderr).toBe(0);
      await make('attest', ...by, ...services, '--format', form, '--type', TYPE, '--predicate', 'predicate.json', image.reference);
      const argv = ['verify-attestation', '--allow-http-registry', ...who, ...trust, '--type', TYPE, image.tagged];
      const attested = await workshop.cosign(version, argv, instance.env);
      expect(attested.code, attested.stderr).toBe(0);
    },
  );

  test.skipIf(lacksServers()).for(['keyless', 'p256', 'p384'])(
    '%s, with the real Rekor v2 and the real timestamp server',
    async (signer) => {
      const [rekor, tsa] = await Promise.all([startRekorV2(), startTimestampServer()]);
      try {
        const root = instance.sigstore.trustedRoot();
        workshop.write('real-root.json', JSON.stringify({ ...root, tlogs: [rekor.instance], timestampAuthorities: [tsa.instance] }));
        const config = instance.services.signingConfig(2);
        const [log] = config.rekorTlogUrls;
        const real = { ...config, rekorTlogUrls: [{ ...log, url: rekor.url }], tsaUrls: [{ ...log, majorApiVersion: 1, url: tsa.url }] };
        workshop.write('real.json', JSON.stringify(real));
        const image = await pushImage(host(1), `real/${signer}`);
        const by = signer === 'keyless' ? ['--identity-token', instance.token(SUBJECT)] : ['--key', `${signer}.key`];
        await make('sign', ...by, '--signing-config', 'real.json', '--trusted-root', 'real-root.json', image.reference);
        const who = signer === 'keyless' ? WHO : ['--key', `${signer}.pub`, ...hashOf(signer, 'bundle')];
        const argv = ['verify', '--allow-http-registry', ...who, '--trusted-root', 'real-root.json', image.tagged];
        const ran = await workshop.cosign('3', argv);
        expect(ran.code, ran.stderr).toBe(0);
      } finally {
        await Promise.all([rekor.close(), tsa.close()]);
      }
    },
  );

  test.for([0, 1])('an index and everything in it, in registry %i', async (r) => {
    const { index, children } = await pushIndex(host(r), 'index');
    await make('sign', '--key', 'p256.key', '--tlog-upload=false', '--recursive', index.reference);
    for (const { reference } of [index, ...children]) {
      const ran = await reads('3', 'verify', '--insecure-ignore-tlog', '--key', 'p256.pub', reference);
      expect(ran.code, ran.stderr).toBe(0);
    }
  });

  test('cosign appends to the tag that Assay wrote, and Assay to the one that cosign wrote, and all of it is read by both', async () => {
    const image = await pushImage(host(0), 'both');
    const ours = (key: string) => make('sign', '--key', `${key}.key`, '--tlog-upload=false', '--format=cosign-tag', image.reference);
    const theirs = (key: string) =>
      workshop.make('2.5', ['sign', '-y', '--allow-http-registry', '--tlog-upload=false', '--key', `${key}.key`, image.reference]);
    await ours('p256');
    await theirs('p384');
    await ours('rsa2048');
    await theirs('stranger');
    for (const key of ['p256', 'p384', 'rsa2048', 'stranger']) {
      const ran = await reads('2.5', 'verify', '--insecure-ignore-tlog', '--key', `${key}.pub`, image.tagged);
      expect(ran.code, `${key}: ${ran.stderr}`).toBe(0);
      expect((await workshop.assay(['verify', '--insecure-ignore-tlog', '--key', `${key}.pub`, image.tagged])).code).toBe(0);
    }
  });

  test('generate prints what cosign prints, byte for byte', async () => {
    const image = await pushImage(host(0), 'generate');
    for (const pairs of [[], ['-a', 'b=<&>', '-a', 'a=ü', '-a', 'Z=1']]) {
      const theirs = await workshop.make('2.5', ['generate', '--allow-http-registry', ...pairs, image.reference]);
      expect((await make('generate', ...pairs, image.reference)).stdout).toBe(theirs.stdout);
    }
  });

  test.for<LabKeyKind>(['p256', 'ed25519'])('a bundle in a file by %s, which cosign attaches', async (kind) => {
    const image = await pushImage(host(0), `attached/${kind}`);
    await make('sign', '--key', `${kind}.key`, '--tlog-upload=false', '--upload=false', '--bundle', `${kind}.json`, image.reference);
    await workshop.make('3', ['attach', 'attestation', '--allow-http-registry', `--attestation=${kind}.json`, image.reference]);
    const ran = await reads('3', 'verify', '--insecure-ignore-tlog', '--key', `${kind}.pub`, image.tagged);
    expect(ran.code, ran.stderr).toBe(0);
  });
});
