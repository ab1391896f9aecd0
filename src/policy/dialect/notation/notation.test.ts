import { describe, expect, test } from 'vitest';
import { AssayError } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import { parseDigest } from '../../../oci/digest.ts';
import type { Certificate } from '../../../trust/index.ts';
import type { TrustStore } from '../../../trust/notation-store/index.ts';
import type { EvidenceLeaf, NotationAuthority } from '../../../verify/index.ts';
import type { CompiledPolicy, ImageSubject } from '../../policy.ts';
import { chooseBlobStatement, compileBlobStatements, compileNotationPolicy, parseTrustPolicy } from './index.ts';

const ROOT = { fingerprint: 'aa', subjectText: 'CN=root' } as Certificate;
const TSA = { fingerprint: 'bb', subjectText: 'CN=tsa' } as Certificate;

const store: TrustStore = {
  async certificates(kind, name) {
    if (name === 'absent') throw new AssayError('trust-invalid', `${kind}:${name} is not there`, { hint: 'make it' });
    return kind === 'tsa' ? [TSA] : [ROOT];
  },
};

const STATEMENT = {
  name: 'acme',
  registryScopes: ['registry.acme.test/app'],
  signatureVerification: { level: 'strict' },
  trustStores: ['ca:acme'],
  trustedIdentities: ['x509.subject: C=US, ST=WA, O=acme'],
};
const BLOB = { ...STATEMENT, registryScopes: undefined };

function policyOf(...statements: readonly object[]): string {
  return JSON.stringify({ version: '1.0', trustPolicies: statements }, null, 2);
}

async function compile(text: string, options = {}): Promise<Awaited<ReturnType<typeof compileNotationPolicy>>> {
  return compileNotationPolicy(parseTrustPolicy(text, 'trustpolicy.json'), { trustStore: store }, options);
}

function image(repository: string): ImageSubject {
  return { text: `${repository}:v1`, repository, tag: 'v1', digest: parseDigest(`sha256:${'0'.repeat(64)}`) };
}

function applying(policies: readonly CompiledPolicy[], repository: string): readonly string[] {
  return policies.filter((p) => p.applies(image(repository))).map((p) => p.name);
}

function leafOf(policy: CompiledPolicy | undefined): EvidenceLeaf {
  const requirement = policy?.requirement;
  if (typeof requirement !== 'object' || requirement.kind !== 'evidence') throw new Error('no evidence leaf');
  return requirement;
}

async function authorityOf(change: object): Promise<NotationAuthority> {
  const { policies, errors } = await compile(policyOf({ ...STATEMENT, ...change }));
  expect(errors).toEqual([]);
  const [authority] = leafOf(policies[0]).authorities;
  if (authority?.kind !== 'notation') throw new Error('no Notation authority');
  return authority;
}

describe('a trust policy for images', () => {
  test('asks a Notation signature of whoever its stores and identities stand for', async () => {
    const { policies, errors, warnings } = await compile(policyOf({ ...STATEMENT, trustStores: ['ca:acme', 'tsa:stamps'] }));
    expect({ errors, warnings }).toEqual({ errors: [], warnings: [] });
    const leaf = leafOf(policies[0]);
    expect(leaf.wanted).toEqual({ kind: 'signature' });
    expect(leaf.formats).toEqual(['notation-jws', 'notation-cose']);
    expect(leaf.authorities[0]).toMatchObject({
      kind: 'notation',
      stores: { ca: [ROOT], signingAuthority: [], tsa: [TSA] },
      identities: [
        new Map([
          ['C', 'US'],
          ['ST', 'WA'],
          ['O', 'acme'],
        ]),
      ],
      foreignIdentities: [],
      level: { authenticity: 'enforce', authenticTimestamp: 'enforce', expiry: 'enforce', revocation: 'enforce' },
      verifyTimestamp: 'always',
    });
  });

  test('says that there is no tsa store where it names none', async () => {
    expect((await authorityOf({})).stores.tsa).toBeUndefined();
  });

  test('asks for signed metadata that the command asks for', async () => {
    const annotations = new Map([['stage', 'prod']]);
    expect(leafOf((await compile(policyOf(STATEMENT), { annotations })).policies[0]).demands).toEqual({ annotations });
  });

  test('applies by the exact repository before the scope "*", and to nothing else', async () => {
    const all = { ...STATEMENT, name: 'all', registryScopes: ['*'] };
    const { policies } = await compile(policyOf(all, STATEMENT));
    expect(applying(policies, 'registry.acme.test/app')).toEqual(['acme']);
    expect(applying(policies, 'registry.acme.test/app2')).toEqual(['all']);
    const narrow = await compile(policyOf(STATEMENT));
    for (const other of ['registry.acme.test/app/x', 'registry.acme.test/ap', 'registry.acme.test:443/app', 'app'])
      expect(applying(narrow.policies, other)).toEqual([]);
  });

  test('applies to a registry in whatever letter case it is written', async () => {
    const { policies } = await compile(policyOf({ ...STATEMENT, registryScopes: ['Registry.ACME.test:05000/app'] }));
    expect(policies[0]?.applies(image('registry.acme.test:5000/app'))).toBe(true);
    const { policies: chosen } = await compile(policyOf(STATEMENT), { scope: 'REGISTRY.acme.test/app' });
    expect(chosen[0]?.applies(image('other.test/app'))).toBe(true);
  });

  test('applies by the scope that the command gives', async () => {
    const { policies } = await compile(policyOf(STATEMENT), { scope: 'registry.acme.test/app' });
    expect(applying(policies, 'local/layout')).toEqual(['acme']);
  });

  test('of the level skip asks nothing, and verifies nothing', async () => {
    const { policies, errors } = await compile(
      policyOf({ name: 'unsigned', registryScopes: ['r.test/u'], signatureVerification: { level: 'skip' } }),
    );
    expect(errors).toEqual([]);
    expect(policies[0]?.requirement).toMatchObject({ kind: 'static', met: true });
  });

  test.each([
    ['strict', { authenticity: 'enforce', authenticTimestamp: 'enforce', expiry: 'enforce', revocation: 'enforce' }],
    ['permissive', { authenticity: 'enforce', authenticTimestamp: 'log', expiry: 'log', revocation: 'log' }],
    ['audit', { authenticity: 'log', authenticTimestamp: 'log', expiry: 'log', revocation: 'log' }],
  ])('knows the level %s', async (level, actions) => {
    expect((await authorityOf({ signatureVerification: { level } })).level).toEqual(actions);
  });

  test('lets the level be overridden check by check', async () => {
    const override = { authenticity: 'log', authenticTimestamp: 'log', expiry: 'log', revocation: 'skip' };
    expect((await authorityOf({ signatureVerification: { level: 'strict', override } })).level).toEqual(override);
  });

  test('knows when timestamps are looked at', async () => {
    const signatureVerification = { level: 'strict', verifyTimestamp: 'afterCertExpiry' };
    expect((await authorityOf({ signatureVerification })).verifyTimestamp).toBe('afterCertExpiry');
  });

  test('trusts anybody only where it says "*"', async () => {
    expect((await authorityOf({ trustedIdentities: ['*'] })).identities).toBe('any');
  });

  test('leaves identities with other prefixes to plugins', async () => {
    const authority = await authorityOf({ trustedIdentities: ['com.acme.profile: arn:acme:signer'] });
    expect(authority).toMatchObject({ identities: [], foreignIdentities: ['com.acme.profile: arn:acme:signer'] });
  });

  test.each([
    ['S for ST, letter case of types', 'c=US,S=WA,o=acme', { C: 'US', ST: 'WA', O: 'acme' }],
    ['OIDs', '2.5.4.6=US, 2.5.4.8=WA, 2.5.4.10=acme, 1.3.6.1.4.1.99999.1=x', { C: 'US', ST: 'WA', O: 'acme', '1.3.6.1.4.1.99999.1': 'x' }],
    ['escapes', String.raw`C=US, ST=WA, O=acme\, Inc., CN=\#1 \"a\" \E2\82\AC\ `, { C: 'US', ST: 'WA', O: 'acme, Inc.', CN: '#1 "a" € ' }],
    ['spaces around values', 'C= US , ST=WA,O=acme  rockets ', { C: 'US', ST: 'WA', O: 'acme  rockets' }],
    ['an equals sign in a value', 'C=US, ST=WA, O=a=b', { C: 'US', ST: 'WA', O: 'a=b' }],
    ['letters beyond ASCII', 'C=CH, ST=Zürich, O=Käse 🧀', { C: 'CH', ST: 'Zürich', O: 'Käse 🧀' }],
  ])('reads names with %s', async (_what, name, attributes) => {
    expect((await authorityOf({ trustedIdentities: [`x509.subject:${name}`] })).identities).toEqual([new Map(Object.entries(attributes))]);
  });

  test('takes two identities that only share attributes', async () => {
    const trustedIdentities = ['x509.subject: C=US, ST=WA, O=acme, OU=a', 'x509.subject: C=US, ST=WA, O=acme, OU=b'];
    expect((await authorityOf({ trustedIdentities })).identities).toHaveLength(2);
  });

  test('without a trust store at hand is checked, and inconclusive', async () => {
    const { policies, errors, warnings } = await compileNotationPolicy(parseTrustPolicy(policyOf(STATEMENT), 'f'), {});
    expect(errors).toEqual([]);
    expect(warnings.map((w) => w.code)).toEqual(['trust-store-unknown']);
    expect(policies[0]?.requirement).toMatchObject({ kind: 'static', met: false, outcome: 'inconclusive' });
  });

  test('warns where only timestamp authorities are trusted', async () => {
    const { errors, warnings } = await compile(policyOf({ ...STATEMENT, trustStores: ['tsa:stamps'] }));
    expect([errors.length, warnings.map((w) => w.code)]).toEqual([0, ['nobody-trusted']]);
  });
});

const verification = (value: object): object => ({ ...STATEMENT, signatureVerification: value });
const identities = (...trustedIdentities: readonly unknown[]): object => ({ ...STATEMENT, trustedIdentities });
const scopes = (...registryScopes: readonly unknown[]): object => ({ ...STATEMENT, registryScopes });
const stores = (...trustStores: readonly unknown[]): object => ({ ...STATEMENT, trustStores });

/** What is wrong, and where it is said to be. */
const INVALID: readonly (readonly [what: string, statement: object, path: string])[] = [
  ['no name', { ...STATEMENT, name: undefined }, 'trustPolicies[0]'],
  ['an empty name', { ...STATEMENT, name: '' }, 'trustPolicies[0]'],
  ['a name that is no text', { ...STATEMENT, name: 1 }, 'trustPolicies[0].name'],
  ['an unknown field', { ...STATEMENT, registryScope: ['*'] }, 'trustPolicies[0].registryScope'],
  ['the field of files', { ...STATEMENT, globalPolicy: true }, 'trustPolicies[0].globalPolicy'],
  ['no scopes', { ...STATEMENT, registryScopes: undefined }, 'trustPolicies[0]'],
  ['an empty list of scopes', scopes(), 'trustPolicies[0]'],
  ['scopes that are no list', { ...STATEMENT, registryScopes: '*' }, 'trustPolicies[0].registryScopes'],
  ['a scope that is no text', scopes(1), 'trustPolicies[0].registryScopes[0]'],
  ['"*" beside other scopes', scopes('r.test/a', '*'), 'trustPolicies[0].registryScopes[1]'],
  ['a wildcard within a scope', scopes('r.test/*'), 'trustPolicies[0].registryScopes[0]'],
  ['a scope with a tag', scopes('r.test/a:v1'), 'trustPolicies[0].registryScopes[0]'],
  ['a scope with a digest', scopes('r.test/a@sha256:00'), 'trustPolicies[0].registryScopes[0]'],
  ['a scope that is a URL', scopes('https://r.test/a'), 'trustPolicies[0].registryScopes[0]'],
  ['a registry alone', scopes('r.test'), 'trustPolicies[0].registryScopes[0]'],
  ['a scope in capitals', scopes('r.test/App'), 'trustPolicies[0].registryScopes[0]'],
  ['a scope with an empty part', scopes('r.test/a//b'), 'trustPolicies[0].registryScopes[0]'],
  ['an empty scope', scopes(''), 'trustPolicies[0].registryScopes[0]'],
  ['a scope twice', scopes('r.test/a', 'r.test/a'), 'trustPolicies[0].registryScopes[1]'],
  ['a scope twice, once with the host in capitals', scopes('r.test/a', 'R.test/a'), 'trustPolicies[0].registryScopes[1]'],
  ['no signatureVerification', { ...STATEMENT, signatureVerification: undefined }, 'trustPolicies[0]'],
  ['signatureVerification that is a text', { ...STATEMENT, signatureVerification: 'strict' }, 'trustPolicies[0].signatureVerification'],
  ['no level', verification({}), 'trustPolicies[0].signatureVerification'],
  ['an unknown level', verification({ level: 'Strict' }), 'trustPolicies[0].signatureVerification.level'],
  ['a misspelt field of the level', verification({ level: 'strict', overrides: {} }), 'trustPolicies[0].signatureVerification.overrides'],
  [
    'an override of integrity',
    verification({ level: 'strict', override: { integrity: 'log' } }),
    'trustPolicies[0].signatureVerification.override.integrity',
  ],
  [
    'an override of no check',
    verification({ level: 'strict', override: { expire: 'log' } }),
    'trustPolicies[0].signatureVerification.override.expire',
  ],
  [
    'an unknown action',
    verification({ level: 'strict', override: { expiry: 'warn' } }),
    'trustPolicies[0].signatureVerification.override.expiry',
  ],
  [
    'an action that is no text',
    verification({ level: 'strict', override: { expiry: true } }),
    'trustPolicies[0].signatureVerification.override.expiry',
  ],
  ...['authenticity', 'authenticTimestamp', 'expiry'].map(
    (check) =>
      [
        `a skipped check of ${check}`,
        verification({ level: 'strict', override: { [check]: 'skip' } }),
        `trustPolicies[0].signatureVerification.override.${check}`,
      ] as const,
  ),
  ['override that is a list', verification({ level: 'strict', override: [] }), 'trustPolicies[0].signatureVerification.override'],
  [
    'skip with an override',
    { name: 'x', registryScopes: ['r.test/a'], signatureVerification: { level: 'skip', override: { expiry: 'log' } } },
    'trustPolicies[0].signatureVerification.override',
  ],
  [
    'an unknown verifyTimestamp',
    verification({ level: 'strict', verifyTimestamp: 'never' }),
    'trustPolicies[0].signatureVerification.verifyTimestamp',
  ],
  [
    'skip with trust stores',
    { ...STATEMENT, signatureVerification: { level: 'skip' }, trustedIdentities: [] },
    'trustPolicies[0].trustStores',
  ],
  [
    'skip with identities',
    { ...STATEMENT, signatureVerification: { level: 'skip' }, trustStores: [] },
    'trustPolicies[0].trustedIdentities',
  ],
  [
    'skip for every repository',
    { name: 'x', registryScopes: ['*'], signatureVerification: { level: 'skip' } },
    'trustPolicies[0].signatureVerification.level',
  ],
  ['no trust stores', stores(), 'trustPolicies[0]'],
  ['a trust store without a type', stores('acme'), 'trustPolicies[0].trustStores[0]'],
  ['a trust store of an unknown type', stores('CA:acme'), 'trustPolicies[0].trustStores[0]'],
  ['a trust store without a name', stores('ca:'), 'trustPolicies[0].trustStores[0]'],
  ['a trust store that leads out of the folder', stores('ca:..'), 'trustPolicies[0].trustStores[0]'],
  ['a trust store whose name is a path', stores('ca:a/b'), 'trustPolicies[0].trustStores[0]'],
  ['a trust store that is not there', stores('ca:acme', 'ca:absent'), 'trustPolicies[0].trustStores[1]'],
  ['no identities', identities(), 'trustPolicies[0]'],
  ['an empty identity', identities(''), 'trustPolicies[0].trustedIdentities[0]'],
  ['an identity without a prefix', identities('C=US, ST=WA, O=acme'), 'trustPolicies[0].trustedIdentities[0]'],
  ['an empty prefix', identities(': C=US, ST=WA, O=acme'), 'trustPolicies[0].trustedIdentities[0]'],
  ['a misspelt x509.subject', identities('X509.Subject: C=US, ST=WA, O=acme'), 'trustPolicies[0].trustedIdentities[0]'],
  ['"*" beside other identities', identities('*', 'x509.subject: C=US, ST=WA, O=acme'), 'trustPolicies[0].trustedIdentities[0]'],
  ['an empty name', identities('x509.subject:'), 'trustPolicies[0].trustedIdentities[0]'],
  ['a name without C', identities('x509.subject: ST=WA, O=acme'), 'trustPolicies[0].trustedIdentities[0]'],
  ['a name without ST', identities('x509.subject: C=US, O=acme'), 'trustPolicies[0].trustedIdentities[0]'],
  ['a name without O', identities('x509.subject: C=US, ST=WA'), 'trustPolicies[0].trustedIdentities[0]'],
  ['an attribute twice', identities('x509.subject: C=US, ST=WA, O=acme, O=evil'), 'trustPolicies[0].trustedIdentities[0]'],
  ['S and ST', identities('x509.subject: C=US, ST=WA, S=OR, O=acme'), 'trustPolicies[0].trustedIdentities[0]'],
  ['a part with two attributes', identities('x509.subject: C=US, ST=WA, O=acme+OU=x'), 'trustPolicies[0].trustedIdentities[0]'],
  ['a value in hexadecimal', identities('x509.subject: C=US, ST=WA, O=#0c0461636d65'), 'trustPolicies[0].trustedIdentities[0]'],
  ['a value without its backslash', identities('x509.subject: C=US, ST=WA, O="acme"'), 'trustPolicies[0].trustedIdentities[0]'],
  ['a backslash that escapes nothing', identities('x509.subject: C=US, ST=WA, O=acme\\'), 'trustPolicies[0].trustedIdentities[0]'],
  ['bytes that are no text', identities('x509.subject: C=US, ST=WA, O=\\FF'), 'trustPolicies[0].trustedIdentities[0]'],
  ['an attribute that has no type', identities('x509.subject: C=US, ST=WA, O=acme, x'), 'trustPolicies[0].trustedIdentities[0]'],
  ['an attribute of an unknown type', identities('x509.subject: C=US, ST=WA, O=acme, COUNTRY=x'), 'trustPolicies[0].trustedIdentities[0]'],
  ['an empty value', identities('x509.subject: C=US, ST=WA, O='), 'trustPolicies[0].trustedIdentities[0]'],
  [
    'an identity that another covers',
    identities('x509.subject: C=US, ST=WA, O=acme', 'x509.subject: C=US, ST=WA, O=acme, CN=x'),
    'trustPolicies[0].trustedIdentities[1]',
  ],
  [
    'more identities than the bound',
    identities(...Array.from({ length: LIMITS.trustedIdentities + 1 }, (_, i) => `p:${i}`)),
    'trustPolicies[0].trustedIdentities[0]',
  ],
];

describe('what a trust policy may not say', () => {
  test.each(INVALID)('%s', async (_what, statement, path) => {
    const { policies, errors } = await compile(policyOf(statement));
    expect(policies).toEqual([]);
    expect(errors.map((e) => e.code)).toEqual(errors.map(() => 'policy-invalid'));
    expect(errors.map((e) => e.at?.path)).toContain(path);
    for (const { at } of errors) expect([at?.line, at?.column]).toEqual([expect.any(Number), expect.any(Number)]);
  });

  test.each([
    ['no version', { trustPolicies: [STATEMENT] }, ''],
    ['another version', { version: '1.1', trustPolicies: [STATEMENT] }, 'version'],
    ['a version that is a number', { version: 1.0, trustPolicies: [STATEMENT] }, 'version'],
    ['no statements', { version: '1.0', trustPolicies: [] }, 'trustPolicies'],
    ['statements that are no list', { version: '1.0', trustPolicies: {} }, 'trustPolicies'],
    ['a statement that is no object', { version: '1.0', trustPolicies: ['x'] }, 'trustPolicies[0]'],
    ['a field at the top that there is not', { version: '1.0', trustPolicies: [STATEMENT], trustpolicies: [] }, 'trustpolicies'],
  ])('%s', async (_what, document, path) => {
    const { policies, errors } = await compile(JSON.stringify(document));
    expect([policies, errors.map((e) => e.at?.path)]).toEqual([[], [path]]);
  });

  test('two statements of one name, and two with one scope', async () => {
    const { errors } = await compile(policyOf(STATEMENT, STATEMENT));
    expect(errors.map((e) => e.at?.path)).toEqual(['trustPolicies[1].name', 'trustPolicies[1].registryScopes']);
    const all = { ...STATEMENT, registryScopes: ['*'] };
    const twice = await compile(policyOf(all, { ...all, name: 'b' }));
    expect(twice.errors.map((e) => e.at?.path)).toEqual(['trustPolicies[1].registryScopes']);
  });

  test('is told all at once, with line and column, and what was probably meant', async () => {
    const text = policyOf(
      { ...STATEMENT, trustStores: ['cas:acme'] },
      { ...STATEMENT, name: 'b', registryScopes: ['r.test/b'], signatureVerification: { level: 'strikt' } },
    );
    const { errors } = await compile(text);
    expect(errors.map((e) => [e.at?.path, e.hint])).toEqual([
      ['trustPolicies[0].trustStores[0]', 'did you mean: ca'],
      ['trustPolicies[1].signatureVerification.level', 'did you mean: strict'],
    ]);
    const line = text.split('\n').findIndex((l) => l.includes('cas:acme')) + 1;
    expect(errors[0]?.at).toMatchObject({ line, column: text.split('\n')[line - 1]?.indexOf('"cas') === undefined ? 0 : 9 });
  });

  test.each([
    ['a name twice', '{"version": "1.0",\n "version": "1.0", "trustPolicies": []}', 2],
    ['what only YAML allows', '{"version": "1.0",\n "trustPolicies": [],\n}', 3],
    ['text behind the object', '{"version": "1.0", "trustPolicies": []}\n{}', 2],
    ['no JSON at all', 'version: "1.0"', 1],
    ['a list', '[]', 1],
  ])('JSON that is not: %s', (_what, text, line) => {
    expect(() => parseTrustPolicy(text, 'f')).toThrow(
      expect.objectContaining({ code: 'policy-invalid', at: expect.objectContaining({ line }) }),
    );
  });

  test('a text beyond the bound', () => {
    expect(() => parseTrustPolicy(' '.repeat(LIMITS.policyBytes + 1), 'f')).toThrow(expect.objectContaining({ code: 'limit' }));
  });
});

describe('a trust policy for files', () => {
  const blobs = async (...statements: readonly object[]): Promise<Awaited<ReturnType<typeof compileBlobStatements>>> =>
    compileBlobStatements(parseTrustPolicy(policyOf(...statements), 'trustpolicy.blob.json'), { trustStore: store });

  test('is chosen by name, or is the global one', async () => {
    const { statements, errors } = await blobs(BLOB, { ...BLOB, name: 'all', globalPolicy: true });
    expect(errors).toEqual([]);
    expect(chooseBlobStatement(statements, 'acme').name).toBe('acme');
    expect(chooseBlobStatement(statements, undefined).name).toBe('all');
    expect(() => chooseBlobStatement(statements, 'other')).toThrow(expect.objectContaining({ code: 'policy-invalid' }));
    expect(() => chooseBlobStatement(statements.slice(0, 1), undefined)).toThrow(expect.objectContaining({ code: 'policy-invalid' }));
  });

  test.each([
    [
      'two global statements',
      [
        { ...BLOB, globalPolicy: true },
        { ...BLOB, name: 'b', globalPolicy: true },
      ],
      'trustPolicies[1].globalPolicy',
    ],
    [
      'a global statement that skips',
      [{ name: 'b', globalPolicy: true, signatureVerification: { level: 'skip' } }],
      'trustPolicies[0].signatureVerification.level',
    ],
    ['a globalPolicy that is a text', [{ ...BLOB, globalPolicy: 'true' }], 'trustPolicies[0].globalPolicy'],
    ['scopes', [STATEMENT], 'trustPolicies[0].registryScopes'],
  ])('may not have %s', async (_what, statements, path) => {
    const { statements: compiled, errors } = await blobs(...statements);
    expect([compiled, errors.map((e) => e.at?.path)]).toEqual([[], [path]]);
  });

  test('is about no image, and says so', async () => {
    const { policies, errors, warnings } = await compile(policyOf({ ...BLOB, globalPolicy: true }));
    expect([errors.length, warnings.map((w) => w.code)]).toEqual([0, ['about-files']]);
    expect(applying(policies, 'registry.acme.test/app')).toEqual([]);
  });
});
