import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { importPublicKey } from '../crypto/index.ts';
import { createPairCache } from '../trust/index.ts';
import { exactly, UNSAFE_ANY } from './matcher.ts';
import type { Outcome } from './report.ts';
import type { Authority } from './request.ts';
import type { EvidenceLeaf, Requirement } from './requirement.ts';
import { distinctAuthorities, judge } from './verdict.ts';
import type { Findings } from './verifier.ts';

function key(name: string): Authority {
  return {
    kind: 'key',
    name,
    key: importPublicKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'der' })),
  };
}

function identity(subject: string | undefined): Authority {
  return {
    kind: 'identity',
    name: subject ?? 'any',
    subject: subject === undefined ? UNSAFE_ANY : exactly(subject),
    issuer: exactly('https://issuer.test'),
    claims: new Map(),
  };
}

function found(outcome: Exclude<Outcome, 'unsigned'>, authorities: readonly Authority[] = [], subject?: string): Findings {
  const [first] = authorities;
  const signer =
    subject !== undefined
      ? { kind: 'keyless' as const, issuer: 'https://issuer.test', subject, keyId: `sha256:${subject}` }
      : first?.kind === 'key'
        ? { kind: 'key' as const, keyId: first.key.keyId }
        : undefined;
  return {
    id: '',
    kind: 'signature',
    format: 'sigstore-bundle',
    outcome,
    signer,
    claims: { certificate: new Map(), builder: new Map() },
    predicateType: undefined,
    times: [],
    log: [],
    checks: [],
    payload: undefined,
    authorities,
    statement: undefined,
  };
}

function leaf(authorities: readonly Authority[], threshold = 1): EvidenceLeaf {
  return {
    kind: 'evidence',
    wanted: { kind: 'signature' },
    authorities,
    threshold,
    demands: {},
    trust: { logs: [], ctLogs: [], certificateAuthorities: [], timestampAuthorities: [], pairs: createPairCache() },
  };
}

describe('thresholds count distinct signers of distinct authorities', () => {
  const [a, b, c] = [key('a'), key('b'), key('c')];
  test('two keys, two signatures', () => expect(distinctAuthorities([found('verified', [a]), found('verified', [b])])).toBe(2));
  test('the same signature twice is one', () => expect(distinctAuthorities([found('verified', [a]), found('verified', [a])])).toBe(1));
  test('a key that signs as itself and with a certificate that names it is one signer', () => {
    const byKey = found('verified', [a]);
    const named = found('verified', [identity('x')], 'x');
    const certified = { ...named, signer: { kind: 'certificate' as const, subject: 'x', keyId: byKey.signer?.keyId ?? '' } };
    expect(distinctAuthorities([byKey, certified])).toBe(1);
    expect(distinctAuthorities([certified, byKey])).toBe(1);
    expect(distinctAuthorities([byKey, named])).toBe(2);
  });
  test('one identity with two keys is one signer, and so is whoever holds one of them', () => {
    const first = found('verified', [identity('x')], 'x');
    const renewed = { ...first, signer: { kind: 'keyless' as const, issuer: 'https://issuer.test', subject: 'x', keyId: 'sha256:new' } };
    const byKey = { ...found('verified', [a]), signer: { kind: 'key' as const, keyId: 'sha256:new' } };
    expect(distinctAuthorities([first, byKey])).toBe(2);
    expect(distinctAuthorities([first, byKey, renewed])).toBe(1);
  });
  test('a key that was given twice is one', () => expect(distinctAuthorities([found('verified', [a, { ...a, name: 'again' }])])).toBe(1));
  test('one signer that two identities mean counts once', () => {
    expect(distinctAuthorities([found('verified', [identity('x'), identity(undefined)], 'x')])).toBe(1);
  });
  test('two signers that one identity means count once', () => {
    expect(distinctAuthorities([found('verified', [identity(undefined)], 'x'), found('verified', [identity(undefined)], 'y')])).toBe(1);
  });
  test('signers are matched so that as many authorities as possible count', () => {
    const [wide, narrow] = [identity(undefined), identity('x')];
    expect(distinctAuthorities([found('verified', [wide, narrow], 'x'), found('verified', [wide], 'y')])).toBe(2);
    expect(distinctAuthorities([found('verified', [wide], 'y'), found('verified', [wide, narrow], 'x')])).toBe(2);
  });
  test('too few is untrusted, whatever else is verified', () => {
    expect(judge(leaf([a, b, c], 2), { found: () => [found('verified', [a])] })).toMatchObject({ met: false, outcome: 'untrusted' });
    expect(judge(leaf([a, b, c], 2), { found: () => [found('verified', [a]), found('verified', [c])] })).toMatchObject({
      met: true,
      outcome: 'verified',
    });
  });
});

describe('outcomes decide in the order of the contract', () => {
  const l = leaf([key('a')]);
  test.each([
    [['invalid', 'untrusted'], 'untrusted'],
    [['expired', 'untrusted', 'invalid'], 'expired'],
    [['revoked', 'expired'], 'revoked'],
    [['denied', 'revoked'], 'denied'],
    [['inconclusive', 'denied'], 'inconclusive'],
    [['invalid'], 'invalid'],
    [[], 'unsigned'],
  ] as const)('%j is %s', (outcomes, expected) => {
    expect(judge(l, { found: () => outcomes.map((o) => found(o)) }).outcome).toBe(expected);
  });
});

describe('trees', () => {
  const [x, y, z] = [leaf([key('x')]), leaf([key('y')]), leaf([key('z')])];
  const answers = (met: readonly EvidenceLeaf[]) => (l: EvidenceLeaf) =>
    met.includes(l) ? [found('verified', l.authorities)] : [found('untrusted')];
  const tree = (kind: 'allOf' | 'anyOf'): Requirement => ({ kind, of: [x, y, z] });
  test('allOf needs all, anyOf one, atLeast its count', () => {
    expect(judge(tree('allOf'), { found: answers([x, y]) }).met).toBe(false);
    expect(judge(tree('allOf'), { found: answers([x, y, z]) }).met).toBe(true);
    expect(judge(tree('anyOf'), { found: answers([z]) }).met).toBe(true);
    expect(judge({ kind: 'atLeast', count: 2, of: [x, y, z] }, { found: answers([x]) }).met).toBe(false);
    expect(judge({ kind: 'atLeast', count: 2, of: [x, y, z] }, { found: answers([x, z]) }).met).toBe(true);
  });
  test('an empty tree is met by nothing', () => {
    for (const requirement of [
      { kind: 'allOf', of: [] },
      { kind: 'anyOf', of: [] },
      { kind: 'atLeast', count: 0, of: [] },
    ] as const)
      expect(judge(requirement, { found: () => [] }).met).toBe(false);
  });
});

describe('what is asked of every piece', () => {
  const a = key('a');
  const every = { ...leaf([a]), every: true };
  const good = [found('verified', [a])];
  const refused = { ...found('denied'), checks: [{ id: 'condition', result: 'fail' as const, reason: 'no', outcome: 'denied' as const }] };

  test('is met when everything was read, and not known before', () => {
    expect(judge(every, { found: () => good, complete: true })).toMatchObject({ met: true, outcome: 'verified' });
    expect(judge(every, { found: () => good })).toMatchObject({ met: false, outcome: 'inconclusive' });
    expect(judge({ kind: 'allOf', of: [every] }, { found: () => good })).toMatchObject({ met: false });
  });

  test('is not met when one of them is refused', () => {
    expect(judge(every, { found: () => [...good, refused], complete: true })).toMatchObject({ met: false, outcome: 'denied' });
    expect(judge(leaf([a]), { found: () => [...good, refused], complete: true })).toMatchObject({ met: true });
  });
});
