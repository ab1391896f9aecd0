/** What `oras attach` leaves beside an image, signed by notation or cosign, is an attestation under a policy; what nobody signed is not. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask } from './lab/ask.ts';
import { type LabImage, pushImage } from './lab/images.ts';
import { type LabKey, makeKey } from './lab/keys.ts';
import { type LabNotary, makeNotary, makeWithNotation } from './lab/notation.ts';
import { type LabRegistry, startBoth } from './lab/registries.ts';
import { openWorkshop, type Workshop } from './lab/workshop.ts';
import { lacksPeers, requirePeer } from './peers.ts';

const SBOM = 'application/vnd.cyclonedx+json';
const POLICY = (where: string): string => `
apiVersion: assay.dev/v1alpha1
kind: ImagePolicy
metadata: { name: bill-of-materials }
spec:
  images: ["**"]
  authorities:
    operations: { key: operations.pub, unsafeSkipTransparencyLog: true }
    notary:
      notation:
        certificateAuthorities: acme/root.pem
        trustedIdentities: ["x509.subject: C=US, ST=WA, O=acme"]
  require:
    artifact: { type: ${SBOM}, by: [operations, notary], where: [{ cel: '${where}' }] }
`;

describe.skipIf(lacksPeers(['notation', '1'], ['oras'], ['cosign', '3'], ['docker-registry']))(
  'a bill of materials that oras attached',
  () => {
    let workshop: Workshop;
    let registries: readonly LabRegistry[];
    let notary: LabNotary;
    let operations: LabKey;
    const attached = new Map<string, LabImage>();

    async function oras(argv: readonly string[]): Promise<string> {
      const ran = await workshop.peer(requirePeer({ skip: () => {} }, 'oras').path, argv);
      if (ran.code !== 0) throw new Error(`oras ${argv.join(' ')}: ${ran.stderr}`);
      return ran.stdout;
    }

    async function attach(host: string, name: string): Promise<{ readonly image: LabImage; readonly artifact: string }> {
      const image = await pushImage(host, name);
      const said = await oras([
        'attach',
        '--plain-http',
        '--artifact-type',
        SBOM,
        '--format',
        'json',
        image.reference,
        `sbom.json:${SBOM}`,
      ]);
      const { digest } = JSON.parse(said) as { digest: string };
      return { image, artifact: `${image.repository}@${digest}` };
    }

    beforeAll(async () => {
      workshop = openWorkshop('signed-artifacts');
      registries = await startBoth(workshop);
      notary = await makeNotary(workshop, 'acme');
      await notary.addKey('p256');
      operations = await makeKey(workshop, 'p256', 'operations');
      const stranger = await makeKey(workshop, 'p256', 'stranger');
      workshop.write('sbom.json', JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.5', components: [{ name: 'zlib' }] }));
      workshop.write('policy.yaml', POLICY('predicate.components.exists(c, c.name == "zlib")'));
      workshop.write('other.yaml', POLICY('predicate.components.exists(c, c.name == "openssl")'));
      for (const [r, { host }] of registries.entries()) {
        const byNotation = await attach(host, `r${r}/notation`);
        await makeWithNotation(workshop, [
          'sign',
          '--insecure-registry',
          `--force-referrers-tag=${r === 0}`,
          '--key',
          'p256',
          byNotation.artifact,
        ]);
        attached.set(`${r} notation`, byNotation.image);
        for (const [who, key] of [
          ['cosign', operations],
          ['stranger', stranger],
        ] as const) {
          const made = await attach(host, `r${r}/${who}`);
          await workshop.make('3', ['sign', '-y', '--use-signing-config=false', '--tlog-upload=false', '--key', key.key, made.artifact]);
          attached.set(`${r} ${who}`, made.image);
        }
        const unsigned = await attach(host, `r${r}/unsigned`);
        await workshop.make('3', [
          'sign',
          '-y',
          '--use-signing-config=false',
          '--tlog-upload=false',
          '--key',
          operations.key,
          unsigned.image.reference,
        ]);
        attached.set(`${r} unsigned`, unsigned.image);
      }
    });
    afterAll(async () => {
      await Promise.all((registries ?? []).map((r) => r.close()));
      await workshop?.close();
    });

    const about = (registry: number, who: string, policy = 'policy.yaml'): ReturnType<typeof ask> =>
      ask(workshop, ['verify', '--policy', policy, attached.get(`${registry} ${who}`)?.reference ?? '']);

    describe.each([0, 1])('in registry %i', (r) => {
      test.each(['notation', 'cosign'])('signed by %s counts, and its content is asked', async (who) => {
        const answer = await about(r, who);
        expect(answer, answer.why).toMatchObject({ code: 0, outcome: 'verified' });
        expect(answer.evidence.filter((e) => e.outcome === 'verified')).toMatchObject([{ format: 'signed-referrer', predicateType: SBOM }]);
        const other = await about(r, who, 'other.yaml');
        expect(other, other.why).toMatchObject({ code: 1, outcome: 'denied' });
      });

      test('signed by a stranger, or beside a signed image without a signature of its own, does not', async () => {
        const stranger = await about(r, 'stranger');
        expect(stranger, stranger.why).toMatchObject({ code: 1, outcome: 'untrusted', verified: [] });
        const unsigned = await about(r, 'unsigned');
        expect(unsigned, unsigned.why).toMatchObject({ code: 1, outcome: 'untrusted', verified: [] });
      });
    });
  },
);
