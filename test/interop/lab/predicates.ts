/** Documents to attest, of every type that cosign has a name for. */

const NOW = '2026-01-02T03:04:05Z';
const COMMIT = '904e2c3e02725e314cf6cf141c4700081298dcbd';

const provenance02 = {
  builder: { id: 'https://acme.example/builder@v1' },
  buildType: 'https://acme.example/make@v1',
  invocation: {
    configSource: { uri: 'git+https://git.example/acme/app@refs/heads/main', digest: { sha1: COMMIT }, entryPoint: 'Makefile' },
    parameters: { target: 'all' },
    environment: {},
  },
  metadata: { buildInvocationId: '17', buildStartedOn: NOW, completeness: { parameters: true } },
  materials: [{ uri: 'git+https://git.example/acme/app@refs/heads/main', digest: { sha1: COMMIT } }],
};

const provenance1 = {
  buildDefinition: {
    buildType: 'https://actions.github.io/buildtypes/workflow/v1',
    externalParameters: {
      workflow: { ref: 'refs/heads/main', repository: 'https://github.com/acme/app', path: '.github/workflows/release.yml' },
    },
    internalParameters: {},
    resolvedDependencies: [{ uri: 'git+https://github.com/acme/app@refs/heads/main', digest: { gitCommit: COMMIT } }],
  },
  runDetails: {
    builder: { id: 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main' },
    metadata: { invocationId: 'https://github.com/acme/app/actions/runs/1/attempts/1', startedOn: NOW },
  },
};

const spdx = {
  spdxVersion: 'SPDX-2.3',
  SPDXID: 'SPDXRef-DOCUMENT',
  dataLicense: 'CC0-1.0',
  name: 'app',
  documentNamespace: 'https://acme.example/sbom/app-1',
  creationInfo: { created: NOW, creators: ['Tool: syft-1.0'] },
  packages: [{ SPDXID: 'SPDXRef-Package-1', name: 'bash', versionInfo: '5.2' }],
  relationships: [],
};

const cyclonedx = {
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  serialNumber: 'urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79',
  version: 1,
  metadata: { timestamp: NOW, tools: { components: [{ type: 'application', name: 'trivy', version: '0.50' }] } },
  components: [{ type: 'library', name: 'bash', version: '5.2' }],
};

const vuln = {
  invocation: { parameters: null, uri: 'https://ci.example/1', event_id: '1', 'builder.id': 'ci' },
  scanner: { uri: 'pkg:github/aquasecurity/trivy@0.50', version: '0.50', db: { uri: '', version: '' }, result: { Results: [] } },
  metadata: { scanStartedOn: NOW, scanFinishedOn: NOW },
};

const openvex = {
  '@context': 'https://openvex.dev/ns/v0.2.0',
  '@id': 'https://acme.example/vex/1',
  author: 'Acme',
  timestamp: NOW,
  version: 1,
  statements: [
    {
      vulnerability: { name: 'CVE-2026-1' },
      products: [{ '@id': 'pkg:oci/app' }],
      status: 'not_affected',
      justification: 'component_not_present',
    },
  ],
};

const link = {
  _type: 'link',
  name: 'build',
  command: ['make'],
  materials: { Makefile: { sha256: 'a'.repeat(64) } },
  products: {},
  byproducts: {},
  environment: {},
};

/** cosign's `--type`, the document, the predicate type that is written, and the kind that Assay reads it as. */
export const PREDICATES: readonly (readonly [type: string, document: string, predicateType: string, kind: string])[] = [
  ['slsaprovenance', JSON.stringify(provenance02), 'https://slsa.dev/provenance/v0.2', 'slsa-provenance'],
  ['slsaprovenance02', JSON.stringify(provenance02), 'https://slsa.dev/provenance/v0.2', 'slsa-provenance'],
  ['slsaprovenance1', JSON.stringify(provenance1), 'https://slsa.dev/provenance/v1', 'slsa-provenance'],
  [
    'spdx',
    `SPDXVersion: SPDX-2.3\nDocumentName: app\nDocumentNamespace: https://acme.example/sbom/app-1\nCreated: ${NOW}\n`,
    'https://spdx.dev/Document',
    'spdx',
  ],
  ['spdxjson', JSON.stringify(spdx), 'https://spdx.dev/Document', 'spdx'],
  ['cyclonedx', JSON.stringify(cyclonedx), 'https://cyclonedx.org/bom', 'cyclonedx'],
  ['vuln', JSON.stringify(vuln), 'https://cosign.sigstore.dev/attestation/vuln/v1', 'vulnerability-scan'],
  ['openvex', JSON.stringify(openvex), 'https://openvex.dev/ns', 'openvex'],
  ['link', JSON.stringify(link), 'https://in-toto.io/Link/v1', 'link'],
  ['custom', 'anything at all', 'https://cosign.sigstore.dev/attestation/v1', 'custom'],
  ['https://acme.example/review/v1', '{"reviewed":true}', 'https://acme.example/review/v1', 'other'],
];
