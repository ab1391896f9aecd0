import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ISSUER, makeAuthority, SUBJECT } from './lab/authorities.ts';
import { type LabImage, pushImage } from './lab/images.ts';
import { type LabInstance, startInstance } from './lab/instance.ts';
import { makeKey } from './lab/keys.ts';
import { type LabRegistry, startDebian } from './lab/registries.ts';
import { type CosignVersion, openWorkshop, type Ran, type Workshop } from './lab/workshop.ts';
import { lacksPeers } from './peers.ts';

const WHO = ['--certificate-identity', SUBJECT, '--certificate-oidc-issuer', ISSUER];
const STRANGER = ['--certificate-identity', SUBJECT, '--certificate-oidc-issuer', 'https://other.example'];
const ROOT = ['--trusted-root', 'trusted_root.json'];
const WAIVED = ['--key=key.pub', '--insecure-ignore-tlog'];

describe.skipIf(lacksPeers(['cosign', '3'], ['cosign', '2.5'], ['docker-registry']))('--compat cosign', () => {
  let workshop: Workshop;
  let registry: LabRegistry;
  let instance: LabInstance;
  const images = new Map<string, LabImage>();

  beforeAll(async () => {
    workshop = openWorkshop('cosign-compat');
    registry = await startDebian(workshop);
    instance = await startInstance(workshop, await makeAuthority(workshop, 'ca'));
    await Promise.all(['key', 'other'].map((name) => makeKey(workshop, 'p256', name)));
    workshop.write('predicate.json', '{"reviewed":"<b>"}');
    workshop.write('blob', 'a blob');
    workshop.write('tampered', 'a blo');
    const { url, timestampUrl, config, token, env } = instance;
    const claims = { 2: 'push', 3: 'a'.repeat(40), 4: 'Release <1>', 5: 'acme/app', 6: 'refs/heads/main', 11: 'github-hosted' };
    const keyless = `--identity-token=${token(SUBJECT, claims)}`;
    const old = [`--rekor-url=${url}`, `--fulcio-url=${url}`, `--timestamp-server-url=${timestampUrl}`];
    const now = (c: string): string[] => [`--signing-config=${c}`, ...ROOT];
    const attest = ['--predicate=predicate.json', '--type=custom'];
    const make = async (name: string, ...steps: readonly (readonly [CosignVersion, string, readonly string[]])[]): Promise<void> => {
      const image = await pushImage(registry.host, name);
      images.set(name, image);
      for (const [version, verb, argv] of steps)
        await workshop.make(version, [verb, '-y', '--allow-http-registry', ...argv, image.reference], env);
    };
    await Promise.all([
      make('keyless-tag', ['2.5', 'sign', [keyless, ...old, '-a', 'a=<1>', '-a', 'Z=2']]),
      make('key-tag', ['2.5', 'sign', ['--key=key.key', ...old]], ['2.5', 'sign', ['--key=other.key', '--tlog-upload=false', '-a', 'p=q']]),
      make('keyless-bundle', ['3', 'sign', [keyless, ...now(config.v1), '-a', 'b=1', '-a', 'a=2']]),
      make('key-bundle', ['3', 'sign', ['--key=key.key', ...now(config.v2)]]),
      make('attested-tag', ['2.5', 'attest', [keyless, ...old, ...attest]], ['2.5', 'attest', ['--key=key.key', ...old, ...attest]]),
      make('attested-bundle', ['3', 'attest', [keyless, ...now(config.v2), ...attest]]),
      make('unsigned'),
      workshop.make('2.5', ['sign-blob', '-y', '--key=key.key', '--tlog-upload=false', '--output-signature=blob.sig', 'blob']),
      workshop.make('3', ['sign-blob', '-y', '--key=key.key', ...now(config.v1), '--bundle=blob.json', 'blob']),
      workshop.make('3', ['attest-blob', '-y', '--key=key.key', ...now(config.v1), ...attest, '--bundle=blob.att', 'blob']),
    ]);
    const { reference } = images.get('key-tag') ?? { reference: '' };
    await workshop.make('2.5', ['save', '--allow-http-registry', '--dir=saved', reference]);
    await workshop.make('2.5', ['save', '--allow-http-registry', '--dir=saved-unsigned', images.get('unsigned')?.reference ?? '']);
    await makeKey(workshop, 'p256', 'unknown');
  });
  afterAll(async () => {
    await Promise.all([instance.close(), registry.close()]);
    await workshop.close();
  });

  /** `IMG` and `IMG@` stand for an image by tag and by digest. */
  function words(argv: readonly string[]): string[] {
    return argv.map((word) => {
      const [, name = '', at] = /^IMG:([\w-]+)(@)?$/.exec(word) ?? [];
      if (name === 'absent') return `${registry.host}/absent:v1`;
      const image = images.get(name);
      return image === undefined ? word : at === undefined ? image.tagged : image.reference;
    });
  }

  /** Every JSON document on stdout; attestations of one image in no order. */
  function documents({ stdout }: Ran): unknown[] {
    const lines = stdout.split('\n').filter((l) => l !== '');
    return lines.sort().map((l) => JSON.parse(l) as unknown);
  }

  async function compare(version: CosignVersion, argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
    const [command = '', ...rest] = words(argv);
    const registryFlag = command.includes('blob') ? [] : ['--allow-http-registry'];
    const theirs = await workshop.cosign(version, [command, ...registryFlag, ...rest], env);
    const root = rest.includes('--trusted-root') || rest.includes('--insecure-ignore-tlog') ? [] : ROOT;
    const ours = await workshop.assay([command, '--compat=cosign', ...root, ...rest]);
    expect({ code: ours.code, out: documents(ours) }, `${ours.stderr}\n${theirs.stderr}`).toEqual({
      code: theirs.code,
      out: documents(theirs),
    });
    return ours;
  }

  const CASES: readonly (readonly [code: number, version: CosignVersion, ...argv: string[]])[] = [
    [0, '2.5', 'verify', ...WHO, 'IMG:keyless-tag'],
    [0, '2.5', 'verify', ...WHO, 'IMG:keyless-tag@'],
    [0, '2.5', 'verify', '-o', 'json', ...WHO, 'IMG:keyless-tag'],
    [0, '2.5', 'verify', '-o', 'text', ...WHO, 'IMG:keyless-tag'],
    [0, '3', 'verify', ...WHO, ...ROOT, 'IMG:keyless-tag'],
    [0, '2.5', 'verify', ...WHO, '-a', 'a=<1>', 'IMG:keyless-tag'],
    [12, '2.5', 'verify', ...WHO, '-a', 'a=3', 'IMG:keyless-tag'],
    [12, '2.5', 'verify', ...STRANGER, 'IMG:keyless-tag'],
    [12, '2.5', 'verify', ...WAIVED, 'IMG:keyless-tag'],
    [0, '2.5', 'verify', '--key=key.pub', 'IMG:key-tag'],
    [0, '3', 'verify', '--key=key.pub', ...ROOT, 'IMG:key-tag'],
    [0, '2.5', 'verify', '--key=other.pub', '--insecure-ignore-tlog', 'IMG:key-tag'],
    [12, '2.5', 'verify', ...WHO, '--insecure-ignore-tlog', ...ROOT, 'IMG:key-tag'],
    [0, '2.5', 'verify', ...WAIVED, 'IMG:key-tag', 'IMG:key-tag@'],
    [10, '2.5', 'verify', ...WAIVED, 'IMG:key-tag', 'IMG:unsigned', 'IMG:key-tag'],
    [0, '2.5', 'verify', ...WAIVED, '--local-image', 'saved'],
    [1, '2.5', 'verify', '--key=unknown.pub', '--insecure-ignore-tlog', '--local-image', 'saved'],
    [12, '2.5', 'verify', '--key=unknown.pub', '--insecure-ignore-tlog', 'IMG:key-tag'],
    [1, '2.5', 'verify', ...WAIVED, '--local-image', 'saved-unsigned'],
    [10, '2.5', 'verify', ...WAIVED, 'IMG:unsigned'],
    [10, '3', 'verify', ...WAIVED, 'IMG:unsigned'],
    [11, '2.5', 'verify', ...WAIVED, 'IMG:absent'],
    [11, '3', 'verify', ...WAIVED, 'IMG:absent'],
    [1, '3', 'verify', 'IMG:key-tag'],
    [1, '3', 'verify', '--key=nowhere.pub', 'IMG:key-tag'],
    [0, '3', 'verify', ...WHO, ...ROOT, 'IMG:keyless-bundle'],
    [0, '3', 'verify', ...WHO, ...ROOT, 'IMG:keyless-bundle@'],
    [0, '3', 'verify', '-o', 'text', ...WHO, ...ROOT, 'IMG:keyless-bundle'],
    [0, '3', 'verify', ...WHO, ...ROOT, '-a', 'a=2', 'IMG:keyless-bundle'],
    [1, '3', 'verify', ...WHO, ...ROOT, '-a', 'a=3', 'IMG:keyless-bundle'],
    [1, '3', 'verify', ...STRANGER, ...ROOT, 'IMG:keyless-bundle'],
    [0, '3', 'verify', '--key=key.pub', ...ROOT, 'IMG:key-bundle'],
    [1, '3', 'verify', '--key=other.pub', ...ROOT, 'IMG:key-bundle'],
    [0, '2.5', 'verify-attestation', '--type=custom', ...WHO, 'IMG:attested-tag'],
    [0, '3', 'verify-attestation', '--type=custom', ...WHO, ...ROOT, 'IMG:attested-tag'],
    [0, '2.5', 'verify-attestation', '--type=custom', '-o', 'text', '--key=key.pub', 'IMG:attested-tag'],
    [0, '3', 'verify-attestation', '--type=custom', ...WHO, ...ROOT, 'IMG:attested-bundle'],
    [1, '2.5', 'verify-attestation', '--type=vuln', ...WHO, 'IMG:attested-tag'],
    [1, '3', 'verify-attestation', '--type=vuln', ...WHO, ...ROOT, 'IMG:attested-bundle'],
    [1, '2.5', 'verify-attestation', '--type=custom', ...STRANGER, 'IMG:attested-tag'],
    [1, '3', 'verify-attestation', '--type=custom', ...STRANGER, ...ROOT, 'IMG:attested-bundle'],
    [1, '3', 'verify-attestation', '--type=custom', ...WAIVED, 'IMG:unsigned'],
    [1, '2.5', 'verify-attestation', '--type=custom', ...WAIVED, 'IMG:absent'],
    [0, '2.5', 'verify-blob', ...WAIVED, '--signature=blob.sig', 'blob'],
    [1, '2.5', 'verify-blob', ...WAIVED, '--signature=blob.sig', 'tampered'],
    [0, '3', 'verify-blob', '--key=key.pub', ...ROOT, '--bundle=blob.json', 'blob'],
    [1, '3', 'verify-blob', '--key=other.pub', ...ROOT, '--bundle=blob.json', 'blob'],
    [0, '3', 'verify-blob-attestation', '--type=custom', '--key=key.pub', ...ROOT, '--bundle=blob.att', 'blob'],
    [1, '3', 'verify-blob-attestation', '--type=vuln', '--key=key.pub', ...ROOT, '--bundle=blob.att', 'blob'],
  ];
  test.for(CASES.map(([code, version, ...argv]) => ({ code, version, argv, line: argv.join(' ') })))(
    '$code by cosign $version: $line',
    async ({ code, version, argv }) => {
      expect(await compare(version, argv, version === '2.5' ? instance.env : {})).toMatchObject({ code });
    },
  );
});
