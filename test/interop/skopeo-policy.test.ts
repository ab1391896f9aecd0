import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask } from './lab/ask.ts';
import { digestOfText, type Gpg, hasGpg, simplePayload, skopeo } from './lab/gpg.ts';
import type { LabImage } from './lab/images.ts';
import { openPolicyWorld, type PolicyWorld } from './lab/policy-world.ts';
import type { Workshop } from './lab/workshop.ts';
import { lacksPeers } from './peers.ts';

type Requirement = Record<string, unknown>;

/** A policy, what lies in the lookaside, and what both have to say. */
interface Row {
  readonly says: string;
  readonly policy: () => Requirement[] | { default: Requirement[]; transports: unknown };
  /** What lies in the lookaside; absent: what skopeo wrote. */
  readonly signatures?: () => Promise<readonly (Buffer | string)[]>;
  readonly reference?: () => string;
  readonly allowed: boolean;
  /** The outcome that Assay gives with its no. */
  readonly outcome?: string;
  /** Where Assay says no to what skopeo takes: with this outcome. */
  readonly stricter?: string;
  /** Where this old skopeo says no, and a newer containers/image yes. */
  readonly newer?: true;
  /** Another image than the usual one. */
  readonly image?: () => LabImage;
}

const REJECT = [{ type: 'reject' }];

describe.skipIf(!hasGpg() || lacksPeers(['skopeo', '1'], ['cosign', '2.5'], ['cosign', '3'], ['docker-registry']))(
  'policy.json, judged by skopeo',
  () => {
    let world: PolicyWorld;
    let workshop: Workshop;
    let gpg: Gpg;
    let image: LabImage;
    const fingerprint = (name: string): string => world.keys.get(name)?.fingerprint ?? '';
    const file = (name: string): string => world.keys.get(name)?.file ?? '';

    beforeAll(async () => {
      world = await openPolicyWorld();
      ({ workshop, gpg, image } = world);
    });
    afterAll(() => world.close());

    const signedBy = (name: string, more: Requirement = {}): Requirement => ({
      type: 'signedBy',
      keyType: 'GPGKeys',
      keyPath: file(name),
      ...more,
    });
    const payload = (critical: object = {}, whole: object = {}): string => simplePayload(image.digest, image.tagged, critical, whole);
    const by = (name: string, content = payload(), options: readonly string[] = []) => gpg.sign(content, [fingerprint(name)], options);
    const scopes = (transports: unknown, fallback: Requirement[] = REJECT) => ({ default: fallback, transports });

    const rows: readonly Row[] = [
      ...['ed25519', 'p256', 'p384', 'rsa'].map(
        (kind): Row => ({
          says: `signed by ${kind}`,
          policy: () => [signedBy(kind)],
          signatures: async () => [await by(kind)],
          allowed: true,
        }),
      ),
      {
        says: 'signed by skopeo itself',
        policy: () => [signedBy('p256')],
        signatures: async () => {
          writeFileSync(
            workshop.path('manifest.json'),
            Buffer.from(
              await (await fetch(`http://${image.host}/v2/ns/app/manifests/v1`, { headers: { accept: image.mediaType } })).arrayBuffer(),
            ),
          );
          const ran = await skopeo(workshop, ['standalone-sign', 'manifest.json', image.tagged, fingerprint('p256'), '-o', 'by-skopeo']);
          if (ran.code !== 0) throw new Error(ran.stderr);
          return [workshop.read('by-skopeo')];
        },
        allowed: true,
      },
      {
        says: 'signed by a subkey',
        policy: () => [signedBy('subkeyed')],
        signatures: async () => {
          const { stdout } = await gpg.run(['--with-colons', '--fingerprint', '--fingerprint', fingerprint('subkeyed')]);
          const sub = [...stdout.matchAll(/^fpr:+([0-9A-F]{40}):/gm)].map((m) => m[1] ?? '')[1] ?? '';
          return [await gpg.sign(payload(), [sub])];
        },
        allowed: true,
        newer: true,
      },
      ...['none', 'zip', 'zlib'].map(
        (how): Row => ({
          says: `compressed with ${how}`,
          policy: () => [signedBy('ed25519')],
          signatures: async () => [await by('ed25519', payload(), ['--compress-algo', how])],
          allowed: true,
        }),
      ),
      ...['SHA384', 'SHA512'].map(
        (hash): Row => ({
          says: `hashed with ${hash}`,
          policy: () => [signedBy('rsa')],
          signatures: async () => [await by('rsa', payload(), ['--digest-algo', hash])],
          allowed: true,
        }),
      ),
      {
        says: 'compressed with bzip2',
        policy: () => [signedBy('ed25519')],
        signatures: async () => [await by('ed25519', payload(), ['--compress-algo', 'bzip2'])],
        allowed: true,
        stricter: 'inconclusive',
      },
      {
        says: 'hashed with SHA-1',
        policy: () => [signedBy('rsa')],
        signatures: async () => [await by('rsa', payload(), ['--digest-algo', 'SHA1', '--personal-digest-preferences', 'SHA1'])],
        allowed: true,
        stricter: 'invalid',
      },
      {
        says: 'a text signature',
        policy: () => [signedBy('ed25519')],
        signatures: async () => [await by('ed25519', payload(), ['--textmode'])],
        allowed: true,
        stricter: 'invalid',
      },
      { says: 'nothing is signed', policy: () => [signedBy('ed25519')], signatures: async () => [], allowed: false, outcome: 'unsigned' },
      {
        says: 'a stranger signed',
        policy: () => [signedBy('ed25519')],
        signatures: async () => [await by('stranger')],
        allowed: false,
        outcome: 'untrusted',
      },
      {
        says: 'the second signature is good',
        policy: () => [signedBy('ed25519')],
        signatures: async () => [await by('stranger'), await by('ed25519')],
        allowed: true,
      },
      {
        says: 'the key is one of those in keyData',
        policy: () => [
          {
            type: 'signedBy',
            keyType: 'GPGKeys',
            keyData: Buffer.concat([workshop.read('stranger.gpg'), workshop.read('ed25519.gpg')]).toString('base64'),
          },
        ],
        signatures: async () => [await by('ed25519')],
        allowed: true,
      },
      {
        says: 'two requirements, one is met',
        policy: () => [signedBy('ed25519'), signedBy('p256')],
        signatures: async () => [await by('ed25519')],
        allowed: false,
      },
      {
        says: 'two requirements, both are met',
        policy: () => [signedBy('ed25519'), signedBy('p256')],
        signatures: async () => [await by('ed25519'), await by('p256')],
        allowed: true,
      },
      {
        says: 'one message by two keys',
        policy: () => [signedBy('ed25519')],
        signatures: async () => [await gpg.sign(payload(), [fingerprint('ed25519'), fingerprint('p256')])],
        allowed: false,
        outcome: 'invalid',
      },
      {
        says: 'accepted with a reject',
        policy: () => [signedBy('ed25519'), ...REJECT],
        signatures: async () => [await by('ed25519')],
        allowed: false,
      },
      { says: 'anything is accepted', policy: () => [{ type: 'insecureAcceptAnything' }], signatures: async () => [], allowed: true },
      {
        says: 'anything is accepted, and a signature is asked for',
        policy: () => [{ type: 'insecureAcceptAnything' }, signedBy('ed25519')],
        signatures: async () => [],
        allowed: false,
      },
      {
        says: 'of another image',
        policy: () => [signedBy('ed25519')],
        signatures: async () => [await by('ed25519', simplePayload(digestOfText('other'), image.tagged))],
        allowed: false,
        outcome: 'invalid',
      },
      ...(
        [
          ['of another type', { type: 'cosign container image signature' }, {}],
          ['with an unknown critical member', { extra: 1 }, {}],
          ['with an unknown member', {}, { extra: 1 }],
          ['without identity', { identity: {} }, {}],
          ['with two members in the identity', { identity: { 'docker-reference': 'REF', more: 1 } }, {}],
          ['with optional null', {}, { optional: null }],
          ['with a creator that is no text', {}, { optional: { creator: 1 } }],
          ['with a time that is no integer', {}, { optional: { timestamp: 1.5 } }],
        ] as const
      ).map(
        ([says, critical, whole]): Row => ({
          says: `a payload ${says}`,
          policy: () => [signedBy('ed25519')],
          signatures: async () => [await by('ed25519', payload(JSON.parse(JSON.stringify(critical).replace('REF', image.tagged)), whole))],
          allowed: false,
          outcome: 'invalid',
        }),
      ),
      {
        says: 'a payload with a name twice',
        policy: () => [signedBy('ed25519')],
        signatures: async () => [await by('ed25519', payload().replace('"critical"', '"optional":{},"critical"'))],
        allowed: false,
        outcome: 'invalid',
      },
      {
        says: 'a changed message',
        policy: () => [signedBy('ed25519')],
        signatures: async () => {
          const message = await by('ed25519', payload(), ['--compress-algo', 'none']);
          const at = message.indexOf('timestamp');
          message.write('Timestamp', at);
          return [message];
        },
        allowed: false,
        outcome: 'invalid',
      },
      {
        says: 'an armored message',
        policy: () => [signedBy('ed25519')],
        signatures: async () => [await by('ed25519', payload(), ['--armor'])],
        allowed: false,
      },
      { says: 'text in place of a message', policy: () => [signedBy('ed25519')], signatures: async () => ['no signature'], allowed: false },
      {
        says: 'an expired key',
        policy: () => [signedBy('lapsed')],
        signatures: async () => [await by('lapsed', payload(), ['--faked-system-time', '20200110T000000'])],
        allowed: false,
        outcome: 'expired',
      },
      {
        says: 'an expired signature',
        policy: () => [signedBy('old')],
        signatures: async () => [await by('old', payload(), ['--faked-system-time', '20240102T000000', '--default-sig-expire', '1d'])],
        allowed: false,
        outcome: 'expired',
      },
      {
        says: 'a signature from the future',
        policy: () => [signedBy('ed25519')],
        signatures: async () => [await by('ed25519', payload(), ['--faked-system-time', '20990101T000000'])],
        allowed: true,
        stricter: 'invalid',
      },
      {
        says: 'a revoked key',
        policy: () => [signedBy('revoked')],
        signatures: async () => {
          const signature = await by('revoked');
          const home = workshop.path(`gnupg/openpgp-revocs.d/${fingerprint('revoked')}.rev`);
          const text = workshop.read(`gnupg/openpgp-revocs.d/${fingerprint('revoked')}.rev`).toString();
          writeFileSync(home, text.replace(':-----BEGIN', '-----BEGIN'));
          await gpg.run(['--import', home]);
          await gpg.exportKey(fingerprint('revoked'), 'revoked.gpg');
          return [signature];
        },
        allowed: false,
        outcome: 'revoked',
      },
      // --- identities ---
      ...(
        [
          ['matchExact', 'v1', (i: LabImage) => i.tagged, { type: 'matchExact' }, true],
          ['matchExact, another tag', 'v2', (i: LabImage) => i.tagged, { type: 'matchExact' }, false],
          ['matchExact, by digest', 'v1', (i: LabImage) => i.reference, { type: 'matchExact' }, false],
          ['the default, another tag', 'v2', (i: LabImage) => i.tagged, undefined, false],
          ['the default, by digest', 'v2', (i: LabImage) => i.reference, undefined, true],
          ['the default, without a tag', '', (i: LabImage) => i.reference, undefined, false],
          ['matchRepository, another tag', 'v2', (i: LabImage) => i.tagged, { type: 'matchRepository' }, true],
          ['matchRepository, without a tag', '', (i: LabImage) => i.tagged, { type: 'matchRepository' }, true],
          [
            'exactReference of another tag',
            'v1',
            (i: LabImage) => i.tagged,
            { type: 'exactReference', dockerReference: 'HOST/ns/app:v2' },
            false,
          ],
          ['exactReference', 'v1', (i: LabImage) => i.reference, { type: 'exactReference', dockerReference: 'HOST/ns/app:v1' }, true],
          ['exactRepository', 'v7', (i: LabImage) => i.tagged, { type: 'exactRepository', dockerRepository: 'HOST/ns/app' }, true],
          [
            'exactRepository of another',
            'v1',
            (i: LabImage) => i.tagged,
            { type: 'exactRepository', dockerRepository: 'HOST/ns/apps' },
            false,
          ],
        ] as const
      ).map(
        ([says, tag, reference, signedIdentity, allowed]): Row => ({
          says: `identity: ${says}`,
          policy: () => [
            signedBy(
              'ed25519',
              signedIdentity === undefined
                ? {}
                : { signedIdentity: JSON.parse(JSON.stringify(signedIdentity).replace('HOST', image.host)) },
            ),
          ],
          signatures: async () => [await by('ed25519', simplePayload(image.digest, `${image.repository}${tag === '' ? '' : `:${tag}`}`))],
          reference: () => reference(image),
          allowed,
          ...(allowed ? {} : { outcome: 'denied' }),
        }),
      ),
      ...(
        [
          ['the host', 'HOST', 'quay.example', 'quay.example/ns/app:v1', true],
          ['the namespace', 'HOST/ns', 'docker.io/library', 'app:v1', true],
          ['half a component', 'HOST/n', 'quay.example/n', 'quay.example/ns/app:v1', false],
          ['no prefix of it', 'other.example', 'quay.example', 'HOST/ns/app:v1', true],
          ['the host, signed for the image itself', 'HOST', 'quay.example', 'HOST/ns/app:v1', false],
        ] as const
      ).map(
        ([says, prefix, signedPrefix, signed, allowed]): Row => ({
          says: `identity: remapIdentity of ${says}`,
          policy: () => [
            signedBy('ed25519', { signedIdentity: { type: 'remapIdentity', prefix: prefix.replace('HOST', image.host), signedPrefix } }),
          ],
          signatures: async () => [await by('ed25519', simplePayload(image.digest, signed.replace('HOST', image.host)))],
          allowed,
          ...(allowed ? {} : { outcome: 'denied' }),
        }),
      ),
      // --- scopes ---
      ...(
        [
          ['the reference itself before its repository', { 'HOST/ns/app:v1': 'yes', 'HOST/ns/app': 'no' }, true],
          ['another tag of the repository', { 'HOST/ns/app:v2': 'yes', 'HOST/ns/app': 'no' }, false],
          ['the namespace', { 'HOST/ns': 'yes', HOST: 'no' }, true],
          ['the host before the transport', { HOST: 'no', '': 'yes' }, false],
          ['the host without its port', { '127.0.0.1': 'yes' }, false],
          ['a wildcard without the port', { '*.0.0.1': 'yes' }, true],
          ['a wildcard with the port', { '*.0.0.1:PORT': 'yes' }, false],
          ['the nearest wildcard', { '*.1': 'yes', '*.0.0.1': 'no' }, false],
          ['the transport', { '': 'yes' }, true],
          ['half a component', { 'HOST/n': 'yes' }, false],
        ] as const
      ).map(
        ([says, named, allowed]): Row => ({
          says: `scope: ${says}`,
          policy: () =>
            scopes({
              docker: Object.fromEntries(
                Object.entries(named).map(([scope, what]) => [
                  scope.replace('HOST', image.host).replace('PORT', image.host.split(':')[1] ?? ''),
                  what === 'yes' ? [{ type: 'insecureAcceptAnything' }] : REJECT,
                ]),
              ),
            }),
          signatures: async () => [],
          allowed,
        }),
      ),
      // --- what skopeo and cosign write themselves ---
      { says: 'skopeo copy --sign-by', image: () => world.gpgSigned, policy: () => [signedBy('p256')], allowed: true },
      {
        says: 'skopeo copy --sign-by, another key',
        image: () => world.gpgSigned,
        policy: () => [signedBy('ed25519')],
        allowed: false,
        outcome: 'untrusted',
      },
      ...(
        [
          ['with a tag, the default identity', () => world.withTag, 'cosign', undefined, true, undefined],
          ['with a tag, another key', () => world.withTag, 'other', undefined, false, 'untrusted'],
          [
            'skopeo, another repository',
            () => world.withTag,
            'cosign',
            { type: 'exactRepository', dockerRepository: 'a.example/b' },
            false,
            'denied',
          ],
          ['cosign, its repository', () => world.cosigned, 'cosign', { type: 'matchRepository' }, true, undefined],
          ['cosign, the default identity', () => world.cosigned, 'cosign', undefined, false, 'denied'],
          ['cosign, another key', () => world.cosigned, 'other', { type: 'matchRepository' }, false, 'untrusted'],
          ['an image that nobody signed', () => image, 'cosign', { type: 'matchRepository' }, false, 'unsigned'],
        ] as const
      ).map(
        ([says, which, key, signedIdentity, allowed, outcome]): Row => ({
          says: `sigstoreSigned: ${says}`,
          image: which,
          policy: () => [
            { type: 'sigstoreSigned', keyPath: workshop.path(`${key}.pub`), ...(signedIdentity === undefined ? {} : { signedIdentity }) },
          ],
          allowed,
          ...(outcome === undefined ? {} : { outcome }),
        }),
      ),
      {
        says: 'sigstoreSigned and signedBy, only one of them',
        image: () => world.withTag,
        policy: () => [{ type: 'sigstoreSigned', keyData: workshop.read('cosign.pub').toString('base64') }, signedBy('p256')],
        allowed: false,
      },
      {
        says: 'scope: the default',
        policy: () => scopes({ oci: { '': REJECT } }, [{ type: 'insecureAcceptAnything' }]),
        signatures: async () => [],
        allowed: true,
      },
    ];

    test.for(rows)('$says', async (row) => {
      const subject = row.image?.() ?? image;
      const lookaside = workshop.path('lookaside');
      rmSync(lookaside, { recursive: true, force: true });
      const folder = join(lookaside, `ns/app@${image.digest.replace(':', '=')}`);
      mkdirSync(folder, { recursive: true });
      for (const [i, signature] of ((await row.signatures?.()) ?? []).entries())
        writeFileSync(join(folder, `signature-${i + 1}`), signature);
      const config = row.signatures === undefined ? world.configure() : world.configure(lookaside);
      const written = row.policy();
      const policy = workshop.write(
        'policy.json',
        JSON.stringify(Array.isArray(written) ? scopes({ docker: { [subject.repository]: written } }) : written),
      );
      const reference = row.reference?.() ?? subject.tagged;

      const judge = await skopeo(workshop, [
        '--policy',
        policy,
        '--registries.d',
        config,
        'copy',
        '--src-tls-verify=false',
        '--remove-signatures',
        `docker://${reference}`,
        'dir:out',
      ]);
      // Debian builds its skopeo without sigstore: such rows are then judged by what the manual says alone.
      if (!judge.stderr.includes('sigstore disabled')) expect(judge.code === 0, judge.stderr).toBe(row.allowed && row.newer !== true);

      const ours = await ask(workshop, ['verify', '--policy', policy, reference]);
      expect(ours.code === 0, ours.why).toBe(row.allowed && row.stricter === undefined);
      const outcome = row.stricter ?? row.outcome;
      if (outcome !== undefined) expect(ours.outcome, ours.why).toBe(outcome);
    });
  },
);
