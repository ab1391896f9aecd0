import { describe, expect, test } from 'vitest';
import { parseYamlDocuments } from '../../codec/yaml.ts';
import { type PublicKey, publicKeyFromPem } from '../../crypto/index.ts';
import { AssayError } from '../../errors.ts';
import { makeNotaryAuthority, newKey, notaryChain } from '../../testing/index.ts';
import { createPairCache, type TrustMaterial } from '../../trust/index.ts';
import { leavesOf } from '../../verify/index.ts';
import type { CompiledDocument, ImageSubject } from '../policy.ts';
import type { PolicyResources } from '../resources.ts';
import { compileImagePolicy } from './index.ts';

const NO_TRUST: TrustMaterial = { logs: [], ctLogs: [], certificateAuthorities: [], timestampAuthorities: [], pairs: createPairCache() };
const ROOT: TrustMaterial = { ...NO_TRUST };
const key = newKey('p256');
const PEM = key.spkiPem;
const NOW = Date.parse('2026-01-01T00:00:00Z');
const notary = makeNotaryAuthority({ now: new Date(NOW) });
const ROOT_PEM = notary.root.pem;
const LEAF_PEM = notaryChain(notary)[0]?.pem ?? '';

function resources(more: Partial<PolicyResources> = {}): PolicyResources {
  return {
    secret: async () => undefined,
    configMap: async () => undefined,
    file: async (path) => {
      if (path === 'key.pub') return Buffer.from(PEM);
      throw new AssayError('file-unreadable', `cannot read ${path}`);
    },
    fetch: async (url) => {
      throw new AssayError('offline', `no network for ${url}`);
    },
    publicGoodRoot: async () => ROOT,
    tufRoot: async () => ROOT,
    evaluator: async () => ({
      compile: async (text) => {
        if (text.source.includes('syntax')) throw new AssayError('policy-invalid', 'cannot be parsed', { at: { line: 1, column: 3 } });
        return { evaluate: async () => ({ value: true }) };
      },
      close: async () => {},
    }),
    now: NOW,
    ...more,
  };
}

async function compile(text: string, more: Partial<PolicyResources> = {}): Promise<CompiledDocument> {
  const [document] = parseYamlDocuments(text, 'policy.yaml');
  if (document === undefined) throw new Error('no document');
  return compileImagePolicy(
    { file: 'policy.yaml', kind: 'image-policy', value: document.value as Record<string, unknown>, positionOf: document.positionOf },
    resources(more),
  );
}

function policy(spec: string): string {
  return `apiVersion: assay.dev/v1alpha1\nkind: ImagePolicy\nmetadata: {name: test}\nspec:\n${spec.replace(/^/gm, '  ')}`;
}

const SIGNED = 'require: {signature: {by: {key: key.pub}}}';

async function errorsOf(
  spec: string,
  more: Partial<PolicyResources> = {},
): Promise<readonly { path: string | undefined; hint: string | undefined; code: string }[]> {
  const { errors, policies } = await compile(policy(spec), more);
  expect(policies).toEqual([]);
  return errors.map((e) => ({ path: e.at?.path, hint: e.hint, code: e.code }));
}

function image(repository: string): ImageSubject {
  return { text: repository, repository, tag: undefined, digest: `sha256:${'0'.repeat(64)}` as ImageSubject['digest'] };
}

describe('an ImagePolicy', () => {
  test('becomes a requirement', async () => {
    const { policies, errors, warnings } = await compile(policy(`images: ["registry.example/**"]\n${SIGNED}`));
    expect(errors).toEqual([]);
    expect(warnings).toEqual([]);
    const [only] = policies;
    expect(only).toMatchObject({ name: 'test', dialect: 'image-policy', mode: 'enforce' });
    expect(only?.requirement).toMatchObject({
      kind: 'evidence',
      wanted: { kind: 'signature' },
      threshold: 1,
      authorities: [{ kind: 'key', name: 'key.pub' }],
      label: { policy: 'test', authority: 'key.pub' },
    });
    expect(only?.applies(image('registry.example/app'))).toBe(true);
    expect(only?.applies(image('other.example/app'))).toBe(false);
  });

  describe('with a key in a service', () => {
    const by = (keys: string, more = ''): string => policy(`images: ["**"]\nrequire: {signature: {by: ${keys}${more}}}`);
    const service = 'awskms:///alias/release';
    const NEVER = { kind: 'static', met: false, outcome: 'inconclusive' };
    const answering = async (): Promise<PublicKey> => publicKeyFromPem(PEM);
    const failing = (code: 'key-unavailable' | 'key-refused' | 'offline' | 'unsupported') => async (): Promise<PublicKey> => {
      throw new AssayError(code, 'nothing');
    };
    const requirementOf = async (text: string, more: Partial<PolicyResources>): Promise<unknown> => {
      const { policies, errors } = await compile(text, more);
      expect(errors).toEqual([]);
      return policies[0]?.requirement;
    };

    test('asks for it', async () => {
      const { keyId } = publicKeyFromPem(PEM);
      expect(await requirementOf(by(`{key: "${service}"}`), { serviceKey: answering })).toMatchObject({
        kind: 'evidence',
        authorities: [{ key: { keyId } }],
      });
      const asked: string[] = [];
      await compile(by('{key: "pkcs11:token=t;object=o"}'), {
        serviceKey(reference) {
          asked.push(reference);
          return answering();
        },
      });
      expect(asked).toEqual(['pkcs11:token=t;object=o']);
    });

    test.each(['key-unavailable', 'key-refused', 'offline'] as const)(
      'is inconclusive when the answer is %s, beside what others prove',
      async (code) => {
        const serviceKey = failing(code);
        expect(await requirementOf(by(`{key: "${service}"}`), { serviceKey })).toMatchObject(NEVER);
        const both = `[{key: "${service}"}, {key: key.pub}]`;
        expect(await requirementOf(by(both), { serviceKey })).toMatchObject({ kind: 'anyOf', of: [{ kind: 'evidence' }, NEVER] });
        expect(await requirementOf(by(both, ', threshold: 2'), { serviceKey })).toMatchObject({
          kind: 'judged',
          of: { kind: 'atLeast', count: 2, of: [{ kind: 'evidence' }, NEVER] },
        });
        expect((await compile(by(both), { serviceKey })).warnings).toMatchObject([{ code: 'key-service' }]);
      },
    );

    test('is inconclusive where nobody can be asked', async () => {
      expect(await requirementOf(by(`{key: "${service}"}`), {})).toMatchObject(NEVER);
    });

    test('is a mistake where there is no such service', async () => {
      const { errors } = await compile(by('{key: "gitlab://group/project"}'), { serviceKey: failing('unsupported') });
      expect(errors.map((e) => e.code)).toEqual(['unsupported']);
    });
  });

  test('has named authorities, of every kind, in a tree', async () => {
    const root = ROOT_PEM;
    const { policies, errors } = await compile(
      policy(`
images: [acme/*]
except: [acme/scratch]
mode: warn
authorities:
  ops: {key: {file: key.pub}, unsafeSkipTransparencyLog: true}
  release:
    keyless: {issuer: https://issuer.example, subjectRegExp: "https://git.example/acme/.*", claims: {sourceRepositoryURI: https://git.example/acme}}
    timestamps: 1
  corp: {certificate: {roots: ${JSON.stringify(root)}, subject: dev@acme.example}, unsafeSkipSct: true}
  notary: {notation: {certificateAuthorities: ${JSON.stringify(root)}, trustedIdentities: ["x509.subject: C=US, ST=WA, O=acme"]}}
require:
  allOf:
    - {name: two, atLeast: {count: 2, of: [{signature: {by: ops}}, {signature: {by: notary}}, {signature: {by: corp}}]}}
    - attestation: {type: slsaprovenance1, by: [release, ops], slsa: {source: {repository: github.com/acme/app}, level: 3}, where: [{maxAge: 30d}]}
    - anyOf: [{artifact: {type: application/spdx+json, by: notary, where: [{sbom: {minComponents: 1}}]}}, {static: {result: deny, reason: no SBOM}}]
`),
    );
    expect(errors).toEqual([]);
    const [only] = policies;
    expect(only?.mode).toBe('warn');
    expect(only?.applies(image('docker.io/acme/app'))).toBe(true);
    expect(only?.applies(image('docker.io/acme/scratch'))).toBe(false);
    const requirement = only?.requirement;
    if (requirement === undefined || typeof requirement === 'function') throw new Error('no requirement');
    expect(requirement).toMatchObject({
      kind: 'allOf',
      of: [{ kind: 'atLeast', count: 2, label: { rule: 'two' } }, { kind: 'anyOf' }, { kind: 'anyOf' }],
    });
    const leaves = leavesOf(requirement);
    expect(leaves.map((l) => [l.wanted.kind, l.label?.authority])).toEqual([
      ['signature', 'ops'],
      ['signature', 'notary'],
      ['signature', 'corp'],
      ['attestation', 'release'],
      ['attestation', 'ops'],
      ['artifact', 'notary'],
    ]);
    expect(leaves[0]?.demands).toEqual({ unsafeSkipTransparencyLog: true });
    expect(leaves[3]?.conditions?.map((c) => c.name)).toEqual(['SLSA agreement', 'SLSA source', 'SLSA level', 'SLSA parameters', 'age']);
    expect(leaves[2]?.trust.certificateAuthorities).toHaveLength(1);
  });

  test('says every mistake at once, each with its place and what was probably meant', async () => {
    const { errors } = await compile(`apiVersion: assay.dev/v1alpha1
kind: ImagePolicy
metadata:
  nmae: test
spec:
  image: [a]
  mode: enforced
  require:
    anyOf:
      - signature: {by: nobody, treshold: 2}
      - attestation: {by: {keyless: {issuer: x}}}
`);
    expect(errors.map((e) => [e.at?.path, e.at?.line, e.hint]).sort()).toEqual(
      [
        ['metadata.nmae', 4, 'did you mean: name'],
        ['metadata', 3, undefined],
        ['spec.image', 6, 'did you mean: images'],
        ['spec.mode', 7, 'did you mean: enforce'],
        ['spec.require.anyOf[0].signature.treshold', 10, 'did you mean: threshold'],
        ['spec.require.anyOf[1].attestation', 11, undefined],
        ['spec', 5, undefined],
      ].sort(),
    );
    expect(new Set(errors.map((e) => e.code))).toEqual(new Set(['policy-invalid']));
  });

  test.each<[string, string, string]>([
    ['no image', `images: []\n${SIGNED}`, 'spec.images'],
    ['a tag in a pattern', `images: ["a.example/b:v1"]\n${SIGNED}`, 'spec.images[0]'],
    ['a digest in a pattern', `images: ["a.example/b@sha256:00"]\n${SIGNED}`, 'spec.images[0]'],
    ['a single star', `images: ["*"]\n${SIGNED}`, 'spec.images[0]'],
    [
      'two kinds in one requirement',
      'images: ["**"]\nrequire: {signature: {by: {key: key.pub}}, static: {result: allow, reason: x}}',
      'spec.require',
    ],
    ['no kind at all', 'images: ["**"]\nrequire: {name: x}', 'spec.require'],
    [
      'two kinds of authority',
      'images: ["**"]\nrequire: {signature: {by: {key: key.pub, keyless: {issuer: a, subject: b}}}}',
      'spec.require.signature.by',
    ],
    ['a key that is not there', 'images: ["**"]\nrequire: {signature: {by: {key: nokey.pub}}}', 'spec.require.signature.by.key'],
    ['a key that is none', 'images: ["**"]\nrequire: {signature: {by: {key: {data: abc}}}}', 'spec.require.signature.by.key'],
    [
      'a secret that is not there',
      'images: ["**"]\nrequire: {signature: {by: {key: {secret: {name: x}}}}}',
      'spec.require.signature.by.key',
    ],
    [
      'an identity without issuer',
      'images: ["**"]\nrequire: {signature: {by: {keyless: {subject: x}}}}',
      'spec.require.signature.by.keyless',
    ],
    [
      'an identity without subject',
      'images: ["**"]\nrequire: {signature: {by: {keyless: {issuer: x}}}}',
      'spec.require.signature.by.keyless',
    ],
    [
      'a subject twice',
      'images: ["**"]\nrequire: {signature: {by: {keyless: {issuer: x, subject: y, subjectRegExp: z}}}}',
      'spec.require.signature.by.keyless.subjectRegExp',
    ],
    [
      'an expression that is none',
      'images: ["**"]\nrequire: {signature: {by: {keyless: {issuer: x, subjectRegExp: "("}}}}',
      'spec.require.signature.by.keyless.subjectRegExp',
    ],
    [
      'a claim that there is not',
      'images: ["**"]\nrequire: {signature: {by: {keyless: {issuer: x, subject: y, claims: {sourceRepository: z}}}}}',
      'spec.require.signature.by.keyless.claims.sourceRepository',
    ],
    [
      'a log that is both asked for and not',
      'images: ["**"]\nrequire: {signature: {by: {key: key.pub, transparencyLog: 2, unsafeSkipTransparencyLog: true}}}',
      'spec.require.signature.by.unsafeSkipTransparencyLog',
    ],
    [
      'an unsafe option that is false',
      'images: ["**"]\nrequire: {signature: {by: {key: key.pub, unsafeSkipTransparencyLog: false}}}',
      'spec.require.signature.by.unsafeSkipTransparencyLog',
    ],
    ['SCTs for a key', 'images: ["**"]\nrequire: {signature: {by: {key: key.pub, scts: 1}}}', 'spec.require.signature.by.scts'],
    [
      'a Notation authority without anchors',
      'images: ["**"]\nrequire: {signature: {by: {notation: {trustedIdentities: ["x509.subject: C=US, ST=WA, O=a"]}}}}',
      'spec.require.signature.by.notation',
    ],
    [
      'a leaf in place of a root',
      `images: ["**"]\nrequire: {signature: {by: {notation: {unsafeAnyIdentity: true, certificateAuthorities: ${JSON.stringify(LEAF_PEM)}}}}}`,
      'spec.require.signature.by.notation.certificateAuthorities',
    ],
    [
      "a leaf in place of an authority's root",
      `images: ["**"]\nrequire: {signature: {by: {certificate: {subject: x, roots: ${JSON.stringify(LEAF_PEM)}}}}}`,
      'spec.require.signature.by.certificate',
    ],
    ['more than can sign', 'images: ["**"]\nrequire: {signature: {by: {key: key.pub}, threshold: 2}}', 'spec.require.signature.threshold'],
    [
      'more parts than there are',
      'images: ["**"]\nrequire: {atLeast: {count: 2, of: [{static: {result: deny, reason: x}}]}}',
      'spec.require.atLeast.count',
    ],
    [
      'an authority twice',
      'images: ["**"]\nauthorities: {a: {key: key.pub}}\nrequire: {signature: {by: [a, a], threshold: 2}}',
      'spec.require.signature.by',
    ],
    [
      'a predicate type that is none',
      'images: ["**"]\nrequire: {attestation: {type: sbom, by: {key: key.pub}}}',
      'spec.require.attestation.type',
    ],
    [
      'a condition that does not compile',
      'images: ["**"]\nrequire: {attestation: {type: vuln, by: {key: key.pub}, where: [{cel: "syntax"}]}}',
      'spec.require.attestation.where[0].cel',
    ],
    [
      'a span that is none',
      'images: ["**"]\nrequire: {signature: {by: {key: key.pub}, where: [{maxAge: 3 weeks}]}}',
      'spec.require.signature.where[0].maxAge',
    ],
    [
      'an expectation of nothing',
      'images: ["**"]\nrequire: {attestation: {type: slsaprovenance, by: {key: key.pub}, slsa: {}}}',
      'spec.require.attestation.slsa',
    ],
    [
      'two refs',
      'images: ["**"]\nrequire: {attestation: {type: slsaprovenance, by: {key: key.pub}, slsa: {source: {repository: a/b, tag: v1, branch: main}}}}',
      'spec.require.attestation.slsa.source',
    ],
    ['a number where a text is meant', `images: ["**"]\nmode: 1\n${SIGNED}`, 'spec.mode'],
    ['a revocation that says nothing', `images: ["**"]\n${SIGNED}\nrevoked: {}`, 'spec.revoked'],
    ...[
      ['an image that no image is', 'image', `sha256:${'0'.repeat(66)}`],
      ['a short digest', 'image', `sha512:${'0'.repeat(64)}`],
      ['a log entry with a zero in front', 'logEntry', 'abcdef01:07'],
      ['a log with half a byte', 'logEntry', 'abcdef010:7'],
    ].map(
      ([what, field, text]) =>
        [
          `a revocation that could never apply: ${what}`,
          `images: ["**"]\n${SIGNED}\nrevoked: {entries: [{${field}: "${text}", reason: x}]}`,
          `spec.revoked.entries[0].${field}`,
        ] as [string, string, string],
    ),
    [
      'a revoked digest that is none',
      `images: ["**"]\n${SIGNED}\nrevoked: {entries: [{image: abc, reason: x}]}`,
      'spec.revoked.entries[0].image',
    ],
    [
      'a revocation without reason',
      `images: ["**"]\n${SIGNED}\nrevoked: {entries: [{key: "sha256:${'0'.repeat(64)}"}]}`,
      'spec.revoked.entries[0]',
    ],
  ])('refuses %s', async (_what, spec, path) => {
    expect((await errorsOf(spec)).map((e) => e.path)).toContain(path);
  });

  test('warns of what weakens', async () => {
    const { warnings, errors } = await compile(
      policy(`images: ["**"]\nauthorities: {a: {key: key.pub, unsafeSkipTransparencyLog: true}, unused: {key: key.pub}}
require: {anyOf: [{signature: {by: [a, {keyless: {unsafeAnyIdentity: true}}]}}, {static: {result: allow, reason: x}}]}`),
    );
    expect(errors).toEqual([]);
    expect(warnings.map((w) => [w.code, w.at?.path])).toEqual([
      ['weakened', 'spec.authorities.a.unsafeSkipTransparencyLog'],
      ['weakened', 'spec.require.anyOf[0].signature.by[1].keyless.unsafeAnyIdentity'],
      ['weakened', 'spec.require.anyOf[1].static'],
      ['unused-authority', 'spec.authorities.unused'],
    ]);
  });

  test('reads keys from Secrets and ConfigMaps', async () => {
    const spec = 'images: ["**"]\nrequire: {signature: {by: [{key: {secret: {name: k}}}, {key: {configMap: {name: k, key: pub}}}]}}';
    const { errors } = await compile(policy(spec), {
      secret: async (namespace, name) =>
        name === 'k' && namespace === 'cosign-system' ? new Map([['cosign.pub', Buffer.from(PEM)]]) : undefined,
      configMap: async () => new Map([['pub', PEM]]),
    });
    expect(errors).toEqual([]);
  });
});

describe('a threshold over authorities that ask different things', () => {
  test('counts each authority by a signer of its own', async () => {
    const { policies } = await compile(
      policy('images: ["**"]\nrequire: {signature: {threshold: 2, by: [{key: key.pub}, {key: key.pub, unsafeSkipTransparencyLog: true}]}}'),
    );
    expect(policies[0]?.requirement).toMatchObject({
      kind: 'judged',
      of: { kind: 'atLeast', count: 2 },
      conditions: [{ name: 'distinct signers' }],
    });
  });
});

describe('what is revoked', () => {
  const ZERO = `sha256:${'0'.repeat(64)}`;
  const LIST = `apiVersion: assay.dev/v1alpha1\nkind: RevocationList\nmetadata: {name: list}\nspec: {issued: "2025-12-31T00:00:00Z", entries: [{image: "${ZERO}", reason: bad}]}\n`;
  const FROM = `images: ["**"]\n${SIGNED}\nrevoked: {entries: [{key: "${ZERO}", reason: lost}], from: {artifact: registry.example/revoked, by: {key: key.pub}, maxAge: 2d}}`;
  const artifact = (content: string, outcome: 'verified' | 'untrusted'): Partial<PolicyResources> => ({
    artifact: async () => ({
      digest: ZERO,
      content: Buffer.from(content),
      verify: async () =>
        ({ met: outcome === 'verified', outcome }) as Awaited<
          ReturnType<Awaited<ReturnType<NonNullable<PolicyResources['artifact']>>>['verify']>
        >,
    }),
  });

  test('stands in the demands of every leaf', async () => {
    const { policies } = await compile(
      policy(
        `images: ["**"]\n${SIGNED}\nrevoked: {entries: [{image: "${ZERO}", reason: a}, {logEntry: "abcdef01:7", reason: b}, {identity: {subject: x, issuer: y, from: "2025-01-01T00:00:00Z"}, reason: c}]}`,
      ),
    );
    const list = policies[0]?.revoked;
    expect(list?.images).toEqual(new Map([[ZERO, 'a']]));
    expect(list?.logEntries).toEqual(new Map([['abcdef01:7', 'b']]));
    expect(list?.identities).toMatchObject([{ from: new Date('2025-01-01T00:00:00Z'), reason: 'c' }]);
    expect(policies[0]?.requirement).toMatchObject({ demands: { revoked: list } });
  });

  test('comes from a signed list as well', async () => {
    const { policies } = await compile(policy(FROM), artifact(LIST, 'verified'));
    expect(policies[0]?.revoked?.images).toEqual(new Map([[ZERO, 'bad']]));
    expect(policies[0]?.revoked?.keys).toEqual(new Map([[ZERO, 'lost']]));
    expect(policies[0]?.revoked?.unavailable).toBeUndefined();
  });

  test.each<[string, Partial<PolicyResources>]>([
    ['there is no registry', {}],
    ['it is absent', { artifact: async () => Promise.reject(new AssayError('not-found', 'no such artifact')) }],
    ['its signature is not trusted', artifact(LIST, 'untrusted')],
    ['it is stale', artifact(LIST.replace('2025-12-31', '2025-12-01'), 'verified')],
    ['it is from the future', artifact(LIST.replace('2025-12-31', '2026-12-01'), 'verified')],
    ['it is no list', artifact('kind: Other', 'verified')],
    ['it has a field that nobody knows', artifact(LIST.replace('reason: bad', 'reason: bad, extra: 1'), 'verified')],
  ])('cannot be relied on when %s', async (_what, more) => {
    const { policies, errors } = await compile(policy(FROM), more);
    expect(errors).toEqual([]);
    expect(policies[0]?.revoked?.unavailable).toContain('registry.example/revoked');
  });
});
