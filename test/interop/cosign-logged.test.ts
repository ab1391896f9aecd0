import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createVirtualSigstore } from '../../src/testing/authority/index.ts';
import { ask } from './lab/ask.ts';
import { ISSUER, makeAuthority, SUBJECT } from './lab/authorities.ts';
import { type LabImage, pushImage } from './lab/images.ts';
import { type LabInstance, startInstance } from './lab/instance.ts';
import { makeKey } from './lab/keys.ts';
import { type LabRegistry, startBoth } from './lab/registries.ts';
import { openWorkshop, type Workshop } from './lab/workshop.ts';
import { lacksPeers } from './peers.ts';

const WHO = ['--certificate-identity', SUBJECT, '--certificate-oidc-issuer', ISSUER];
const TYPE = 'https://acme.example/review/v1';
const PREDICATE = ['--predicate=predicate.json', '--type', TYPE];

type Signs = (instance: LabInstance) => readonly string[];
const legacy: Signs = ({ url }) => [`--rekor-url=${url}`, `--fulcio-url=${url}`];
const old3: Signs = (i) => ['--use-signing-config=false', '--new-bundle-format=false', ...legacy(i)];
const v1: Signs = ({ config, trustedRoot }) => [`--signing-config=${config.v1}`, `--trusted-root=${trustedRoot}`];
const v2: Signs = ({ config, trustedRoot }) => [`--signing-config=${config.v2}`, `--trusted-root=${trustedRoot}`];

/** What, by which cosign, which verb, with which flags, and what its log entry is. */
const WAYS: readonly (readonly [name: string, version: '2.5' | '3', verb: 'sign' | 'attest', flags: Signs, logged: string])[] = [
  ['signature by 2.5', '2.5', 'sign', legacy, 'rekor-v1'],
  ['signature by 3 as tag', '3', 'sign', old3, 'rekor-v1'],
  ['signature by 3, Rekor v1', '3', 'sign', v1, 'rekor-v1'],
  ['signature by 3, Rekor v2', '3', 'sign', v2, 'rfc3161'],
  ['attestation by 2.5', '2.5', 'attest', legacy, 'rekor-v1'],
  ['attestation by 2.5, logged as intoto', '2.5', 'attest', (i) => [...legacy(i), '--rekor-entry-type=intoto'], 'rekor-v1'],
  ['attestation by 2.5 as bundle', '2.5', 'attest', (i) => [...legacy(i), '--new-bundle-format'], 'rekor-v1'],
  ['attestation by 3 as tag', '3', 'attest', old3, 'rekor-v1'],
  ['attestation by 3, Rekor v1', '3', 'attest', v1, 'rekor-v1'],
  ['attestation by 3, Rekor v2', '3', 'attest', v2, 'rfc3161'],
];

/**
 * cosign 3 checks what it has signed before it is logged, and then reads SHA-256 where it has signed with another hash. Rekor v1 enters a
 * digest for a signature, which says nothing about one of pure Ed25519: it refuses what cosign proposes there.
 */
function canMake(signer: string, way: (typeof WAYS)[number]): boolean {
  const [name, version, verb] = way;
  if (verb === 'attest' && !['keyless', 'p384', 'ed25519'].includes(signer)) return false;
  const ofDsse = version === '3' && name !== 'signature by 3 as tag';
  if (signer === 'ed25519') return !ofDsse && verb === 'attest';
  return !(ofDsse && signer === 'p384') || name.endsWith('Rekor v2');
}

/** One key of each family: what differs between the lengths of RSA keys does not depend on a log. */
const KEYS = ['p256', 'p384', 'rsa2048', 'ed25519'] as const;
const SIGNERS = ['keyless', ...KEYS];
const CASES = SIGNERS.flatMap((signer) => WAYS.filter((way) => canMake(signer, way)).map((way) => ({ signer, way, name: way[0] })));

describe.skipIf(lacksPeers(['cosign', '3'], ['cosign', '2.5'], ['docker-registry']))('evidence that cosign had logged', () => {
  let workshop: Workshop;
  let registries: readonly LabRegistry[];
  let instance: LabInstance;
  const images = new Map<string, LabImage>();

  beforeAll(async () => {
    workshop = openWorkshop('cosign-logged');
    registries = await startBoth(workshop);
    instance = await startInstance(workshop, await makeAuthority(workshop, 'ca'));
    workshop.write('predicate.json', '{"reviewed":true}');
    const strangers = createVirtualSigstore({ name: 'strangers', now: instance.sigstore.now });
    workshop.write('strangers.json', JSON.stringify(strangers.trustedRoot()));
    const { sigstore } = instance;
    workshop.write('other-logs.json', JSON.stringify(sigstore.trustedRoot({ logs: [{ of: strangers.rekor }, { of: strangers.rekor2 }] })));
    await Promise.all([...KEYS.map((kind) => makeKey(workshop, kind)), makeKey(workshop, 'p256', 'stranger')]);
    const token = instance.token(SUBJECT);
    await Promise.all(
      CASES.map(async ({ signer, way: [name, version, verb, flags] }) => {
        const both = await Promise.all(
          registries.map(async ({ host }, r) => {
            const image = await pushImage(host, `${signer}/${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`);
            images.set(`${r} ${signer} ${name}`, image);
            return image.reference;
          }),
        );
        const who = signer === 'keyless' ? [`--identity-token=${token}`] : ['--key', `${signer}.key`];
        const about = verb === 'attest' ? PREDICATE : [];
        await workshop.make(version, [verb, '-y', '--allow-http-registry', ...who, ...about, ...flags(instance), ...both], instance.env);
      }),
    );
  });
  afterAll(async () => {
    await Promise.all([instance, ...registries].map((r) => r.close()));
    await workshop.close();
  });

  test.for([0, 1].flatMap((r) => CASES.map((c) => ({ ...c, r }))))('in registry $r, $signer, $name', async ({ r, signer, way }) => {
    const [name, , verb, , logged] = way;
    const { tagged } = images.get(`${r} ${signer} ${name}`) ?? { tagged: '' };
    const command = verb === 'sign' ? ['verify'] : ['verify-attestation', '--type', TYPE];
    const verify = (argv: readonly string[]) => ask(workshop, [...command, ...argv, tagged]);
    const trust = ['--trusted-root', instance.trustedRoot];
    const keyless = signer === 'keyless';
    const who = keyless ? WHO : ['--key', `${signer}.pub`];

    const good = await verify([...who, ...trust]);
    expect(good, good.why).toMatchObject({ code: 0, outcome: 'verified', verified: { length: 1 } });
    expect(good.evidence[0]?.log).toHaveLength(1);
    expect(good.evidence[0]?.times.map((t) => t.source)).toContainEqual(expect.stringMatching(`^${logged}`));
    if (keyless) expect(good.evidence[0]?.signer).toMatchObject({ kind: 'keyless', subject: SUBJECT, issuer: ISSUER });

    // What is refused does not depend on the registry.
    for (const argv of r > 0
      ? []
      : keyless
        ? [
            ['--certificate-identity', `x${SUBJECT}`, ...WHO.slice(2), ...trust],
            [...WHO.slice(0, 2), '--certificate-oidc-issuer', 'https://other.example', ...trust],
            ['--key', 'stranger.pub', ...trust],
            [...who, '--trusted-root', 'strangers.json'],
            [...who, '--trusted-root', 'other-logs.json'],
          ]
        : [
            ['--key', 'stranger.pub', ...trust],
            [...who, '--trusted-root', 'strangers.json'],
            [...WHO, ...trust],
          ]) {
      const bad = await verify(argv);
      expect(bad, `${argv.join(' ')}: ${bad.why}`).toMatchObject({ code: 1, outcome: 'untrusted' });
    }
  });
});
