import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask } from './lab/ask.ts';
import { ISSUER, makeAuthority, SUBJECT } from './lab/authorities.ts';
import { type LabInstance, startInstance } from './lab/instance.ts';
import { KEY_KINDS, makeKey } from './lab/keys.ts';
import { openWorkshop, type Workshop } from './lab/workshop.ts';
import { lacksPeers } from './peers.ts';

const WHO = ['--certificate-identity', SUBJECT, '--certificate-oidc-issuer', ISSUER];
const LOGLESS = { '2.5': ['--tlog-upload=false'], '3': ['--use-signing-config=false', '--tlog-upload=false'] } as const;
const WAIVED = ['--insecure-ignore-tlog'];

describe.skipIf(lacksPeers(['cosign', '3'], ['cosign', '2.5']))('files that cosign signed', () => {
  let workshop: Workshop;
  let instance: LabInstance;

  beforeAll(async () => {
    workshop = openWorkshop('cosign-blobs');
    instance = await startInstance(workshop, await makeAuthority(workshop, 'ca'));
    await Promise.all([...KEY_KINDS.map((kind) => makeKey(workshop, kind)), makeKey(workshop, 'p256', 'stranger')]);
    workshop.write('blob', 'a blob');
    workshop.write('other', 'another blob');
    workshop.write('predicate.json', '{"reviewed":true}');
  });
  afterAll(async () => {
    await instance.close();
    await workshop.close();
  });

  /** Right, wrong key, wrong file, by digest. */
  async function judge(evidence: readonly string[], key: string, more: readonly string[], command: readonly string[] = ['verify-blob']) {
    const verify = (k: string, file: string) => ask(workshop, [...command, '--key', k, ...evidence, ...more, file]);
    const good = await verify(`${key}.pub`, 'blob');
    expect(good, good.why).toMatchObject({ code: 0, outcome: 'verified', verified: { length: 1 } });
    expect(await verify('stranger.pub', 'blob')).toMatchObject({ code: 1, outcome: 'untrusted' });
    const elsewhere = await verify(`${key}.pub`, 'other');
    expect(elsewhere.code, elsewhere.why).toBe(1);
    expect(elsewhere.outcome, elsewhere.why).toMatch(/^(?:invalid|untrusted)$/);
    return good;
  }

  test.for(KEY_KINDS)('without a log, with %s', async (kind) => {
    const sign = ['sign-blob', '-y', '--key', `${kind}.key`];
    await Promise.all([
      workshop.make('2.5', [...sign, ...LOGLESS['2.5'], '--output-signature', `${kind}.sig`, 'blob']),
      workshop.make('2.5', [...sign, ...LOGLESS['2.5'], '--new-bundle-format', '--bundle', `${kind}.2`, 'blob']),
      workshop.make('3', [...sign, ...LOGLESS['3'], '--bundle', `${kind}.3`, 'blob']),
    ]);
    await judge(['--signature', `${kind}.sig`], kind, WAIVED);
    await judge(['--signature', workshop.read(`${kind}.sig`).toString()], kind, WAIVED);
    expect((await ask(workshop, ['verify-blob', '--key', `${kind}.pub`, '--signature', 'mistyped', 'blob'])).outcome).toBe(
      'file-unreadable',
    );
    await judge(['--bundle', `${kind}.2`], kind, WAIVED);
    await judge(['--bundle', `${kind}.3`], kind, WAIVED);
    expect(await ask(workshop, ['verify-blob', '--offline', '--key', `${kind}.pub`, '--bundle', `${kind}.3`, 'blob'])).toMatchObject({
      code: 1,
      outcome: 'untrusted',
    });
  });

  // What cosign 3 signs with Ed25519 it cannot verify itself, and so refuses to write; what cosign 2.5 does, Rekor cannot.
  test.for(KEY_KINDS.filter((kind) => kind !== 'ed25519'))('logged, with %s', async (kind) => {
    const sign = ['sign-blob', '-y', '--key', `${kind}.key`];
    const now = ['v1', 'v2'] as const;
    await Promise.all([
      workshop.make('2.5', [...sign, `--rekor-url=${instance.url}`, '--bundle', `${kind}.old`, 'blob'], instance.env),
      ...now.map((v) => {
        const config = [`--signing-config=${instance.config[v]}`, `--trusted-root=${instance.trustedRoot}`];
        return workshop.make('3', [...sign, ...config, '--bundle', `${kind}.${v}`, 'blob']);
      }),
    ]);
    for (const form of ['old', ...now]) {
      const good = await judge(['--bundle', `${kind}.${form}`], kind, ['--trusted-root', instance.trustedRoot]);
      expect(good.evidence[0]?.log).toHaveLength(1);
    }
  });

  test('keyless, and attested, and old bundles of both', async () => {
    const token = `--identity-token=${instance.token(SUBJECT)}`;
    const old = [`--rekor-url=${instance.url}`, `--fulcio-url=${instance.url}`];
    const now = [`--signing-config=${instance.config.v2}`, `--trusted-root=${instance.trustedRoot}`];
    const attest = ['attest-blob', '-y', '--predicate=predicate.json', '--type=custom'];
    await Promise.all([
      workshop.make('2.5', ['sign-blob', '-y', token, ...old, '--bundle=keyless.old', 'blob'], instance.env),
      workshop.make('3', ['sign-blob', '-y', token, ...now, '--bundle=keyless.new', 'blob']),
      workshop.make('2.5', [...attest, token, ...old, '--bundle=att.old', '--output-attestation=att.dsse', 'blob'], instance.env),
      workshop.make('3', [...attest, token, ...now, '--bundle=att.new', 'blob']),
      workshop.make('2.5', [...attest, '--key=p256.key', ...LOGLESS['2.5'], '--output-signature=att.sig', 'blob']),
    ]);
    const trust = ['--trusted-root', instance.trustedRoot];
    for (const form of ['old', 'new']) {
      const bundle = ['--bundle', `keyless.${form}`, ...trust];
      const good = await ask(workshop, ['verify-blob', ...WHO, ...bundle, 'blob']);
      expect(good, good.why).toMatchObject({ code: 0, outcome: 'verified', evidence: [{ signer: { subject: SUBJECT } }] });
      const stranger = await ask(workshop, ['verify-blob', ...WHO.slice(0, 3), 'https://other.example', ...bundle, 'blob']);
      expect(stranger, stranger.why).toMatchObject({ code: 1, outcome: 'untrusted' });
      expect(await ask(workshop, ['verify-blob', ...WHO, ...bundle, 'other'])).toMatchObject({ code: 1, outcome: 'invalid' });

      const attested = ['verify-blob-attestation', '--type=custom', ...WHO, '--bundle', `att.${form}`, ...trust];
      const statement = await ask(workshop, [...attested, 'blob']);
      expect(statement, statement.why).toMatchObject({ code: 0, outcome: 'verified', evidence: [{ kind: 'attestation' }] });
      expect(await ask(workshop, [...attested, 'other'])).toMatchObject({ code: 1, outcome: 'invalid' });
    }
    await judge(['--signature', 'att.sig'], 'p256', WAIVED, ['verify-blob-attestation', '--type=custom']);
  });

  test('an RFC 3161 timestamp beside the signature', async () => {
    const stamp = [`--timestamp-server-url=${instance.timestampUrl}`, '--rfc3161-timestamp=stamped.tsr'];
    await workshop.make('2.5', [
      'sign-blob',
      '-y',
      '--key=p256.key',
      ...LOGLESS['2.5'],
      ...stamp,
      '--output-signature=stamped.sig',
      'blob',
    ]);
    const parts = ['--signature=stamped.sig', '--rfc3161-timestamp=stamped.tsr', '--timestamp-certificate-chain=ca/tsa-chain.pem'];
    const asked = ['verify-blob', '--key=p256.pub', ...WAIVED, '--use-signed-timestamps'];
    const good = await ask(workshop, [...asked, ...parts, 'blob']);
    expect(good, good.why).toMatchObject({ code: 0, evidence: [{ times: [{ source: expect.stringMatching(/^rfc3161/) }] }] });
    expect(await ask(workshop, [...asked, ...parts.filter((p) => !p.startsWith('--rfc')), 'blob'])).toMatchObject({
      code: 1,
      outcome: 'untrusted',
    });
  });
});
