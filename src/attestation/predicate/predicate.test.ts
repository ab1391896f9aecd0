import { describe, expect, test } from 'vitest';
import type { Json } from '../../codec/json.ts';
import { parseStatement } from '../statement.ts';
import { builderClaims, readPredicate } from './index.ts';

const COMMIT = '904e2c3e02725e314cf6cf141c4700081298dcbd';
const NOW = '2026-01-02T03:04:05Z';
const TIME = new Date(NOW);

const slsa02 = {
  builder: { id: 'https://acme.example/builder@v1' },
  buildType: 'https://acme.example/make@v1',
  invocation: {
    configSource: { uri: 'git+https://git.example/acme/app@refs/heads/main', digest: { sha1: COMMIT }, entryPoint: 'Makefile' },
    parameters: { target: 'all' },
  },
  metadata: { buildInvocationID: '17-1', buildStartedOn: NOW, buildFinishedOn: '2026-01-02T04:04:05.5+01:00', reproducible: false },
  materials: [{ uri: 'git+https://git.example/acme/app@refs/heads/main', digest: { sha1: COMMIT } }],
  unknown: [1],
};

function slsa1(externalParameters: Json, resolvedDependencies: Json = []): Json {
  return {
    buildDefinition: { buildType: 'https://acme.example/type', externalParameters, resolvedDependencies },
    runDetails: { builder: { id: 'https://acme.example/builder' }, metadata: { invocationId: '1', startedOn: NOW } },
  };
}

const dependency = (uri: string): Json => [
  { uri: 'git+https://github.com/other/repo@refs/heads/main', digest: { gitCommit: '1'.repeat(40) } },
  { uri, digest: { gitCommit: COMMIT } },
];

describe('SLSA provenance', () => {
  test('v0.2', () => {
    expect(readPredicate('https://slsa.dev/provenance/v0.2', slsa02)).toEqual({
      kind: 'slsa-provenance',
      version: '0.2',
      builder: 'https://acme.example/builder@v1',
      buildType: 'https://acme.example/make@v1',
      source: {
        uri: 'git+https://git.example/acme/app@refs/heads/main',
        digests: new Map([['sha1', COMMIT]]),
        ref: 'refs/heads/main',
        entryPoint: 'Makefile',
      },
      parameters: { target: 'all' },
      invocation: '17-1',
      materials: [{ uri: 'git+https://git.example/acme/app@refs/heads/main', name: undefined, digests: new Map([['sha1', COMMIT]]) }],
      startedOn: TIME,
      finishedOn: new Date('2026-01-02T03:04:05.500Z'),
    });
  });

  test('v1, of GitHub', () => {
    const predicate = slsa1(
      { workflow: { ref: 'refs/heads/main', repository: 'https://github.com/acme/app', path: '.github/workflows/release.yml' } },
      dependency('git+https://github.com/acme/app@refs/heads/main'),
    );
    expect(readPredicate('https://slsa.dev/provenance/v1', predicate)).toMatchObject({
      version: '1',
      invocation: '1',
      startedOn: TIME,
      finishedOn: undefined,
      source: {
        uri: 'https://github.com/acme/app',
        digests: new Map([['gitCommit', COMMIT]]),
        ref: 'refs/heads/main',
        entryPoint: '.github/workflows/release.yml',
      },
      materials: [{}, {}],
    });
  });

  test.each<[string, Json, Json, object]>([
    [
      'slsa-github-generator',
      { source: { uri: 'git+https://github.com/acme/app@refs/tags/v1', digest: { sha1: COMMIT } }, workflow: { path: 'w.yml' } },
      [],
      {
        uri: 'git+https://github.com/acme/app@refs/tags/v1',
        ref: 'refs/tags/v1',
        digests: new Map([['sha1', COMMIT]]),
        entryPoint: 'w.yml',
      },
    ],
    [
      'BuildKit',
      { configSource: { uri: 'https://github.com/acme/app.git#refs/heads/main:sub', digest: { sha1: COMMIT }, path: 'Dockerfile' } },
      [],
      { ref: 'refs/heads/main', digests: new Map([['sha1', COMMIT]]), entryPoint: 'Dockerfile' },
    ],
    [
      'Google Cloud Build',
      {
        sourceToBuild: { repository: 'git+https://github.com/acme/app', ref: 'refs/heads/main' },
        buildConfigSource: { repository: 'git+https://github.com/acme/app', path: 'cloudbuild.yaml' },
      },
      dependency('git+https://github.com/acme/app@refs/heads/main'),
      { ref: 'refs/heads/main', digests: new Map([['gitCommit', COMMIT]]), entryPoint: 'cloudbuild.yaml' },
    ],
    ['a text', { source: 'git+https://github.com/acme/app' }, [], { uri: 'git+https://github.com/acme/app', digests: new Map() }],
    [
      'the same repository at another ref',
      { workflow: { ref: 'refs/heads/main', repository: 'https://github.com/acme/app' } },
      dependency('git+https://github.com/acme/app@refs/heads/evil'),
      { ref: 'refs/heads/main', digests: new Map() },
    ],
    [
      'a repository whose name another begins with',
      { workflow: { ref: 'refs/heads/main', repository: 'https://github.com/acme/app' } },
      dependency('git+https://github.com/acme/app-evil@refs/heads/main'),
      { digests: new Map() },
    ],
    ['an unknown build type', { image: 'x' }, [], { uri: undefined, ref: undefined, entryPoint: undefined, digests: new Map() }],
  ])('v1, source of %s', (_what, parameters, dependencies, source) => {
    expect(readPredicate('https://slsa.dev/provenance/v1', slsa1(parameters, dependencies))).toMatchObject({ source });
  });
});

describe('bills of materials', () => {
  const spdx = {
    spdxVersion: 'SPDX-2.3',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: 'app',
    documentNamespace: 'https://acme.example/sbom/1',
    creationInfo: { created: NOW, creators: ['Tool: syft-1.0', 'Organization: Acme'] },
    packages: [
      { SPDXID: 'SPDXRef-1', name: 'app' },
      { SPDXID: 'SPDXRef-2', name: 'bash' },
    ],
    relationships: [{ spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: 'SPDXRef-1' }],
  };

  test.each(['https://spdx.dev/Document', 'https://spdx.dev/Document/v2.3'])('SPDX, as %s', (type) => {
    expect(readPredicate(type, spdx)).toEqual({
      kind: 'spdx',
      version: 'SPDX-2.3',
      name: 'app',
      namespace: 'https://acme.example/sbom/1',
      created: TIME,
      creators: ['Tool: syft-1.0', 'Organization: Acme'],
      packages: 2,
      files: 0,
      relationships: 1,
      describes: ['app'],
    });
  });

  test('SPDX as a text, and as cosign 1 wrapped it', () => {
    const text = `SPDXVersion: SPDX-2.2\r\nDocumentName: app\nCreated: ${NOW}\nCreator: Tool: x\nPackageName: a\nPackageName: b\n`;
    expect(readPredicate('https://spdx.dev/Document', text)).toMatchObject({
      kind: 'spdx',
      version: 'SPDX-2.2',
      name: 'app',
      packages: 2,
      created: TIME,
    });
    expect(readPredicate('https://spdx.dev/Document', { Data: spdx, Timestamp: '' })).toMatchObject({ kind: 'spdx', packages: 2 });
  });

  test.each([[{ '@graph': [], '@context': 'https://spdx.org/rdf/3.0.0' }], [{ spdxVersion: 'SPDX-9' }], ['nothing'], [{}]])(
    'what is no SPDX 2 passes whole: %j',
    (predicate) => {
      expect(readPredicate('https://spdx.dev/Document', predicate)).toEqual({ kind: 'other', predicate });
    },
  );

  test.each<[string, Json, object[]]>([
    ['1.2', [{ vendor: 'aqua', name: 'trivy', version: '1' }], [{ vendor: 'aqua', name: 'trivy', version: '1' }]],
    [
      '1.6',
      { components: [{ group: 'aqua', name: 'trivy' }], services: [{ provider: { name: 'Acme' }, name: 'scan' }] },
      [
        { vendor: 'aqua', name: 'trivy', version: undefined },
        { vendor: 'Acme', name: 'scan', version: undefined },
      ],
    ],
  ])('CycloneDX %s', (specVersion, tools, expected) => {
    const bom = {
      bomFormat: 'CycloneDX',
      specVersion,
      serialNumber: 'urn:uuid:1',
      version: 3,
      metadata: { timestamp: NOW, tools, component: { type: 'container', name: 'app', purl: 'pkg:oci/app' } },
      components: [{ name: 'a', components: [{ name: 'b' }] }, { name: 'c' }],
    };
    expect(readPredicate('https://cyclonedx.org/bom', bom)).toEqual({
      kind: 'cyclonedx',
      specVersion,
      serialNumber: 'urn:uuid:1',
      version: 3,
      timestamp: TIME,
      tools: expected,
      subject: { name: 'app', version: undefined, purl: 'pkg:oci/app' },
      components: 3,
      services: 0,
      vulnerabilities: 0,
    });
  });
});

test('a vulnerability scan', () => {
  const predicate = {
    invocation: { parameters: null, uri: 'https://ci.example/1', event_id: '1', 'builder.id': 'ci' },
    scanner: { uri: 'pkg:trivy', version: '0.50', db: { uri: '', version: '2' }, result: { Results: [{ Target: 'x' }] } },
    metadata: { scanStartedOn: '0001-01-01T00:00:00Z', scanFinishedOn: NOW },
  };
  expect(readPredicate('https://cosign.sigstore.dev/attestation/vuln/v1', predicate)).toEqual({
    kind: 'vulnerability-scan',
    scanner: { uri: 'pkg:trivy', version: '0.50', database: { uri: '', version: '2' } },
    startedOn: new Date('0001-01-01T00:00:00Z'),
    finishedOn: TIME,
    invocation: { uri: 'https://ci.example/1', event: '1', builder: 'ci' },
    result: { Results: [{ Target: 'x' }] },
  });
});

describe('OpenVEX', () => {
  test.each(['https://openvex.dev/ns', 'https://openvex.dev/ns/v0.2.0'])('as %s', (type) => {
    const predicate = {
      '@context': 'https://openvex.dev/ns/v0.2.0',
      '@id': 'https://acme.example/vex/1',
      author: 'Acme',
      role: 'vendor',
      timestamp: NOW,
      version: 2,
      statements: [
        {
          vulnerability: { '@id': 'https://nvd.nist.gov/x', name: 'CVE-2026-1', aliases: ['GHSA-1'] },
          products: [
            { '@id': 'pkg:oci/app', subcomponents: [{ '@id': 'pkg:deb/bash' }, 'pkg:deb/sh'] },
            { identifiers: { purl: 'pkg:oci/b' } },
          ],
          status: 'not_affected',
          justification: 'component_not_present',
        },
        { vulnerability: 'CVE-2026-2', products: ['pkg:oci/app'], status: 'fixed', timestamp: '2026-02-02T00:00:00Z' },
      ],
    };
    expect(readPredicate(type, predicate)).toMatchObject({
      kind: 'openvex',
      id: 'https://acme.example/vex/1',
      author: 'Acme',
      version: '2',
      statements: [
        {
          vulnerability: 'CVE-2026-1',
          aliases: ['GHSA-1'],
          products: [
            { id: 'pkg:oci/app', subcomponents: ['pkg:deb/bash', 'pkg:deb/sh'] },
            { id: 'pkg:oci/b', subcomponents: [] },
          ],
          status: 'not_affected',
          timestamp: TIME,
        },
        { vulnerability: 'CVE-2026-2', status: 'fixed', timestamp: new Date('2026-02-02T00:00:00Z') },
      ],
    });
  });
});

describe('verification summaries', () => {
  test('v1', () => {
    const predicate = {
      verifier: { id: 'https://acme.example/verifier' },
      timeVerified: NOW,
      resourceUri: 'pkg:oci/app',
      policy: { uri: 'https://acme.example/policy', digest: { sha256: '1' } },
      inputAttestations: [{ uri: 'x', digest: { sha256: '2' } }],
      verificationResult: 'PASSED',
      verifiedLevels: ['SLSA_BUILD_LEVEL_3'],
      slsaVersion: '1.0',
    };
    expect(readPredicate('https://slsa.dev/verification_summary/v1', predicate)).toMatchObject({
      kind: 'verification-summary',
      version: '1',
      verifier: 'https://acme.example/verifier',
      time: TIME,
      resource: 'pkg:oci/app',
      policy: { uri: 'https://acme.example/policy' },
      inputs: [{ uri: 'x' }],
      result: 'PASSED',
      levels: ['SLSA_BUILD_LEVEL_3'],
      slsaVersion: '1.0',
    });
  });

  test('v0.2, with underscores', () => {
    const predicate = { time_verified: NOW, resource_uri: 'r', verification_result: 'FAILED', policy_level: 'SLSA_LEVEL_3' };
    expect(readPredicate('https://slsa.dev/verification_summary/v0.2', predicate)).toMatchObject({
      version: '0.2',
      time: TIME,
      resource: 'r',
      result: 'FAILED',
      levels: ['SLSA_LEVEL_3'],
    });
  });
});

test('links, of both shapes', () => {
  const older = {
    _type: 'link',
    name: 'build',
    command: ['make'],
    materials: { 'src/a': { sha256: '1' } },
    products: {},
    byproducts: { rc: 0 },
  };
  expect(readPredicate('https://in-toto.io/Link/v1', older)).toEqual({
    kind: 'link',
    name: 'build',
    command: ['make'],
    materials: [{ uri: undefined, name: 'src/a', digests: new Map([['sha256', '1']]) }],
    products: [],
    byproducts: { rc: 0 },
    environment: undefined,
  });
  const newer = { name: 'build', command: [], materials: [{ uri: 'u', digest: { sha256: '1' } }] };
  expect(readPredicate('https://in-toto.io/Link/v0.3', newer)).toMatchObject({ materials: [{ uri: 'u' }] });
});

test("cosign's custom predicate, and one that nobody knows", () => {
  const custom = readPredicate('https://cosign.sigstore.dev/attestation/v1', { Data: '{"a":1}', Timestamp: NOW });
  expect(custom).toEqual({ kind: 'custom', data: '{"a":1}', timestamp: TIME });
  expect(readPredicate('https://cosign.sigstore.dev/attestation/v1', { Data: 1, Timestamp: '' })).toMatchObject({ timestamp: undefined });
  expect(readPredicate('https://acme.example/v1', [1])).toEqual({ kind: 'other', predicate: [1] });
  expect(readPredicate('constructor', 'x')).toEqual({ kind: 'other', predicate: 'x' });
});

describe('what is malformed', () => {
  test.each<[string, Json | undefined]>([
    ['https://slsa.dev/provenance/v0.2', undefined],
    ['https://slsa.dev/provenance/v0.2', []],
    ['https://slsa.dev/provenance/v0.2', { builder: 'x' }],
    ['https://slsa.dev/provenance/v0.2', { builder: { id: 1 } }],
    ['https://slsa.dev/provenance/v0.2', { materials: [{ digest: { sha1: 1 } }] }],
    ['https://slsa.dev/provenance/v0.2', { metadata: { buildStartedOn: 'yesterday' } }],
    ['https://slsa.dev/provenance/v0.2', { metadata: { buildStartedOn: '2026-13-01T00:00:00Z' } }],
    ['https://slsa.dev/provenance/v1', { buildDefinition: { externalParameters: 'x' } }],
    ['https://slsa.dev/provenance/v1', { buildDefinition: { resolvedDependencies: ['x'] } }],
    ['https://spdx.dev/Document', 7],
    ['https://spdx.dev/Document', { spdxVersion: 'SPDX-2.3', packages: {} }],
    ['https://spdx.dev/Document', { spdxVersion: 'SPDX-2.3', packages: [1] }],
    ['https://spdx.dev/Document', { spdxVersion: 'SPDX-2.3', creationInfo: { creators: 'x' } }],
    ['https://cyclonedx.org/bom', null],
    ['https://cyclonedx.org/bom', { specVersion: '1.5', components: ['x'] }],
    ['https://cyclonedx.org/bom', { specVersion: '1.5', version: '1' }],
    ['https://cyclonedx.org/bom', { specVersion: 1.5 }],
    ['https://cosign.sigstore.dev/attestation/vuln/v1', { scanner: [] }],
    ['https://cosign.sigstore.dev/attestation/vuln/v1', { metadata: { scanFinishedOn: 1 } }],
    ['https://openvex.dev/ns', { statements: [{ vulnerability: 'x', status: 'harmless' }] }],
    ['https://openvex.dev/ns', { statements: [{ vulnerability: {}, status: 'fixed' }] }],
    ['https://openvex.dev/ns', { statements: [{ vulnerability: 'x', status: 'fixed', products: [{}] }] }],
    ['https://openvex.dev/ns', { statements: [{ vulnerability: 'x', status: '__proto__' }] }],
    ['https://slsa.dev/verification_summary/v1', {}],
    ['https://slsa.dev/verification_summary/v1', { verificationResult: 'passed' }],
    ['https://in-toto.io/Link/v1', { command: 'make' }],
    ['https://in-toto.io/Link/v1', { materials: { a: 'b' } }],
    ['https://cosign.sigstore.dev/attestation/v1', 'x'],
    ['https://cosign.sigstore.dev/attestation/v1', { Timestamp: 5 }],
  ])('%s %j', (type, predicate) => {
    expect(() => readPredicate(type, predicate)).toThrow(expect.objectContaining({ code: 'statement-invalid' }));
  });
});

describe('what the builder states', () => {
  function claims(predicateType: string, predicate: Json): object {
    const statement = { _type: 'https://in-toto.io/Statement/v1', subject: [], predicateType, predicate };
    return Object.fromEntries(builderClaims(parseStatement(Buffer.from(JSON.stringify(statement)))));
  }

  test('is read from provenance', () => {
    expect(claims('https://slsa.dev/provenance/v0.2', slsa02)).toEqual({
      builder: 'https://acme.example/builder@v1',
      buildType: 'https://acme.example/make@v1',
      source: 'git+https://git.example/acme/app@refs/heads/main',
      sourceDigest: `sha1:${COMMIT}`,
      ref: 'refs/heads/main',
      entryPoint: 'Makefile',
    });
    expect(claims('https://slsa.dev/provenance/v1', slsa1({}))).toEqual({
      builder: 'https://acme.example/builder',
      buildType: 'https://acme.example/type',
    });
  });

  test('takes no longer for hostile addresses than for others', () => {
    const uri = `${'#'.repeat(300_000)}\n`;
    const predicate = slsa1({ source: { uri } }, Array.from({ length: 20_000 }, () => ({ uri: 'u#' })) as Json);
    expect(claims('https://slsa.dev/provenance/v1', predicate)).toHaveProperty('source', uri);
  });

  test('is nothing where it cannot be read, and in other statements', () => {
    expect(claims('https://slsa.dev/provenance/v0.2', { builder: 7 })).toEqual({});
    expect(claims('https://slsa.dev/provenance/v0.2', null)).toEqual({});
    expect(claims('https://acme.example/v1', slsa02)).toEqual({});
  });
});
