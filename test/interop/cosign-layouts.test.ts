import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask } from './lab/ask.ts';
import { pushImage, pushIndex } from './lab/images.ts';
import { makeKey } from './lab/keys.ts';
import { type LabRegistry, startBoth } from './lab/registries.ts';
import { openWorkshop, type Workshop } from './lab/workshop.ts';
import { lacksPeers } from './peers.ts';

const LOGLESS = { '2.5': ['--tlog-upload=false'], '3': ['--use-signing-config=false', '--tlog-upload=false'] } as const;

describe.skipIf(lacksPeers(['cosign', '3'], ['cosign', '2.5'], ['docker-registry']))('layouts that cosign save wrote', () => {
  let workshop: Workshop;
  let registries: readonly LabRegistry[];

  beforeAll(async () => {
    workshop = openWorkshop('cosign-layouts');
    registries = await startBoth(workshop);
    await Promise.all(['key', 'other'].map((name) => makeKey(workshop, 'p256', name)));
    workshop.write('predicate.json', '{"reviewed":true}');
  });
  afterAll(async () => {
    await Promise.all(registries.map((r) => r.close()));
    await workshop.close();
  });

  const common = ['-y', '--allow-http-registry', '--key=key.key'];

  test.for([
    ['2.5', '2.5', 'image'],
    ['2.5', '2.5', 'index'],
    ['2.5', '3', 'image'],
    ['2.5', '3', 'index'],
    ['3', '3', 'image'],
    ['3', '3', 'index'],
  ] as const)('signed by %s, saved by %s, an %s', async ([signer, saver, what], context) => {
    // cosign asks the registry for what is attached: where it has to look there matters for bundles only.
    for (const { host, found } of signer === '3' ? registries : registries.slice(0, 1)) {
      const name = `saved/s${signer}-${saver}/${what}`;
      const image = what === 'image' ? await pushImage(host, name) : (await pushIndex(host, name)).index;
      await workshop.make(signer, ['sign', ...common, ...LOGLESS[signer], image.reference]);
      await workshop.make(signer, [
        'attest',
        ...common,
        ...LOGLESS[signer],
        '--predicate=predicate.json',
        '--type=custom',
        image.reference,
      ]);
      const dir = `${found}-${signer}-${saver}-${what}`;
      await workshop.make(saver, ['save', '--allow-http-registry', '--dir', dir, image.reference]);
      workshop.tar(dir);

      // What cosign 3 saves of an index it does not find again; Assay does.
      const about = ['--insecure-ignore-tlog', '--offline'];
      for (const reference of [`oci:${dir}`, `oci:${dir}@${image.digest}`, `oci-archive:${dir}.tar`]) {
        const good = await ask(workshop, ['verify', ...about, '--key=key.pub', reference]);
        context.expect(good, good.why).toMatchObject({ code: 0, outcome: 'verified' });
        const attested = await ask(workshop, ['verify-attestation', ...about, '--type=custom', '--key=key.pub', reference]);
        context.expect(attested, attested.why).toMatchObject({ code: 0, outcome: 'verified' });
        const wrong = await ask(workshop, ['verify', ...about, '--key=other.pub', reference]);
        context.expect(wrong, wrong.why).toMatchObject({ code: 1, outcome: 'untrusted' });
      }
      const local = await ask(workshop, ['verify', ...about, '--local-image', '--key=key.pub', dir]);
      expect(local, local.why).toMatchObject({ code: 0, outcome: 'verified' });
    }
  });
});
