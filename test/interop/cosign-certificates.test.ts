import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask } from './lab/ask.ts';
import { ISSUER, type LabAuthority, makeAuthority, SUBJECT } from './lab/authorities.ts';
import { type LabImage, pushImage } from './lab/images.ts';
import { type LabKeyKind, makePlainKey } from './lab/keys.ts';
import { type LabRegistry, startBoth } from './lab/registries.ts';
import { type LabTsa, serveTimestamps } from './lab/tsa.ts';
import { openWorkshop, type Workshop } from './lab/workshop.ts';
import { lacksPeers } from './peers.ts';

const WHO = ['--certificate-identity', SUBJECT, '--certificate-oidc-issuer', ISSUER];
const UNLOGGED = ['--insecure-ignore-tlog', '--insecure-ignore-sct'];
const KINDS: readonly LabKeyKind[] = ['p256', 'p384', 'p521', 'rsa2048', 'ed25519'];
const FORMS = [
  ['2.5', 'tag', ['--tlog-upload=false']],
  ['3', 'bundle', ['--use-signing-config=false', '--tlog-upload=false']],
  ['3', 'tag', ['--use-signing-config=false', '--tlog-upload=false', '--new-bundle-format=false']],
] as const;

describe.skipIf(lacksPeers(['cosign', '3'], ['cosign', '2.5'], ['docker-registry']))('images that cosign signed with a certificate', () => {
  let workshop: Workshop;
  let registries: readonly LabRegistry[];
  let authority: LabAuthority;
  let tsa: LabTsa;
  const images = new Map<string, LabImage>();

  beforeAll(async () => {
    workshop = openWorkshop('cosign-certificates');
    [registries, authority] = await Promise.all([
      startBoth(workshop),
      makeAuthority(workshop, 'ca', 'p384'),
      makeAuthority(workshop, 'other'),
    ]);
    tsa = await serveTimestamps(authority);
    for (const kind of KINDS) await authority.issue(await makePlainKey(workshop, kind, `${kind}.pem`), `${kind}.crt`);
    await Promise.all(
      KINDS.map(async (kind) => {
        await workshop.make('3', ['import-key-pair', '--key', `${kind}.pem`, '--output-key-prefix', kind, '-y']);
        for (const [version, form, argv] of FORMS) {
          const both = await Promise.all(
            registries.map(async ({ host }, r) => {
              const image = await pushImage(host, `${kind}/${form}${version}`);
              images.set(`${r} ${kind} ${version} ${form}`, image);
              return image.reference;
            }),
          );
          const signer = ['--key', `${kind}.key`, '--certificate', `${kind}.crt`, '--certificate-chain', authority.chain];
          const stamps = [`--timestamp-server-url=${tsa.url}`];
          await workshop.make(version, ['sign', '-y', '--allow-http-registry', ...signer, ...stamps, ...argv, ...both]);
        }
      }),
    );
  });
  afterAll(async () => {
    await Promise.all([tsa, ...registries].map((r) => r.close()));
    await workshop.close();
  });

  const imageOf = (r: number, kind: string, version: string, form: string): LabImage => {
    const image = images.get(`${r} ${kind} ${version} ${form}`);
    if (image === undefined) throw new Error('not made');
    return image;
  };
  const verify = (argv: readonly string[]) => ask(workshop, ['verify', ...UNLOGGED, ...argv]);

  test.for([0, 1].flatMap((r) => KINDS.flatMap((kind) => FORMS.map(([version, form]) => ({ r, kind, version, form })))))(
    'in registry $r, $kind, by cosign $version as $form',
    async ({ r, kind, version, form }) => {
      const { tagged } = imageOf(r, kind, version, form);
      const stamped = ['--use-signed-timestamps', '--timestamp-certificate-chain', authority.tsaChain];
      const good = await verify([...WHO, '--certificate-chain', authority.chain, ...stamped, tagged]);
      expect(good, good.why).toMatchObject({
        code: 0,
        outcome: 'verified',
        evidence: [
          { signer: { kind: 'keyless', subject: SUBJECT, issuer: ISSUER }, times: [{ source: expect.stringMatching(/^rfc3161/) }] },
        ],
      });
      if (r > 0) return;
      // Without the authority's certificate the timestamp counts for nothing, and the present is the time.
      expect(await verify([...WHO, '--certificate-chain', authority.chain, tagged])).toMatchObject({ code: 0, outcome: 'verified' });
      const otherTsa = ['--use-signed-timestamps', '--timestamp-certificate-chain', 'other/tsa-chain.pem'];
      expect(await verify([...WHO, '--certificate-chain', authority.chain, ...otherTsa, tagged])).toMatchObject({
        code: 1,
        outcome: 'untrusted',
      });
    },
  );

  describe.each(FORMS.map(([version, form]) => ({ version, form })))('what is trusted, of cosign $version, $form', ({ version, form }) => {
    test.for<[what: string, argv: readonly string[], code: number, outcome: string]>([
      ['root and intermediate', ['--ca-roots', 'ca/root.pem', '--ca-intermediates', 'ca/intermediate.pem'], 0, 'verified'],
      ['the other root', ['--ca-roots', 'other/root.pem', '--ca-intermediates', 'ca/intermediate.pem'], 1, 'untrusted'],
      ['the other chain', ['--certificate-chain', 'other/chain.pem'], 1, 'untrusted'],
      ['another subject', ['--certificate-identity', 'eve@acme.example', '--certificate-chain', 'ca/chain.pem'], 1, 'untrusted'],
      ['another issuer', ['--certificate-oidc-issuer', 'https://other.example', '--certificate-chain', 'ca/chain.pem'], 1, 'untrusted'],
      ['an expression', ['--certificate-identity-regexp', '.*@acme\\.example', '--certificate-chain', 'ca/chain.pem'], 0, 'verified'],
      ['an expression further in', ['--certificate-identity-regexp', 'acme', '--certificate-chain', 'ca/chain.pem'], 1, 'untrusted'],
    ])('%s', async ([, argv, code, outcome]) => {
      const who = [
        ...(argv.some((a) => a.startsWith('--certificate-identity')) ? [] : WHO.slice(0, 2)),
        ...(argv.includes('--certificate-oidc-issuer') ? [] : WHO.slice(2)),
      ];
      const answer = await verify([...who, ...argv, imageOf(0, 'p256', version, form).tagged]);
      expect(answer, answer.why).toMatchObject({ code, outcome });
    });

    test('a log is required unless it is waived, and a promise of a CT log', async () => {
      const { tagged } = imageOf(1, 'p256', version, form);
      const trust = [...WHO, '--certificate-chain', authority.chain, '--offline'];
      expect(await ask(workshop, ['verify', '--insecure-ignore-sct', ...trust, tagged])).toMatchObject({ code: 1, outcome: 'untrusted' });
      expect(await ask(workshop, ['verify', '--insecure-ignore-tlog', ...trust, tagged])).toMatchObject({ code: 1, outcome: 'untrusted' });
    });
  });
});
