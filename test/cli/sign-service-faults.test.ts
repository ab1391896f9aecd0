/** Services that lie, fail or do not fit: nothing is written. */
import { describe, expect, test } from 'vitest';
import { createVirtualSigstore } from '../../src/testing/authority/index.ts';
import { assay, assayWith, image, keyless, TRUST, there, useSignWorld, write } from './sign-world.ts';

useSignWorld();

describe('what goes wrong', () => {
  const sign = (...more: readonly string[]) => ['sign', ...TRUST, ...more];

  async function refused(
    argv: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<{ exit: number; code: string; stdout: string }> {
    const { name, reference } = image();
    const { exit, json, stdout } = await assayWith(env, ...argv, reference);
    const writes = there().registry.log.filter((l) => l.method !== 'GET' && l.method !== 'HEAD' && l.target.includes(`${name}/`));
    expect(writes, stdout).toEqual([]);
    const errors = (json.images as { errors: { code: string }[] }[] | undefined)?.[0]?.errors ?? (json.errors as { code: string }[]);
    return { exit, code: errors[0]?.code ?? '', stdout };
  }

  test('a Rekor v2 log states no time: a certificate without a timestamp authority is refused before anything is signed', async () => {
    const before = there().services.log.length;
    const answer = await refused(sign(...keyless(), '--signing-config', 'v2-no-tsa.json'));
    expect(answer, answer.stdout).toMatchObject({ exit: 2, code: 'signing-config-invalid' });
    expect(there().services.log.slice(before)).toEqual([]);
    // A key needs no time.
    const { reference } = image();
    expect((await assay(...sign('--key', 'p256.key', '--signing-config', 'v2-no-tsa.json'), reference)).json).toMatchObject({
      outcome: 'signed',
    });
  });

  test("cosign's tag form has no place for Rekor v2, and that is said before anything is signed", async () => {
    const before = there().services.log.length;
    const answer = await refused(sign('--key', 'p256.key', '--signing-config', 'v2.json', '--format', 'cosign-tag'));
    expect(answer, answer.stdout).toMatchObject({ exit: 2, code: 'signing-config-invalid' });
    expect(there().services.log.slice(before)).toEqual([]);
  });

  test('a trust root that does not know the services: nothing is written', async () => {
    write('strangers.json', JSON.stringify(createVirtualSigstore({ name: 'strangers', now: there().sigstore.now }).trustedRoot()));
    const answer = await refused(['sign', '--trusted-root', 'strangers.json', '--key', 'p256.key', '--signing-config', 'v1.json']);
    expect(answer, answer.stdout).toMatchObject({ exit: 1, code: 'self-verification-failed' });
    const { reference } = image();
    const skipped = await assay('sign', '--unsafe-skip-self-verification', '--key', 'p256.key', '--signing-config', 'v1.json', reference);
    expect(skipped.json, skipped.stdout).toMatchObject({ outcome: 'signed', warnings: [{ code: 'weakened' }] });
    expect((await assay('verify', '--key', 'p256.pub', ...TRUST, reference)).json).toMatchObject({ outcome: 'verified' });
  });

  test.each([
    ['expired', { exp: 1_700_000_000 }, 'token-invalid', 2],
    ['for another audience', { aud: 'somebody' }, 'token-invalid', 2],
  ])('a token that is %s', async (_, claims, code, exit) => {
    const answer = await refused(sign('--identity-token', there().services.token(claims), '--signing-config', 'v1.json'));
    expect(answer, answer.stdout).toMatchObject({ exit, code });
    expect(answer.stdout).not.toContain('eyJ');
  });

  test.each([
    ['v1', 'inclusion-proof', 'p256'],
    ['v1', 'another-entry', 'p256'],
    ['v1', 'promise', 'p256'],
    ['v1', 'checkpoint', 'p256'],
    ['v2', 'inclusion-proof', 'p256'],
    ['v2', 'another-entry', 'p256'],
    ['v2', 'checkpoint', 'p256'],
    ['v2', 'imprint', 'p256'],
    ['v2', 'nonce', 'p256'],
    ['v2', 'signature', 'keyless'],
    ['v1', 'key', 'keyless'],
    ['v1', 'identity', 'keyless'],
    ['v1', 'sct', 'keyless'],
    ['v1', 'chain', 'keyless'],
  ] as const)('Rekor %s, and a service that lies about the %s', async (log, lie, signer) => {
    const by = signer === 'keyless' ? keyless() : ['--key', `${signer}.key`];
    there().services.faults.add({ kind: 'lie', lie });
    const answer = await refused(sign(...by, '--signing-config', `${log}.json`));
    expect(answer, answer.stdout).toMatchObject({ exit: 1, code: expect.stringMatching(/^(?:service-lied|self-verification-failed)$/) });
  });

  test('a log that is down', async () => {
    there().services.faults.add({ kind: 'status', status: 503, match: '/api/v1/log' });
    const answer = await refused(sign('--key', 'p256.key', '--signing-config', 'v1.json'));
    expect(answer, answer.stdout).toMatchObject({ exit: 3, code: 'service-unavailable' });
  });
});
