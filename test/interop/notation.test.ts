/** What notation signs, Assay verifies; what Assay's own tests mint, notation verifies; and both say no to the same. */
import { createHash } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseDigest } from '../../src/oci/digest.ts';
import {
  type KeyKind,
  makeNotaryAuthority,
  type NotaryEnvelopeOptions,
  notaryChain,
  notaryEnvelope,
  notaryPayload,
  pushNotation,
  registrySink,
} from '../../src/testing/authority/index.ts';
import { startRegistry } from '../../src/testing/registry/index.ts';
import { ask } from './lab/ask.ts';
import { type LabAuthority, makeAuthority } from './lab/authorities.ts';
import { type LabImage, pushImage } from './lab/images.ts';
import { type LabNotary, makeNotary, makeWithNotation, notation, SAME_TRUST, writeTrust } from './lab/notation.ts';
import { type LabRegistry, startBoth } from './lab/registries.ts';
import { type LabTsa, serveTimestamps } from './lab/tsa.ts';
import { openWorkshop, type Workshop } from './lab/workshop.ts';
import { lacksPeers } from './peers.ts';

const KINDS = ['rsa2048', 'rsa3072', 'rsa4096', 'p256', 'p384', 'p521'] as const;
const FORMS = ['jws', 'cose'] as const;
const ACME = 'x509.subject: C=US, ST=WA, O=acme';

describe.skipIf(lacksPeers(['notation', '1'], ['docker-registry']))('images that notation signed', () => {
  let workshop: Workshop;
  let registries: readonly LabRegistry[];
  let notary: LabNotary;
  let stranger: LabNotary;
  const images = new Map<string, LabImage>();
  const imageOf = (registry: number, kind: string, form: string): LabImage => {
    const image = images.get(`${registry} ${kind} ${form}`);
    if (image === undefined) throw new Error('no such image');
    return image;
  };

  beforeAll(async () => {
    workshop = openWorkshop('notation');
    registries = await startBoth(workshop);
    notary = await makeNotary(workshop, 'acme');
    stranger = await makeNotary(workshop, 'umbrella');
    for (const kind of KINDS) await notary.addKey(kind);
    for (const [r, { host }] of registries.entries()) {
      for (const kind of KINDS) {
        for (const form of FORMS) {
          const image = await pushImage(host, `r${r}/${kind}/${form}`);
          images.set(`${r} ${kind} ${form}`, image);
          const flags = ['--insecure-registry', `--force-referrers-tag=${r === 0}`, '--signature-format', form];
          await makeWithNotation(workshop, ['sign', ...flags, '--key', kind, '-m', 'stage=prod', '-e', '24h', image.reference]);
        }
      }
    }
    writeTrust(workshop, { ca: [notary.root], identities: [ACME] });
  });
  afterAll(async () => {
    await Promise.all((registries ?? []).map((r) => r.close()));
    await workshop?.close();
  });

  describe.each([0, 1])('in registry %i', (r) => {
    test.for(KINDS.flatMap((kind) => FORMS.map((form) => [kind, form] as const)))('%s, %s', async ([kind, form]) => {
      const image = imageOf(r, kind, form);
      writeTrust(workshop, { ca: [notary.root], identities: [ACME] });
      const answer = await ask(workshop, ['verify', ...SAME_TRUST, '-m', 'stage=prod', image.reference]);
      expect(answer, answer.why).toMatchObject({
        code: 0,
        outcome: 'verified',
        verified: [`notation-${form} by ${registries[r]?.found}`],
        evidence: [{ kind: 'signature', signer: { kind: 'certificate', subject: `CN=${kind} signer,O=acme,ST=WA,C=US` } }],
      });
      const other = await ask(workshop, ['verify', ...SAME_TRUST, '-m', 'stage=dev', image.reference]);
      expect(other, other.why).toMatchObject({ code: 1, outcome: 'denied' });
    });
  });

  test.each([
    ['the same root and subject', () => ({ ca: [notary.root], identities: [ACME] }), 0, 'verified'],
    ['any subject', () => ({ ca: [notary.root] }), 0, 'verified'],
    ['two roots', () => ({ ca: [stranger.root, notary.root], identities: [ACME] }), 0, 'verified'],
    ["a stranger's root", () => ({ ca: [stranger.root], identities: [ACME] }), 1, 'untrusted'],
    ['another subject', () => ({ ca: [notary.root], identities: ['x509.subject: C=US, ST=WA, O=umbrella'] }), 1, 'untrusted'],
    ["a stranger's root at the level audit", () => ({ level: 'audit', ca: [stranger.root], identities: [ACME] }), 0, 'verified'],
    [
      'another subject at the level permissive',
      () => ({ level: 'permissive', ca: [notary.root], identities: [`${ACME}, CN=x`] }),
      1,
      'untrusted',
    ],
  ] as const)('both tools say the same under %s', async (_what, trust, code, outcome) => {
    writeTrust(workshop, trust());
    for (const form of FORMS) {
      const { reference } = imageOf(1, 'p256', form);
      const theirs = await notation(workshop, ['verify', '--insecure-registry', reference]);
      expect(theirs.code, theirs.stderr).toBe(code);
      const ours = await ask(workshop, ['verify', ...SAME_TRUST, reference]);
      expect(ours, ours.why).toMatchObject({ code, outcome });
    }
  });

  test('what is only logged is a warning', async () => {
    writeTrust(workshop, { level: 'audit', ca: [stranger.root], identities: [ACME] });
    const { reference } = imageOf(1, 'p256', 'jws');
    const ran = await workshop.assay(['verify', ...SAME_TRUST, reference, '--output', 'json']);
    const answer = JSON.parse(ran.stdout) as { images: { warnings?: unknown }[]; warnings: { code: string }[] };
    expect(JSON.stringify([answer.warnings, answer.images.map((i) => i.warnings)])).toContain('check-not-enforced');
  });

  test('a key is no trust policy, and a trust policy no key', async () => {
    const { reference } = imageOf(1, 'p256', 'jws');
    await workshop.openssl(['pkey', '-in', 'acme/p256.key', '-pubout', '-out', 'p256.pub']);
    const answer = await ask(workshop, ['verify', '--key', 'p256.pub', '--insecure-ignore-tlog', reference]);
    expect(answer, answer.why).toMatchObject({ code: 1, outcome: 'untrusted' });
  });

  describe('with timestamps', () => {
    let authority: LabAuthority;
    let tsa: LabTsa;
    const stamped = new Map<string, LabImage>();

    beforeAll(async () => {
      authority = await makeAuthority(workshop, 'stamps');
      tsa = await serveTimestamps(authority);
      for (const form of FORMS) {
        const image = await pushImage(registries[1]?.host ?? '', `stamped/${form}`);
        stamped.set(form, image);
        const flags = ['--timestamp-url', tsa.url, '--timestamp-root-cert', authority.root, '--signature-format', form];
        await makeWithNotation(workshop, [
          'sign',
          '--insecure-registry',
          '--force-referrers-tag=false',
          '--key',
          'p256',
          ...flags,
          image.reference,
        ]);
      }
    });
    afterAll(() => tsa?.close());

    test.each(FORMS)('%s', async (form) => {
      const reference = stamped.get(form)?.reference ?? '';
      writeTrust(workshop, { ca: [notary.root], tsa: [authority.root], identities: [ACME] });
      const theirs = await notation(workshop, ['verify', '--insecure-registry', reference]);
      expect(theirs.code, theirs.stderr).toBe(0);
      const ours = await ask(workshop, ['verify', ...SAME_TRUST, reference]);
      expect(ours, ours.why).toMatchObject({ code: 0, outcome: 'verified', evidence: [{ times: [{ source: 'rfc3161 CN=stamps tsa' }] }] });
    });

    test('are refused when another authority is trusted, and when there is none', async () => {
      writeTrust(workshop, { ca: [notary.root], tsa: [stranger.root], identities: [ACME] });
      for (const image of [stamped.get('jws'), imageOf(1, 'p256', 'jws')]) {
        const reference = image?.reference ?? '';
        const theirs = await notation(workshop, ['verify', '--insecure-registry', reference]);
        expect(theirs.code, theirs.stderr).toBe(1);
        const ours = await ask(workshop, ['verify', ...SAME_TRUST, reference]);
        expect(ours, ours.why).toMatchObject({ code: 1, outcome: 'untrusted' });
      }
    });
  });
});

describe.skipIf(lacksPeers(['notation', '1']))('signatures that the test kit mints', () => {
  let workshop: Workshop;
  let registry: Awaited<ReturnType<typeof startRegistry>>;
  const now = new Date();
  const ago = (hours: number): Date => new Date(now.getTime() - hours * 3_600_000);
  const notary = makeNotaryAuthority({ name: 'minted', now, intermediate: true });
  let images = 0;

  beforeAll(async () => {
    workshop = openWorkshop('notation-minted');
    registry = await startRegistry();
    workshop.folderOf('config/notation');
    workshop.write('root.pem', notary.root.pem);
    writeTrust(workshop, { ca: ['root.pem'], identities: [ACME] });
    chmodSync(workshop.path('config/notation/trustpolicy.json'), 0o600);
  });
  afterAll(async () => {
    await registry?.close();
    await workshop?.close();
  });

  async function both(kind: KeyKind, options: Partial<NotaryEnvelopeOptions>, push: Parameters<typeof pushNotation>[3] = {}) {
    const name = `minted/${images++}`;
    const { digest, mediaType, size, reference } = await pushImage(registry.host, name);
    const payload = notaryPayload({ digest, mediaType, size });
    const envelope = notaryEnvelope(notaryChain(notary, { keyKind: kind }), payload, { at: ago(1), ...options });
    const image = { digest: parseDigest(digest), mediaType, size, bytes: new Uint8Array() };
    pushNotation(registrySink(registry.content, name), image, envelope, push);
    const theirs = await notation(workshop, ['verify', '--insecure-registry', reference]);
    const ours = await ask(workshop, ['verify', ...SAME_TRUST, reference]);
    return { theirs: theirs.code, ours: ours.outcome, why: `${theirs.stderr}\n${ours.why}` };
  }

  test.for(KINDS.flatMap((kind) => FORMS.map((form) => [kind, form] as const)))('%s, %s', async ([kind, form]) => {
    const { theirs, ours, why } = await both(kind, { form, expiry: ago(-1) });
    expect([theirs, ours], why).toEqual([0, 'verified']);
  });

  test.for(FORMS.flatMap((form) => (['artifact-type', 'config'] as const).map((manifest) => [form, manifest] as const)))(
    '%s in the form of manifest %s',
    async ([form, manifest]) => {
      const { theirs, ours, why } = await both('p256', { form }, { form: manifest });
      expect([theirs, ours], why).toEqual([0, 'verified']);
    },
  );

  test.for([
    ['an expired signature', { at: ago(3), expiry: ago(2) }, 'expired'],
    ['another algorithm', { bend: { statedAlgorithm: 'ES384' } }, 'invalid'],
    ['a crit that names what is absent', { bend: { crit: (c: readonly string[]) => [...c, 'acme.absent'] } }, 'invalid'],
    ['no crit', { bend: { crit: () => undefined } }, 'invalid'],
    ['an unknown scheme', { bend: { header: { 'io.cncf.notary.signingScheme': 'acme' } } }, 'invalid'],
    ['another content type', { bend: { contentType: 'text/plain' } }, 'invalid'],
    ['a signature that is not the payload’s', { bend: { signature: (s: Buffer) => Buffer.from(s).reverse() } }, 'invalid'],
    [
      'a chain without root',
      {
        bend: {
          certificates: notaryChain(notary)
            .slice(0, 2)
            .map((c) => c.der),
        },
      },
      'invalid',
    ],
  ] as const)('both refuse %s', async ([, options, outcome]) => {
    const { theirs, ours, why } = await both('p256', options);
    expect([theirs, ours], why).toEqual([1, outcome]);
  });

  // notation signs files from version 2 on, which no distribution has yet.
  test.for(FORMS)('a file and its .%s.sig', async (form) => {
    const content = Buffer.from('content of the file');
    const digest = `sha384:${createHash('sha384').update(content).digest('hex')}`;
    const payload = notaryPayload({ digest, mediaType: 'text/plain', size: content.length, annotations: { stage: 'prod' } });
    workshop.write('file.txt', content);
    workshop.write('other.txt', 'content of another');
    workshop.write(`file.txt.${form}.sig`, notaryEnvelope(notaryChain(notary, { keyKind: 'p384' }), payload, { form, at: ago(1) }));
    const { trustPolicies } = JSON.parse(workshop.read('config/notation/trustpolicy.json').toString()) as { trustPolicies: object[] };
    const statements = trustPolicies.map((statement) => ({ ...statement, registryScopes: undefined, globalPolicy: true }));
    workshop.write('blobs.json', JSON.stringify({ version: '1.0', trustPolicies: statements }));
    const trust = ['--trust-policy', 'blobs.json', '--trust-store', 'config/notation/truststore', '--signature', `file.txt.${form}.sig`];
    const good = await ask(workshop, ['verify-blob', ...trust, '-m', 'stage=prod', 'file.txt']);
    expect(good, good.why).toMatchObject({ code: 0, outcome: 'verified', verified: [`notation-${form} by file`] });
    const typed = await ask(workshop, ['verify-blob', ...trust, '--media-type', 'text/html', 'file.txt']);
    expect(typed, typed.why).toMatchObject({ code: 1, outcome: 'invalid' });
    const other = await ask(workshop, ['verify-blob', ...trust, 'other.txt']);
    expect(other, other.why).toMatchObject({ code: 1, outcome: 'invalid' });
  });
});
