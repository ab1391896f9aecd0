import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask } from './lab/ask.ts';
import { type LabImage, pushImage } from './lab/images.ts';
import { type LabInstance, startInstance } from './lab/instance.ts';
import { type LabRegistry, startBoth } from './lab/registries.ts';
import { openWorkshop, type Ran, type Workshop } from './lab/workshop.ts';
import { lacksPeers } from './peers.ts';

const WORKFLOW = 'acme/app/.github/workflows/release.yml@refs/heads/main';
const GITHUB = { sub: 'repo:acme/app:ref:refs/heads/main', job_workflow_ref: WORKFLOW, repository: 'acme/app', ref: 'refs/heads/main' };

describe.skipIf(lacksPeers(['cosign', '3'], ['docker-registry']))('cosign without a key, against the services of the test kit', () => {
  let workshop: Workshop;
  let registries: readonly LabRegistry[];
  let instance: LabInstance;
  let image: LabImage;

  beforeAll(async () => {
    workshop = openWorkshop('cosign-keyless');
    registries = await startBoth(workshop);
    instance = await startInstance(workshop);
  });
  afterAll(async () => {
    await Promise.all([instance, ...registries].map((r) => r.close()));
    await workshop.close();
  });

  const trust = (): string => `--trusted-root=${instance.trustedRoot}`;
  const sign = async (name: string, flags: readonly string[], version: 'v1' | 'v2' = 'v2'): Promise<Ran> => {
    image = await pushImage(registries[0]?.host ?? '', name);
    const services = [`--signing-config=${instance.config[version]}`, trust()];
    return workshop.cosign('3', ['sign', '-y', '--allow-http-registry', ...services, ...flags, image.reference]);
  };
  const verifies = async (subject: string, issuer = instance.services.issuer): Promise<void> => {
    const who = ['--certificate-identity', subject, '--certificate-oidc-issuer', issuer];
    const cosign = await workshop.cosign('3', ['verify', '--allow-http-registry', trust(), ...who, image.reference]);
    expect(cosign.code, cosign.stderr).toBe(0);
    const assay = await ask(workshop, ['verify', ...who, trust(), image.tagged]);
    expect(assay, assay.why).toMatchObject({ code: 0, outcome: 'verified' });
  };

  test.each(['v1', 'v2'] as const)('signs with a token, logged in %s, and both verify it', async (version) => {
    const ran = await sign(`token-${version}`, [`--identity-token=${instance.services.token()}`], version);
    expect(ran.code, ran.stderr).toBe(0);
    await verifies('dev@example.test');
  });

  test("signs with a workflow's token, and both verify whose it was", async () => {
    const ran = await sign('workflow', [`--identity-token=${instance.services.token(GITHUB)}`]);
    expect(ran.code, ran.stderr).toBe(0);
    await verifies(`https://github.com/${WORKFLOW}`);
  });

  test('signs with a device code', async () => {
    const ran = await sign('device', ['--fulcio-auth-flow=device', '--oidc-client-id=sigstore']);
    expect(ran.code, ran.stderr).toBe(0);
    await verifies('dev@example.test');
  });

  test('is refused with an expired token, and writes nothing', async () => {
    const ran = await sign('expired', [`--identity-token=${instance.services.token({ exp: Math.floor(Date.now() / 1000) - 60 })}`]);
    expect(ran.code).not.toBe(0);
    expect(
      (await ask(workshop, ['verify', '--certificate-identity', 'x', '--certificate-oidc-issuer', 'y', trust(), image.tagged])).outcome,
    ).toBe('unsigned');
  });

  test.each([
    ['key', 'invalid hashedrekord request'],
    ['chain', 'failed to verify leaf certificate'],
    ['imprint', "hashed messages don't match"],
    ['inclusion-proof', 'verifying inclusion'],
    ['checkpoint', 'failed to verify signatures on checkpoint'],
  ] as const)('does not believe a lie about the %s', async (lie, why) => {
    instance.services.faults.add({ kind: 'lie', lie });
    const ran = await sign(`lie-${lie}`, [`--identity-token=${instance.services.token()}`]);
    instance.services.faults.clear();
    expect(ran.code).not.toBe(0);
    expect(ran.stderr).toContain(why);
  });
});
