import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseStatement, readPredicate } from '../../src/attestation/index.ts';
import { ask } from './lab/ask.ts';
import { type LabImage, pushImage } from './lab/images.ts';
import { makeKey } from './lab/keys.ts';
import { PREDICATES } from './lab/predicates.ts';
import { type LabRegistry, startBoth } from './lab/registries.ts';
import { openWorkshop, type Workshop } from './lab/workshop.ts';
import { lacksPeers } from './peers.ts';

const VERSIONS = [
  ['2.5', ['--tlog-upload=false']],
  ['3', ['--use-signing-config=false', '--tlog-upload=false']],
] as const;

describe.skipIf(lacksPeers(['cosign', '3'], ['cosign', '2.5'], ['docker-registry']))('attestations that cosign wrote', () => {
  let workshop: Workshop;
  let registries: readonly LabRegistry[];
  const images = new Map<string, LabImage>();

  beforeAll(async () => {
    workshop = openWorkshop('cosign-attestations');
    registries = await startBoth(workshop);
    await Promise.all([makeKey(workshop, 'p256', 'key'), makeKey(workshop, 'p256', 'other')]);
    await Promise.all(
      PREDICATES.map(async ([, document], i) => {
        workshop.write(`predicate-${i}`, document);
        for (const [version, argv] of VERSIONS) {
          const both = await Promise.all(
            registries.map(async ({ host }, r) => {
              const image = await pushImage(host, `t${i}/v${version}`);
              images.set(`${r} ${version} ${i}`, image);
              return image.reference;
            }),
          );
          const type = PREDICATES[i]?.[0] ?? '';
          await workshop.make(version, [
            'attest',
            '-y',
            '--allow-http-registry',
            '--key=key.key',
            `--predicate=predicate-${i}`,
            `--type=${type}`,
            ...argv,
            ...both,
          ]);
        }
      }),
    );
  });
  afterAll(async () => {
    await Promise.all(registries.map((r) => r.close()));
    await workshop.close();
  });

  const CASES = [0, 1].flatMap((r) =>
    VERSIONS.flatMap(([version]) => PREDICATES.map(([type, , uri, kind], i) => ({ r, version, type, uri, kind, i }))),
  );
  test.for(CASES)('in registry $r, by cosign $version, of type $type', async ({ r, version, uri, type, kind, i }) => {
    const image = images.get(`${r} ${version} ${i}`);
    if (image === undefined) throw new Error('not made');
    const place = version === '2.5' ? 'cosign-tag by tag' : `sigstore-bundle by ${registries[r]?.found}`;
    const about = ['--insecure-ignore-tlog', image.tagged];

    for (const name of [type, uri]) {
      const good = await ask(workshop, ['verify-attestation', '--type', name, '--key=key.pub', ...about]);
      expect(good, good.why).toMatchObject({ code: 0, verified: [place], evidence: [{ kind: 'attestation', predicateType: uri }] });
      if (kind === 'slsa-provenance') expect(good.evidence[0]?.claims.builder).toHaveProperty('sourceDigest');
    }
    // What is refused does not depend on the registry.
    if (r > 0) return;
    const other = await ask(workshop, ['verify-attestation', '--type', 'https://acme.example/other', '--key=key.pub', ...about]);
    expect(other, other.why).toMatchObject({ code: 1, outcome: 'unsigned' });
    const stranger = await ask(workshop, ['verify-attestation', '--type', type, '--key=other.pub', ...about]);
    expect(stranger, stranger.why).toMatchObject({ code: 1, outcome: 'untrusted' });
    const signature = await ask(workshop, ['verify', '--key=key.pub', ...about]);
    expect(signature, signature.why).toMatchObject({ code: 1, outcome: 'unsigned' });

    const { stdout } = await workshop.assay(['verify-attestation', '--compat=cosign', '--type', type, '--key=key.pub', ...about]);
    const statement = parseStatement(Buffer.from((JSON.parse(stdout) as { payload: string }).payload, 'base64'));
    expect(readPredicate(statement.predicateType, statement.predicate).kind).toBe(kind);
  });
});
