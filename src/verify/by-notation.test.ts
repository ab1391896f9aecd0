import { describe, expect, test } from 'vitest';
import { digestOf } from '../oci/digest.ts';
import { createMemoryStore } from '../oci/memory/index.ts';
import { decodeNotationEnvelope } from '../signature/notation/decode.ts';
import { implicit, seq, tagged } from '../testing/authority/encode.ts';
import {
  DAY,
  type Extension,
  type KeyKind,
  makeNotaryAuthority,
  makeTimestampAuthority,
  type NotaryEnvelopeOptions,
  type NotaryLeafOptions,
  notaryChain,
  notaryEnvelope,
  notaryPayload,
  pushImage,
  pushNotation,
} from '../testing/index.ts';
import { createPairCache, parseCertificate } from '../trust/index.ts';
import { fileSubject, imageSubject } from './ask.ts';
import type { Check } from './report.ts';
import type { Facts, NotationAuthority, NotationLevel, VerificationSubject } from './request.ts';
import { type SubjectVerdict, verifyLocated, verifySubject } from './subject.ts';

const now = new Date('2026-03-01T12:00:00Z');
const ago = (days: number): Date => new Date(now.getTime() - days * DAY);
const ours = makeNotaryAuthority({ name: 'acme', now });
const theirs = makeNotaryAuthority({ name: 'evil', now });
const tsa = makeTimestampAuthority({ name: 'by-notation tsa', now });
const root = parseCertificate(ours.root.der);
const tsaRoot = tsa.chain.slice(-1).map((c) => parseCertificate(c.der));

const STRICT: NotationLevel = { authenticity: 'enforce', authenticTimestamp: 'enforce', expiry: 'enforce', revocation: 'enforce' };
const PERMISSIVE: NotationLevel = { ...STRICT, authenticTimestamp: 'log', expiry: 'log', revocation: 'log' };
const AUDIT: NotationLevel = { ...PERMISSIVE, authenticity: 'log' };
const LISTED: Extension = { id: '2.5.29.31', value: seq(seq(tagged(0, tagged(0, implicit(6, Buffer.from('http://crl.test/a')))))) };
const revocable: NotaryLeafOptions = { extensions: (usual) => [...usual, LISTED] };

function policy(more: Partial<NotationAuthority> = {}): NotationAuthority {
  return {
    kind: 'notation',
    name: 'lab',
    stores: { ca: [root], signingAuthority: [], tsa: undefined },
    identities: [new Map([['O', 'acme']])],
    foreignIdentities: [],
    level: STRICT,
    verifyTimestamp: 'always',
    ...more,
  };
}

interface Posing extends Partial<NotaryEnvelopeOptions> {
  readonly by?: typeof ours;
  readonly leaf?: NotaryLeafOptions;
}

/** Asks about a new image with these signatures. */
async function ask(
  signatures: readonly Posing[],
  authorities: readonly NotationAuthority[] = [policy()],
  options: { readonly facts?: Facts; readonly push?: Parameters<typeof pushNotation>[3]; readonly threshold?: number } = {},
): Promise<SubjectVerdict> {
  const store = createMemoryStore();
  const image = pushImage(store, 'app', { tag: 'v1' });
  for (const { by = ours, leaf, at = ago(1), ...rest } of signatures)
    pushNotation(store, image, notaryEnvelope(notaryChain(by, leaf), notaryPayload(image), { at, ...rest }), options.push);
  const stored = await store.resolve('v1');
  if (stored === undefined) throw new Error('no image');
  return verifySubject({
    stores: [store],
    ...imageSubject(stored),
    requirement: {
      kind: 'evidence',
      wanted: { kind: 'signature' },
      authorities,
      threshold: options.threshold ?? 1,
      demands: {},
      trust: { logs: [], ctLogs: [], certificateAuthorities: [], timestampAuthorities: [], pairs: createPairCache() },
    },
    now: now.getTime(),
    ...(options.facts === undefined ? {} : { facts: options.facts }),
  });
}

function check(verdict: SubjectVerdict, id: string): Check | undefined {
  return verdict.evidence[0]?.checks.find((c) => c.id === id);
}

const answering =
  (status: 'good' | 'revoked' | 'unknown'): NonNullable<Facts['revocation']> =>
  async (chain) =>
    chain.slice(0, -1).map((certificate) => ({ certificate, status, reason: 'said so' }));

describe.each(['artifact-type', 'config', 'artifact-manifest'] as const)('a manifest in the form %s', (form) => {
  test.each(['jws', 'cose'] as const)('with an envelope in %s', async (envelope) => {
    const verdict = await ask([{ form: envelope }], [policy()], { push: { form, thumbprints: ['00'.repeat(32)] } });
    expect(verdict).toMatchObject({ outcome: 'verified', errors: [] });
    expect(verdict.evidence).toMatchObject([
      { format: `notation-${envelope}`, found: 'referrers', signer: { kind: 'certificate', subject: 'CN=signer,O=acme,ST=WA,C=US' } },
    ]);
    expect(verdict.evidence[0]?.checks.filter((c) => c.result !== 'pass')).toEqual([]);
  });
});

test('a manifest with two layers is invalid', async () => {
  const edit = (m: Record<string, unknown>): object => ({ ...m, layers: [...(m.layers as object[]), ...(m.layers as object[])] });
  expect(await ask([{}], [policy()], { push: { edit } })).toMatchObject({ outcome: 'invalid' });
});

test("a stranger's signature beside a good one changes nothing", async () => {
  const verdict = await ask([{ by: theirs }, {}, { by: theirs, form: 'cose' }]);
  expect(verdict.outcome).toBe('verified');
  expect(verdict.evidence.map((e) => e.outcome)).toEqual(['verified', 'untrusted', 'untrusted']);
});

describe('several trust policies', () => {
  const strangers = policy({
    name: 'strangers',
    stores: { ca: [parseCertificate(theirs.root.der)], signingAuthority: [], tsa: undefined },
  });

  test('any of them suffices, in whatever order', async () => {
    expect(await ask([{}], [strangers, policy()])).toMatchObject({ outcome: 'verified' });
    expect(await ask([{}], [policy(), strangers])).toMatchObject({ outcome: 'verified' });
  });

  test('of those that refuse, the one that is nearest to taking it is reported', async () => {
    const verdict = await ask([{ at: ago(3), expiry: ago(2) }], [strangers, policy()]);
    expect(verdict.outcome).toBe('expired');
    expect(check(verdict, 'certificate-chain')?.result).toBe('pass');
  });

  test('one signature counts for one of two', async () => {
    expect(await ask([{}], [policy(), policy({ name: 'second' })], { threshold: 2 })).toMatchObject({ outcome: 'untrusted' });
    const other = [
      ['O', 'acme'],
      ['CN', 'other'],
    ] as const;
    // Another name in a certificate of the same key is no other signer.
    const renamed = [{}, { leaf: { subject: other } }];
    expect(await ask(renamed, [policy(), policy({ name: 'second' })], { threshold: 2 })).toMatchObject({ outcome: 'untrusted' });
    const two = [{}, { leaf: { subject: other, keyKind: 'p384' as const } }];
    expect(await ask(two, [policy(), policy({ name: 'second' })], { threshold: 2 })).toMatchObject({ outcome: 'verified' });
  });
});

describe('levels', () => {
  test.each([
    ['authenticity', AUDIT, { by: theirs }, 'certificate-chain', 'untrusted'],
    ['the trusted identity', AUDIT, { leaf: { subject: [['O', 'other']] as const } }, 'identity', 'untrusted'],
    ['expiry', PERMISSIVE, { at: ago(3), expiry: ago(2) }, 'expiry', 'expired'],
    [
      'the authentic timestamp',
      PERMISSIVE,
      { leaf: { notBefore: ago(60), notAfter: ago(10) }, at: ago(30) },
      'certificate-time',
      'expired',
    ],
    ['revocation', PERMISSIVE, { leaf: revocable }, 'revocation', 'revoked'],
  ] as const)('%s is only logged where the level says so', async (_what, level, posing, id, outcome) => {
    const facts = { revocation: answering(id === 'revocation' ? 'revoked' : 'good') };
    const strict = await ask([posing as Posing], [policy()], { facts });
    expect(strict.outcome).toBe(outcome);
    const logged = await ask([posing as Posing], [policy({ level })], { facts });
    expect(logged.outcome, JSON.stringify(logged.evidence[0]?.checks)).toBe('verified');
    expect(check(logged, id)).toMatchObject({ result: 'fail', outcome, enforced: false });
  });

  test('integrity is enforced at every level', async () => {
    const flipped = (signature: Buffer): Buffer => Buffer.from(signature).reverse();
    expect(await ask([{ bend: { signature: flipped } }], [policy({ level: AUDIT })])).toMatchObject({ outcome: 'invalid' });
    expect(await ask([{ attributes: [{ name: 'a', value: 1, critical: true }] }], [policy({ level: AUDIT })])).toMatchObject({
      outcome: 'invalid',
    });
    const strange = { by: theirs, attributes: [{ name: 'a', value: 1, critical: true }] };
    expect(await ask([strange], [policy({ level: AUDIT })])).toMatchObject({ outcome: 'invalid' });
  });

  test("a stranger's certificate that names no place cannot be revoked, and of one that names some nothing is known", async () => {
    const level: NotationLevel = { ...STRICT, authenticity: 'log' };
    expect(await ask([{ by: theirs }], [policy({ level })])).toMatchObject({ outcome: 'verified' });
    const facts = { revocation: answering('good') };
    expect(await ask([{ by: theirs, leaf: revocable }], [policy({ level })], { facts })).toMatchObject({ outcome: 'inconclusive' });
  });

  test('what is not known is inconclusive when enforced, and stays so when only logged', async () => {
    const facts = { revocation: answering('unknown') };
    expect(await ask([{ leaf: revocable }], [policy()], { facts })).toMatchObject({ outcome: 'inconclusive' });
    const logged = await ask([{ leaf: revocable }], [policy({ level: PERMISSIVE })], { facts });
    expect(logged.outcome).toBe('verified');
    expect(check(logged, 'revocation')).toMatchObject({ result: 'inconclusive', enforced: false });
  });

  test('what is skipped is not even mentioned', async () => {
    const verdict = await ask([{ leaf: revocable }], [policy({ level: { ...STRICT, revocation: 'skip' } })]);
    expect(verdict.outcome).toBe('verified');
    expect(check(verdict, 'revocation')).toBeUndefined();
  });
});

describe('the outside', () => {
  test('is not asked about envelopes of strangers, nor about what nobody signed', async () => {
    const asked: string[] = [];
    const facts: Facts = {
      async revocation() {
        asked.push('revocation');
        return [];
      },
      plugins: {
        async call() {
          asked.push('plugin');
          return {};
        },
      },
    };
    const plugin = { name: 'com.acme.plugin' };
    const reversed = (signature: Buffer): Buffer => Buffer.from(signature).reverse();
    for (const level of [STRICT, AUDIT]) {
      await ask([{ by: theirs, leaf: revocable, plugin }], [policy({ level })], { facts });
      await ask([{ leaf: revocable, plugin, bend: { signature: reversed } }], [policy({ level })], { facts });
    }
    expect(asked).toEqual([]);
  });

  test('is told the time that is proven, and the present', async () => {
    const seen: unknown[] = [];
    const facts: Facts = {
      async revocation(chain, { now: asked, signedAt }) {
        seen.push([chain.length, asked, signedAt]);
        return answering('good')(chain, { now: asked });
      },
    };
    const stores = { ca: [root], signingAuthority: [root], tsa: tsaRoot };
    await ask([{ timestamp: { tsa, at: ago(1) } }], [policy({ stores })], { facts });
    // The authority's own chain, then the signer's; its accuracy is a second.
    expect(seen).toEqual([
      [2, now.getTime(), undefined],
      [2, now.getTime(), ago(1).getTime() + 1000],
    ]);
    seen.length = 0;
    await ask([{ scheme: 'notary.x509.signingAuthority', at: ago(2) }], [policy({ stores })], { facts });
    expect(seen).toEqual([[2, now.getTime(), ago(2).getTime()]]);
  });

  test('gives verified times only', async () => {
    const stores = { ca: [root], signingAuthority: [], tsa: tsaRoot };
    const verdict = await ask([{ timestamp: { tsa, at: ago(1) } }], [policy({ stores })]);
    expect(verdict.evidence[0]?.times).toEqual([{ source: 'rfc3161 CN=by-notation tsa signer', time: ago(1) }]);
    const without = await ask([{ timestamp: { tsa, at: ago(1) } }]);
    expect(without.evidence[0]?.times).toEqual([]);
  });
});

test('a verification plugin is asked as the contract 1.0 has it', async () => {
  const requests: [string, string, unknown][] = [];
  const facts: Facts = {
    plugins: {
      async call(plugin, command, request) {
        requests.push([plugin, command, request]);
        if (command === 'get-plugin-metadata')
          return {
            name: plugin,
            description: 'd',
            version: '2.0.0',
            url: 'u',
            supportedContractVersions: ['1.0'],
            capabilities: ['SIGNATURE_VERIFIER.TRUSTED_IDENTITY', 'SIGNATURE_VERIFIER.REVOCATION_CHECK', 'SIGNATURE_GENERATOR.RAW'],
          };
        return {
          verificationResults: { 'SIGNATURE_VERIFIER.TRUSTED_IDENTITY': { success: true, reason: 'known' } },
          processedAttributes: ['acme.must'],
        };
      },
    },
  };
  const posing: Posing = {
    expiry: ago(-1),
    plugin: { name: 'com.acme.plugin', minVersion: '1.5.0' },
    attributes: [
      { name: 'acme.must', value: 'x', critical: true },
      { name: 'acme.may', value: 'y', critical: false },
    ],
  };
  const authority = policy({
    identities: [
      new Map([
        ['C', 'US'],
        ['ST', 'WA'],
        ['O', 'other, Inc.'],
      ]),
    ],
    foreignIdentities: ['acme:profile/1'],
    level: { ...STRICT, revocation: 'skip' },
  });
  const verdict = await ask([posing], [authority], { facts });
  expect(verdict.outcome, JSON.stringify(verdict.evidence[0]?.checks)).toBe('verified');
  expect(check(verdict, 'identity')?.reason).toContain('known');
  expect(requests).toEqual([
    ['com.acme.plugin', 'get-plugin-metadata', { pluginConfig: {} }],
    [
      'com.acme.plugin',
      'verify-signature',
      {
        contractVersion: '1.0',
        signature: {
          criticalAttributes: {
            contentType: 'application/vnd.cncf.notary.payload.v1+json',
            signingScheme: 'notary.x509',
            expiry: '2026-03-02T12:00:00Z',
            verificationPlugin: 'com.acme.plugin',
            verificationPluginMinVersion: '1.5.0',
            extendedAttributes: { 'acme.must': 'x' },
          },
          unprocessedAttributes: ['acme.must'],
          certificateChain: notaryChain(ours).map((c, i) => (i === 0 ? expect.any(String) : c.der.toString('base64'))),
        },
        trustPolicy: {
          trustedIdentities: ['x509.subject: C=US, ST=WA, O=other\\, Inc.', 'acme:profile/1'],
          signatureVerification: ['SIGNATURE_VERIFIER.TRUSTED_IDENTITY'],
        },
        pluginConfig: {},
      },
    ],
  ]);
});

describe('a file', () => {
  const bytes = Buffer.from('content of the file');
  const digests = fileSubject(bytes).digests;
  const about = (keyKind: KeyKind, algorithm: string, change: object = {}) => {
    const target = { mediaType: 'text/plain', digest: `${algorithm}:${digests.get(algorithm)}`, size: bytes.length, ...change };
    return notaryEnvelope(notaryChain(ours, { keyKind }), notaryPayload(target), { at: ago(1) });
  };
  async function outcome(envelope: Uint8Array, subject: VerificationSubject = fileSubject(bytes)): Promise<string> {
    const content = decodeNotationEnvelope(envelope);
    const located = { format: content.format, digest: digestOf(envelope), found: 'file', storedAs: undefined, content } as const;
    const verdict = await verifyLocated([located], {
      subject,
      requirement: {
        kind: 'evidence',
        wanted: { kind: 'signature' },
        authorities: [policy()],
        threshold: 1,
        demands: {},
        trust: { logs: [], ctLogs: [], certificateAuthorities: [], timestampAuthorities: [], pairs: createPairCache() },
      },
      now: now.getTime(),
    });
    return verdict.outcome;
  }

  test.each([
    ['p256', 'sha256'],
    ['p384', 'sha384'],
    ['p521', 'sha512'],
    ['rsa2048', 'sha256'],
  ] as const)('signed by %s has its digest by %s', async (kind, algorithm) => {
    expect(await outcome(about(kind, algorithm))).toBe('verified');
    for (const other of ['sha256', 'sha384', 'sha512'].filter((a) => a !== algorithm))
      expect(await outcome(about(kind, other))).toBe('invalid');
  });

  test('of which only another digest is known is inconclusive, and by its own it is verified', async () => {
    const by = (algorithm: string): VerificationSubject => ({
      digests: new Map([[algorithm, digests.get(algorithm) ?? '']]),
      bytes: undefined,
    });
    expect(await outcome(about('p384', 'sha384'), by('sha384'))).toBe('verified');
    expect(await outcome(about('p384', 'sha384'), by('sha256'))).toBe('inconclusive');
  });

  test('has a media type only where one is asked for', async () => {
    expect(await outcome(about('p256', 'sha256'), { ...fileSubject(bytes), mediaType: 'text/plain' })).toBe('verified');
    expect(await outcome(about('p256', 'sha256'), { ...fileSubject(bytes), mediaType: 'text/html' })).toBe('invalid');
  });

  test('has another size, another content or another digest', async () => {
    expect(await outcome(about('p256', 'sha256', { size: 1 }))).toBe('invalid');
    expect(await outcome(about('p256', 'sha256', { digest: `sha256:${'0'.repeat(64)}` }))).toBe('invalid');
    expect(await outcome(about('p256', 'sha256'), fileSubject(Buffer.from('other content, of it')))).toBe('invalid');
  });
});

test('the evidence has an id of its own, over its signer and what was signed', async () => {
  const [a, b] = await Promise.all([ask([{}]), ask([{ form: 'cose' }])]);
  expect(a.evidence[0]?.id).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(a.evidence[0]?.id).not.toBe(b.evidence[0]?.id);
  expect(a.evidence[0]?.id).not.toBe(digestOf(new Uint8Array()));
});
