import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask } from './lab/ask.ts';
import { type LabImage, pushImage } from './lab/images.ts';
import { KEY_KINDS, type LabKey, type LabKeyKind, makeKey } from './lab/keys.ts';
import { type LabRegistry, startBoth } from './lab/registries.ts';
import { openWorkshop, type Workshop } from './lab/workshop.ts';
import { lacksPeers } from './peers.ts';

const NO_LOG_3 = ['--use-signing-config=false', '--tlog-upload=false'];
/** How cosign signs an image without a log, in each of its forms, and where Assay finds that. */
const FORMS: readonly [what: string, version: '2.5' | '3', argv: readonly string[], env: Record<string, string>, format: string][] = [
  ['2.5, tag', '2.5', ['--tlog-upload=false'], {}, 'cosign-tag'],
  ['3, bundle', '3', NO_LOG_3, {}, 'sigstore-bundle'],
  ['3, tag', '3', [...NO_LOG_3, '--new-bundle-format=false'], {}, 'cosign-tag'],
  ['2.5, OCI 1.1', '2.5', ['--tlog-upload=false', '--registry-referrers-mode=oci-1-1'], { COSIGN_EXPERIMENTAL: '1' }, 'cosign-oci11'],
];

describe.skipIf(lacksPeers(['cosign', '3'], ['cosign', '2.5'], ['docker-registry']))('images that cosign signed with a key', () => {
  let workshop: Workshop;
  let registries: readonly LabRegistry[];
  const keys = new Map<LabKeyKind, LabKey>();
  /** One image for each registry, kind of key and form: what signs at the same time never writes the same tag. */
  const images = new Map<string, LabImage>();
  let strangers: LabKey;

  const nameOf = (registry: number, kind: string, form: string): string =>
    `r${registry}/${kind}/${form.replace(/[^a-z0-9]+/g, '-')}`.toLowerCase();

  beforeAll(async () => {
    workshop = openWorkshop('cosign-keys');
    registries = await startBoth(workshop);
    strangers = await makeKey(workshop, 'p256', 'stranger');
    await Promise.all(
      KEY_KINDS.map(async (kind) => {
        const key = await makeKey(workshop, kind);
        keys.set(kind, key);
        await Promise.all(
          FORMS.map(async ([what, version, argv, env]) => {
            const both = await Promise.all(
              registries.map(async ({ host }, r) => {
                const image = await pushImage(host, nameOf(r, kind, what));
                images.set(nameOf(r, kind, what), image);
                return image.reference;
              }),
            );
            await workshop.make(version, ['sign', '-y', '--allow-http-registry', '--key', key.key, ...argv, ...both], env);
          }),
        );
      }),
    );
  });
  afterAll(async () => {
    await Promise.all(registries.map((r) => r.close()));
    await workshop.close();
  });

  describe.each([0, 1])('in registry %i', (r) => {
    test.for(KEY_KINDS.flatMap((kind) => FORMS.map((form) => ({ kind, form }))))('$kind, $form.0', async ({ kind, form }) => {
      const [what, , , , format] = form;
      const image = images.get(nameOf(r, kind, what));
      const key = keys.get(kind);
      if (image === undefined || key === undefined) throw new Error('not made');
      const found = format === 'cosign-tag' ? 'tag' : registries[r]?.found;

      const good = await ask(workshop, ['verify', '--key', key.pub, '--insecure-ignore-tlog', image.tagged]);
      expect(good, good.why).toMatchObject({ code: 0, outcome: 'verified', verified: [`${format} by ${found}`] });

      // What is refused does not depend on the registry.
      if (r > 0) return;
      const wrong = await ask(workshop, ['verify', '--key', strangers.pub, '--insecure-ignore-tlog', image.tagged]);
      expect(wrong, wrong.why).toMatchObject({ code: 1, outcome: 'untrusted', verified: [] });

      const logless = await ask(workshop, ['verify', '--offline', '--key', key.pub, image.tagged]);
      expect(logless, logless.why).toMatchObject({ code: 1, outcome: 'untrusted', verified: [] });
    });
  });
});
