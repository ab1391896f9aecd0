import { describe, expect, test } from 'vitest';
import { children, der, encodingOf, readDer } from '../../codec/der/index.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import {
  basicConstraints,
  type CertificateParts,
  DAY,
  type Extension,
  extendedKeyUsage,
  fulcioClaim,
  issueLeaf,
  keyUsage,
  type Certificate as Made,
  makeAuthority,
  makeCertificate,
  makeIntermediate,
  nameConstraints,
  newKey,
  OID,
  sign,
  subjectAltName,
  subjectKeyId,
} from '../../testing/index.ts';
import { createPairCache, findPaths, type PathResult, parseCertificate, validAt } from './index.ts';

const NOW = new Date('2025-03-01T00:00:00Z');
const ct = { key: newKey() };
const ca = makeAuthority({ now: NOW, keyKind: 'p256' });
const stranger = makeAuthority({ now: NOW, keyKind: 'p256', name: 'stranger' });
const read = (made: Made) => parseCertificate(made.der);

interface Graph {
  readonly anchors: readonly Made[];
  readonly intermediates?: readonly Made[];
  readonly usage?: 'codeSigning' | 'timeStamping';
}

function find(leaf: Made, { anchors, intermediates = [], usage = 'codeSigning' }: Graph): PathResult {
  return findPaths(read(leaf), { anchors: anchors.map(read), intermediates: intermediates.map(read), usage });
}

function outcome(leaf: Made, graph: Graph): string {
  const found = find(leaf, graph);
  return 'paths' in found ? `${found.paths.length} paths` : `${found.problem}: ${found.reason}`;
}

const usual: Graph = { anchors: [ca.root], intermediates: [ca.issuing] };
const leaf = (options: Parameters<typeof issueLeaf>[3] = {}) => issueLeaf(ca, ct, NOW, { scts: null, ...options });
const without = (id: string) => (list: readonly Extension[]) => list.filter((e) => e.id !== id);
const replaced = (extension: Extension) => (list: readonly Extension[]) => [...without(extension.id)(list), extension];
const policies: Extension = { id: '2.5.29.32', critical: true, value: Buffer.from('300630040602 2a03'.replace(/ /g, ''), 'hex') };

describe('a path that holds', () => {
  test('leads from the leaf over the intermediate to the anchor', () => {
    const found = find(leaf(), usual);
    expect('paths' in found && found.paths.map((p) => p.certificates.map((c) => c.subjectText))).toEqual([
      ['', 'CN=virtual intermediate,O=virtual', 'CN=virtual root,O=virtual'],
    ]);
  });

  test('may start at an intermediate that is itself the anchor', () => {
    expect(outcome(leaf(), { anchors: [ca.issuing] })).toBe('1 paths');
  });

  test.each(['p256', 'p384', 'p521', 'rsa2048', 'ed25519'] as const)('is signed by a CA whose key is %s', (keyKind) => {
    const other = makeAuthority({ now: NOW, keyKind });
    expect(outcome(issueLeaf(other, ct, NOW, { scts: null }), { anchors: [other.root], intermediates: [other.issuing] })).toBe('1 paths');
  });

  test('does not need the signature of the anchor', () => {
    const root = makeAuthority({ now: NOW, keyKind: 'p256', intermediate: false });
    const resigned = makeCertificate({ ...partsOf(root.root), bend: { signingKey: newKey() } });
    expect(outcome(issueLeaf(root, ct, NOW, { scts: null }), { anchors: [resigned] })).toBe('1 paths');
  });

  test('exists as often as there are anchors for it', () => {
    const again = makeIntermediate(ca.root, { key: ca.issuing.key, name: 'virtual intermediate' });
    expect(outcome(leaf(), { anchors: [ca.root, again], intermediates: [ca.issuing] })).toBe('1 paths');
    const cross = makeIntermediate(stranger.root, { key: ca.root.key, subject: ca.root.subject, pathLength: 1 });
    expect(outcome(leaf(), { anchors: [stranger.root], intermediates: [ca.issuing, cross] })).toMatch(/^invalid: .*longer than/);
    const roomy = makeAuthority({ now: NOW, keyKind: 'p256', name: 'roomy', rootPathLength: null });
    const bridge = makeIntermediate(roomy.root, { key: ca.root.key, subject: ca.root.subject, pathLength: 1 });
    expect(outcome(leaf(), { anchors: [ca.issuing, roomy.root], intermediates: [ca.issuing, bridge] })).toBe('1 paths');
    expect(outcome(leaf(), { anchors: [roomy.root], intermediates: [ca.issuing, bridge] })).toBe('1 paths');
    const twin = makeCertificate({ ...partsOf(ca.issuing), issuer: roomy.root });
    expect(outcome(leaf(), { anchors: [ca.root, roomy.root], intermediates: [ca.issuing, twin] })).toBe('2 paths');
  });

  test('ends in a loop of cross certificates without harm', () => {
    const a = makeIntermediate(stranger.root, { key: ca.issuing.key, subject: ca.issuing.subject });
    const b = makeIntermediate(a, { key: stranger.root.key, subject: stranger.root.subject });
    expect(outcome(leaf(), { anchors: [], intermediates: [a, b] })).toMatch(/^untrusted/);
  });

  test('needs no key identifiers: they are hints', () => {
    const plain = leaf({ extensions: without(OID.authorityKeyId) });
    expect(outcome(plain, usual)).toBe('1 paths');
    const misled = leaf({ extensions: replaced({ id: OID.authorityKeyId, value: Buffer.from('3006800401020304', 'hex') }) });
    expect(outcome(misled, usual)).toBe('1 paths');
  });

  test('is verified once with a cache of pairs', () => {
    const pairs = createPairCache();
    const one = read(leaf());
    const graph = { anchors: [read(ca.root)], intermediates: [read(ca.issuing)], usage: 'codeSigning', pairs } as const;
    expect(findPaths(one, graph)).toHaveProperty('paths');
    expect(pairs.has(graph.intermediates[0], one)).toBe(true);
    expect(pairs.has(graph.anchors[0], one)).toBe(false);
    pairs.clear();
    expect(pairs.has(graph.intermediates[0], one)).toBe(false);
  });
});

/** Each case differs from a valid path in one thing. */
describe('a path is refused for', () => {
  test.each<[string, Made, RegExp]>([
    ['a leaf that is a CA', leaf({ basicConstraints: basicConstraints(true) }), /is a CA, not a signer/],
    ['a leaf that may not sign', leaf({ keyUsage: ['keyEncipherment'] }), /may not make digital signatures/],
    ['a leaf with no key usage bit', leaf({ keyUsage: ['contentCommitment'] }), /may not make digital signatures/],
    ['a leaf without a purpose', leaf({ extendedKeyUsage: null }), /is not for codeSigning/],
    ['a leaf for servers', leaf({ extendedKeyUsage: [OID.serverAuth] }), /is not for codeSigning/],
    ['a leaf for anything', leaf({ extendedKeyUsage: [OID.anyUsage] }), /is not for codeSigning/],
    ['a leaf for timestamps', leaf({ extendedKeyUsage: [OID.timeStamping] }), /is not for codeSigning/],
    ['a leaf without any name', leaf({ sans: [] }), /neither a subject nor a subject alternative name/],
    [
      'a leaf with an unknown critical extension',
      leaf({ extra: [{ id: '1.2.3.4', critical: true, value: Buffer.of(5, 0) }] }),
      /critical extension 1\.2\.3\.4/,
    ],
    [
      'a precertificate',
      leaf({ extra: [{ id: OID.poison, critical: true, value: Buffer.of(5, 0) }] }),
      /critical extension 1\.3\.6\.1\.4\.1\.11129\.2\.4\.3/,
    ],
    ['a leaf with a critical claim', leaf({ extra: [{ ...fulcioClaim(11, 'x'), critical: true }] }), /critical extension/],
    ['a leaf with critical policies', leaf({ extra: [policies] }), /critical extension 2\.5\.29\.32/],
    ['a leaf whose key is too short', leaf({ keyKind: 'rsa1024' }), /cannot be used.*1024/],
    ['a leaf on a curve that is not accepted', leaf({ keyKind: 'secp256k1' }), /cannot be used/],
    ['a leaf signed with SHA-1', leaf({ bend: { signatureHash: 'sha1' } }), /1\.2\.840\.10045\.4\.1 is not accepted/],
    ['a leaf signed by another key', leaf({ bend: { signingKey: newKey() } }), /is not signed by its issuer/],
  ])('%s', (_, made, reason) => {
    const found = outcome(made, usual);
    expect(found).toMatch(/^invalid: /);
    expect(found).toMatch(reason);
  });

  const under = (options: Parameters<typeof makeAuthority>[0]): string => {
    const other = makeAuthority({ keyKind: 'p256', ...options });
    return outcome(issueLeaf(other, ct, NOW, { scts: null }), { anchors: [other.root], intermediates: [other.issuing] });
  };
  const intermediate = (change: (list: readonly Extension[]) => readonly Extension[]) =>
    under({ now: NOW, intermediateExtensions: change });
  const root = (change: (list: readonly Extension[]) => readonly Extension[]) => under({ now: NOW, rootExtensions: change });

  test('an authority that keeps the rules: the control', () => {
    expect(under({ now: NOW })).toBe('1 paths');
    expect(intermediate(without(OID.extendedKeyUsage))).toBe('1 paths');
    expect(intermediate(replaced(extendedKeyUsage([OID.anyUsage])))).toBe('1 paths');
    expect(intermediate(without(OID.keyUsage))).toBe('1 paths');
    expect(intermediate(replaced(basicConstraints(true, 0, false)))).toBe('1 paths');
    expect(intermediate((list) => [...list, { ...policies, critical: false }])).toBe('1 paths');
    expect(under({ now: NOW, rootPathLength: null })).toBe('1 paths');
  });

  test.each<[string, string, RegExp]>([
    ['an intermediate without basic constraints', intermediate(without(OID.basicConstraints)), /is not a CA/],
    ['an intermediate that is no CA', intermediate(replaced(basicConstraints(false))), /is not a CA/],
    [
      'an intermediate that may not sign certificates',
      intermediate(replaced(keyUsage(['digitalSignature', 'cRLSign']))),
      /may not sign certificates/,
    ],
    [
      'an intermediate for servers',
      intermediate(replaced(extendedKeyUsage([OID.serverAuth]))),
      /may not issue certificates for codeSigning/,
    ],
    [
      'an intermediate with an unknown critical extension',
      intermediate((l) => [...l, { id: '1.2.3', critical: true, value: Buffer.of(5, 0) }]),
      /critical extension 1\.2\.3/,
    ],
    [
      'an intermediate with policy constraints',
      intermediate((l) => [...l, { id: OID.policyConstraints, critical: true, value: Buffer.from('3003800100', 'hex') }]),
      /critical extension 2\.5\.29\.36/,
    ],
    ['a root without room for an intermediate', under({ now: NOW, rootPathLength: 0 }), /longer than a CA above it allows/],
    ['a root that is no CA', root(without(OID.basicConstraints)), /is not a CA/],
    ['a root that may not sign certificates', root(replaced(keyUsage(['cRLSign']))), /may not sign certificates/],
    ['a root for servers', root((l) => [...l, extendedKeyUsage([OID.serverAuth])]), /may not issue certificates for codeSigning/],
    [
      'a root with an unknown critical extension',
      root((l) => [...l, { id: '1.2.3', critical: true, value: Buffer.of(5, 0) }]),
      /critical extension 1\.2\.3/,
    ],
  ])('%s', (_, found, reason) => {
    expect(found).toMatch(/^invalid: /);
    expect(found).toMatch(reason);
  });

  test('an end certificate that signs another', () => {
    const middle = leaf({ subject: [['CN', 'middle']] });
    const under = issueLeaf(ca, ct, NOW, { scts: null, by: middle });
    expect(outcome(under, { anchors: [ca.root], intermediates: [ca.issuing, middle] })).toMatch(/^invalid: .*"CN=middle" is not a CA/);
  });
});

/** What only one rule stops, and what needs a certificate that is put together by hand. */
describe('a leaf that was bent by hand is refused', () => {
  const rsa = makeAuthority({ now: NOW, keyKind: 'rsa2048', intermediate: false });
  const algorithm = (hex: string) => der(0x30, der(0x06, Buffer.from(hex, 'hex')));
  const email = (address: string) =>
    der(0x30, der(0x31, der(0x30, der(0x06, Buffer.from('2a864886f70d010901', 'hex')), der(0x16, Buffer.from(address)))));

  test('when its signature is of another kind than it says', () => {
    const made = issueLeaf(rsa, ct, NOW, { scts: null });
    const graph = { anchors: [rsa.root] };
    expect(
      outcome(
        resigned(made, rsa.root, (parts) => parts),
        graph,
      ),
    ).toBe('1 paths');
    const relabelled = resigned(made, rsa.root, (parts) => parts.toSpliced(2, 1, algorithm('2a8648ce3d040302')));
    expect(outcome(relabelled, graph)).toMatch(/^invalid: .*for ecdsa keys and the issuer's key is rsa/);
  });

  test('when its subject has an e-mail address that a CA may not certify', () => {
    const ruled = makeAuthority({
      now: NOW,
      keyKind: 'p256',
      intermediate: false,
      rootExtensions: (l) => [...l, nameConstraints([{ email: 'example.com' }])],
    });
    const made = issueLeaf(ruled, ct, NOW, { scts: null });
    const graph = { anchors: [ruled.root] };
    expect(
      outcome(
        resigned(made, ruled.root, (parts) => parts.toSpliced(5, 1, email('dev@example.com'))),
        graph,
      ),
    ).toBe('1 paths');
    expect(
      outcome(
        resigned(made, ruled.root, (parts) => parts.toSpliced(5, 1, email('dev@evil.example'))),
        graph,
      ),
    ).toMatch(/^invalid: name constraints/);
  });

  test("when it carries its issuer's name, which saves only CAs from name constraints", () => {
    const ruled = makeAuthority({
      now: NOW,
      keyKind: 'p256',
      intermediate: false,
      rootExtensions: (l) => [...l, nameConstraints([{ uri: 'example.com' }])],
    });
    const self = issueLeaf(ruled, ct, NOW, { scts: null, subject: ruled.root.subject });
    expect(outcome(self, { anchors: [ruled.root] })).toMatch(/^invalid: name constraints/);
  });

  test('when it names another issuer than the one that signed it', () => {
    expect(outcome(leaf({ bend: { issuerName: [['CN', 'somebody']] } }), usual)).toMatch(/^untrusted/);
  });
});

describe('path lengths', () => {
  const deep = (second: Parameters<typeof makeIntermediate>[1], rootPathLength: number | null = 1) => {
    const top = makeAuthority({ now: NOW, keyKind: 'p256', rootPathLength });
    const first = makeIntermediate(top.root, { keyKind: 'p256', subject: [['CN', 'first']], pathLength: 1 });
    const last = makeIntermediate(first, { keyKind: 'p256', ...second });
    return outcome(issueLeaf(top, ct, NOW, { scts: null, by: last }), { anchors: [top.root], intermediates: [first, last] });
  };

  test('count intermediates that are not self-issued (RFC 5280 §6.1.4)', () => {
    expect(deep({ subject: [['CN', 'second']] }, null)).toBe('1 paths');
    expect(deep({ subject: [['CN', 'second']] }, 2)).toBe('1 paths');
    expect(deep({ subject: [['CN', 'second']] }, 1)).toMatch(/^invalid: .*longer than/);
    expect(deep({ subject: [['CN', 'first']] }, 1)).toBe('1 paths');
  });
});

describe('no path is', () => {
  test.each<[string, string]>([
    ['a leaf of a stranger', outcome(issueLeaf(stranger, ct, NOW, { scts: null }), usual)],
    ['a missing intermediate', outcome(leaf(), { anchors: [ca.root] })],
    ['an intermediate that is not trusted', outcome(leaf(), { anchors: [stranger.root], intermediates: [ca.issuing] })],
    ['no anchor at all', outcome(leaf(), { anchors: [], intermediates: [ca.issuing, ca.root] })],
    [
      'an issuer of the same name with another key',
      outcome(leaf(), { anchors: [ca.root], intermediates: [makeIntermediate(ca.root, { name: 'virtual intermediate' })] }),
    ],
    [
      'an intermediate that another key signed',
      outcome(leaf(), {
        anchors: [ca.root],
        intermediates: [makeCertificate({ ...partsOf(ca.issuing), issuer: ca.root, bend: { signingKey: newKey() } })],
      }),
    ],
  ])('%s', (_, found) => {
    expect(found).toMatch(/^untrusted: /);
  });

  test('an issuer whose key is of another kind than the signature', () => {
    const other = makeAuthority({ now: NOW, keyKind: 'rsa2048', intermediate: false });
    const made = issueLeaf(other, ct, NOW, { scts: null, bend: { signingKey: newKey('p256') } });
    expect(outcome(made, { anchors: [other.root] })).toMatch(/^invalid: .*not signed by its issuer/);
  });
});

describe('a pinned leaf', () => {
  const key = newKey();
  const self = (extensions: readonly Extension[]) =>
    makeCertificate({ subject: [['CN', 'self']], key, notBefore: NOW, notAfter: new Date(NOW.getTime() + DAY), extensions });

  test('is a path of one', () => {
    const made = self([extendedKeyUsage([OID.codeSigning]), subjectAltName([{ email: 'a@b.example' }])]);
    expect(outcome(made, { anchors: [made] })).toBe('1 paths');
    expect(outcome(made, { anchors: [self([extendedKeyUsage([OID.codeSigning])])] })).toMatch(/^invalid: .*"CN=self" is not a CA/);
  });

  test('is none when it is a CA, or not for signing code', () => {
    const authority = self([extendedKeyUsage([OID.codeSigning]), basicConstraints(true), subjectKeyId(key)]);
    expect(outcome(authority, { anchors: [authority] })).toMatch(/^invalid: .*is a CA/);
    const server = self([extendedKeyUsage([OID.serverAuth])]);
    expect(outcome(server, { anchors: [server] })).toMatch(/^invalid: .*not for codeSigning/);
  });
});

describe('for timestamps', () => {
  const tsa = makeAuthority({ now: NOW, keyKind: 'p256', intermediate: false });
  const stamping = (eku: Extension, usage: Parameters<typeof keyUsage>[0] = ['digitalSignature']) =>
    outcome(
      issueLeaf(tsa, ct, NOW, {
        scts: null,
        extensions: (l) => [...without(OID.extendedKeyUsage)(without(OID.keyUsage)(l)), eku, keyUsage(usage)],
      }),
      {
        anchors: [tsa.root],
        usage: 'timeStamping',
      },
    );

  test('the purpose is timeStamping alone, and critical (RFC 3161 §2.3)', () => {
    expect(stamping(extendedKeyUsage([OID.timeStamping], true))).toBe('1 paths');
    expect(stamping(extendedKeyUsage([OID.timeStamping], true), ['contentCommitment'])).toBe('1 paths');
    expect(stamping(extendedKeyUsage([OID.timeStamping], true), ['keyAgreement'])).toMatch(/^invalid: .*may not make digital signatures/);
    expect(stamping(extendedKeyUsage([OID.timeStamping], false))).toMatch(/^invalid: .*is not critical/);
    expect(stamping(extendedKeyUsage([OID.timeStamping, OID.codeSigning], true))).toMatch(/^invalid: .*another purpose/);
    expect(stamping(extendedKeyUsage([OID.codeSigning], true))).toMatch(/^invalid: .*is not for timeStamping/);
  });
});

describe('bounds', () => {
  test('many candidates of one name are a limit, not a long search', () => {
    const key = newKey();
    const crowd = Array.from({ length: LIMITS.pathCertificates + 1 }, (_, i) =>
      makeIntermediate(stranger.root, { key: i % 2 === 0 ? key : stranger.root.key, subject: ca.issuing.subject }),
    );
    expect(() => find(leaf(), { anchors: [ca.root], intermediates: crowd })).toThrow(expect.objectContaining({ code: 'limit' }));
  });

  test('a mesh of cross certificates is a limit', () => {
    const names = Array.from({ length: 7 }, (_, i) => ({ subject: [['CN', `mesh ${i}`]] as const, key: newKey() }));
    const mesh = names.flatMap((to) =>
      names.filter((from) => from !== to).map((from) => makeIntermediate({ ...ca.root, ...from }, { key: to.key, subject: to.subject })),
    );
    const first = names[0];
    if (first === undefined) throw new AssayError('internal', 'no name');
    const made = issueLeaf(ca, ct, NOW, { scts: null, by: first });
    expect(() => find(made, { anchors: [], intermediates: mesh })).toThrow(expect.objectContaining({ code: 'limit' }));
  });
});

describe('validity', () => {
  const found = find(leaf({ notBefore: NOW, lifetime: 600_000 }), usual);
  const path = 'paths' in found ? found.paths[0] : undefined;
  const at = (text: string) => (path === undefined ? 'no path' : validAt(path, Date.parse(text)));

  test('includes both ends, to the millisecond', () => {
    expect(at('2025-03-01T00:00:00Z')).toBeUndefined();
    expect(at('2025-03-01T00:10:00Z')).toBeUndefined();
    expect(at('2025-03-01T00:10:00.001Z')).toMatch(
      /was not valid at 2025-03-01T00:10:00\.001Z: it is valid from 2025-03-01T00:00:00Z to 2025-03-01T00:10:00Z/,
    );
    expect(at('2025-02-28T23:59:59.999Z')).toMatch(/certificate of https:.*was not valid/);
  });

  test('is asked of intermediates and the anchor too', () => {
    const short = makeAuthority({ now: NOW, keyKind: 'p256', notAfter: new Date(NOW.getTime() + DAY) });
    const made = find(issueLeaf(short, ct, NOW, { scts: null, notBefore: NOW, lifetime: 10 * DAY }), {
      anchors: [short.root],
      intermediates: [short.issuing],
    });
    const reason = 'paths' in made && made.paths[0] !== undefined ? validAt(made.paths[0], NOW.getTime() + 2 * DAY) : '';
    expect(reason).toMatch(/"CN=virtual intermediate,O=virtual" was not valid/);
    expect('paths' in made && made.paths[0] !== undefined && validAt(made.paths[0], Number.NaN)).toBeTruthy();
  });
});

/** The certificate with other parts in its content, signed again by its issuer with SHA-256. */
function resigned(made: Made, issuer: Made, change: (parts: Buffer[]) => Buffer[]): Made {
  const [tbs] = children(readDer(made.der));
  const parts = change(tbs === undefined ? [] : children(tbs).map((part) => Buffer.from(encodingOf(part))));
  const body = der(0x30, ...parts);
  return {
    ...made,
    der: der(0x30, body, parts[2] ?? Buffer.alloc(0), der(0x03, Buffer.of(0), sign(issuer.key, body, { hash: 'sha256' }))),
  };
}

/** The parts of a certificate that was made before, as far as they matter here. */
function partsOf(made: Made): CertificateParts {
  const extensions = [...parseCertificate(made.der).extensions].map(([id, { critical, value }]) => ({ id, critical, value }));
  return { subject: made.subject, key: made.key, notBefore: made.notBefore, notAfter: made.notAfter, extensions };
}
