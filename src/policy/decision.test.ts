import { describe, expect, test } from 'vitest';
import { AssayError } from '../errors.ts';
import { createMemoryStore } from '../oci/memory/index.ts';
import { createVirtualSigstore, dsseBundle, inTotoStatement, newKey, PREDICATES, pushBundle, pushImage } from '../testing/index.ts';
import { parseTrustedRoot } from '../trust/index.ts';
import { imageSubject, publicKey, type Requirement, signedBy, verifySubject } from '../verify/index.ts';
import { type Decided, decide, pose } from './decision.ts';
import type { CompiledPolicy, ImageSubject, PolicySet } from './policy.ts';

const sigstore = createVirtualSigstore();
const trust = parseTrustedRoot(JSON.stringify(sigstore.trustedRoot()));
const [key, stranger] = [newKey(), newKey()];
const store = createMemoryStore();
const pushed = pushImage(store, 'app', { tag: 'v1' });
pushBundle(store, pushed, dsseBundle(sigstore, { kind: 'key', key }, inTotoStatement(pushed.digest, PREDICATES.sign), { logs: [{}] }));
const image: ImageSubject = { text: 'registry.test/app:v1', repository: 'registry.test/app', tag: 'v1', digest: pushed.digest };
const byKey = signedBy([publicKey(key.spkiPem, 'team')], trust);
const byStranger = signedBy([publicKey(stranger.spkiPem, 'stranger')], trust);

function policy(name: string, requirement: Requirement, more: Partial<CompiledPolicy> = {}): CompiledPolicy {
  return { name, dialect: 'image-policy', mode: 'enforce', applies: () => true, requirement, ...more };
}

async function judged(policies: readonly CompiledPolicy[], noMatch: PolicySet['noMatch'] = 'deny'): Promise<Decided> {
  const posed = pose({ policies, noMatch }, image);
  if (posed.kind === 'decided') return posed.decided;
  const stored = await store.resolve('v1');
  if (stored === undefined) throw new Error('the image is not there');
  const verdict = await verifySubject({
    ...imageSubject(stored),
    stores: [store],
    requirement: posed.requirement,
    now: sigstore.now.getTime(),
  });
  return decide(posed, verdict, image);
}

describe('all policies that are about an image have to be met', () => {
  test('one that is met allows', async () => {
    const { decision, outcome } = await judged([policy('a', byKey)]);
    expect([decision.verdict, outcome]).toEqual(['allow', 'verified']);
    expect(decision.because).toMatchObject([{ policy: 'a', result: 'pass' }]);
  });

  test('one of two that is not met denies, and says who was wanted', async () => {
    const { decision, outcome, reasons } = await judged([policy('a', byKey), policy('b', byStranger)]);
    expect([decision.verdict, outcome]).toEqual(['deny', 'untrusted']);
    expect(decision.because.map((b) => [b.policy, b.result])).toEqual([
      ['a', 'pass'],
      ['b', 'fail'],
    ]);
    expect(reasons.join()).toContain('wanted is a signature by the key stranger');
  });

  test('a policy that only warns does not deny, and its words are warnings', async () => {
    const { decision, outcome, warnings } = await judged([policy('a', byKey), policy('b', byStranger, { mode: 'warn' })]);
    expect([decision.verdict, outcome]).toEqual(['warn', 'untrusted']);
    expect(warnings.map((w) => w.code)).toEqual(['policy-warning']);
  });

  test('a policy that is not about the image is not asked', async () => {
    expect((await judged([policy('a', byKey), policy('b', byStranger, { applies: () => false })])).decision.verdict).toBe('allow');
  });
});

describe('nothing falls back to allow', () => {
  const boom = (): never => {
    throw new AssayError('policy-invalid', 'the glob is none');
  };

  test('a policy that cannot say whether it applies denies', async () => {
    const { decision, outcome } = await judged([policy('a', byKey), policy('b', byKey, { applies: boom })]);
    expect([decision.verdict, outcome]).toEqual(['deny', 'inconclusive']);
    expect(decision.because.at(-1)).toMatchObject({ policy: 'b', result: 'inconclusive' });
  });

  test('a warning policy that cannot be judged hides no refusal of another', async () => {
    const broken = policy('b', byKey, { applies: boom, mode: 'warn' });
    expect((await judged([broken, policy('a', byStranger)])).decision.verdict).toBe('deny');
    expect((await judged([broken, policy('a', byKey)])).decision.verdict).toBe('warn');
  });

  test.each([
    ['deny', 'denied'],
    ['warn', 'untrusted'],
    ['allow', 'untrusted'],
  ] as const)('an image that no policy is about: %s, never verified', async (noMatch, expected) => {
    const { decision, outcome } = await judged([policy('a', byKey, { applies: () => false })], noMatch);
    expect([decision.verdict, outcome]).toEqual([noMatch, expected]);
  });

  test('an image that no policy is about is told what the policies are about', async () => {
    const elsewhere = policy('a', byKey, { applies: () => false, about: ['registry.other/**'] });
    expect((await judged([elsewhere])).reasons.join()).toContain('a is about registry.other/**');
  });

  test('what is waved through is not verified', async () => {
    const { decision, outcome } = await judged([policy('a', { kind: 'static', met: true, reason: 'static: pass' })]);
    expect([decision.verdict, outcome]).toEqual(['allow', 'unsigned']);
  });

  test('a requirement of nothing allows nobody', async () => {
    expect((await judged([policy('a', { kind: 'allOf', of: [] })])).decision.verdict).toBe('deny');
  });
});

describe('a revoked image', () => {
  const revoked = {
    images: new Map([[pushed.digest, 'CVE']]),
    evidence: new Map(),
    keys: new Map(),
    certificates: new Map(),
    logEntries: new Map(),
    identities: [],
  };

  test('is revoked before anything is asked', () => {
    const posed = pose({ policies: [policy('a', byKey, { revoked })], noMatch: 'deny' }, image);
    expect(posed).toMatchObject({ kind: 'decided', decided: { outcome: 'revoked', decision: { verdict: 'deny' } } });
  });

  test('a list that is not there makes the answer inconclusive', async () => {
    const { decision, outcome } = await judged([
      policy('a', byKey, { revoked: { ...revoked, images: new Map(), unavailable: 'the list is 3 days old' } }),
    ]);
    expect([decision.verdict, outcome]).toEqual(['deny', 'inconclusive']);
  });
});

test('the same policies put the same question, so that verdicts are remembered', () => {
  const set: PolicySet = { policies: [policy('a', byKey), policy('b', byStranger)], noMatch: 'deny' };
  const [first, second] = [pose(set, image), pose(set, { ...image, text: 'other' })];
  if (first.kind !== 'ask' || second.kind !== 'ask') throw new Error('nothing is asked');
  expect(second.requirement).toBe(first.requirement);
});
