/** Documents as tools write them, of every type whose schema is checked. */

const NOW = '2026-01-02T03:04:05Z';
const COMMIT = '904e2c3e02725e314cf6cf141c4700081298dcbd';
const SHA256 = 'a'.repeat(64);

export const PROVENANCE_1 = {
  buildDefinition: {
    buildType: 'https://actions.github.io/buildtypes/workflow/v1',
    externalParameters: {
      workflow: { ref: 'refs/heads/main', repository: 'https://github.com/acme/app', path: '.github/workflows/release.yml' },
    },
    internalParameters: {
      github: { event_name: 'push', repository_id: '1', repository_owner_id: '2', runner_environment: 'github-hosted' },
    },
    resolvedDependencies: [{ uri: 'git+https://github.com/acme/app@refs/heads/main', digest: { gitCommit: COMMIT } }],
  },
  runDetails: {
    builder: { id: 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main', version: { runner: '2.311' } },
    metadata: {
      invocationId: 'https://github.com/acme/app/actions/runs/1/attempts/1',
      startedOn: NOW,
      finishedOn: '2026-01-02T03:05:05.123+01:00',
    },
    byproducts: [{ name: 'log', content: 'bG9n', mediaType: 'text/plain' }],
  },
  // An extension.
  acme_notes: { reviewed: true },
};

export const PROVENANCE_02 = {
  builder: { id: 'https://acme.example/builder@v1' },
  buildType: 'https://acme.example/make@v1',
  invocation: {
    configSource: { uri: 'git+https://git.example/acme/app@refs/heads/main', digest: { sha1: COMMIT }, entryPoint: 'Makefile' },
    parameters: { target: 'all' },
    environment: { arch: 'amd64' },
  },
  buildConfig: { steps: [] },
  metadata: {
    buildInvocationID: '17',
    buildStartedOn: NOW,
    completeness: { parameters: true, environment: false, materials: false },
    reproducible: false,
  },
  materials: [{ uri: 'git+https://git.example/acme/app@refs/heads/main', digest: { sha1: COMMIT } }],
};

export const SPDX_2 = {
  spdxVersion: 'SPDX-2.3',
  dataLicense: 'CC0-1.0',
  SPDXID: 'SPDXRef-DOCUMENT',
  name: 'registry.example/app',
  documentNamespace: 'https://anchore.com/syft/image/registry.example/app-6cbf9e2b-9a6f-4f1e-9b0f-2e5a2b7a1c11',
  creationInfo: { licenseListVersion: '3.25', creators: ['Organization: Anchore, Inc', 'Tool: syft-1.18.1'], created: NOW },
  packages: [
    {
      name: 'bash',
      SPDXID: 'SPDXRef-Package-deb-bash-1f3b',
      versionInfo: '5.2.15-2+b7',
      supplier: 'Person: Matthias Klose <doko@debian.org>',
      downloadLocation: 'NOASSERTION',
      filesAnalyzed: true,
      packageVerificationCode: { packageVerificationCodeValue: COMMIT },
      checksums: [{ algorithm: 'SHA256', checksumValue: SHA256 }],
      sourceInfo: 'acquired package info from DPKG DB: /var/lib/dpkg/status',
      licenseConcluded: 'NOASSERTION',
      licenseDeclared: 'GPL-3.0-or-later AND LicenseRef-GPL',
      copyrightText: 'NOASSERTION',
      primaryPackagePurpose: 'LIBRARY',
      externalRefs: [
        { referenceCategory: 'SECURITY', referenceType: 'cpe23Type', referenceLocator: 'cpe:2.3:a:bash:bash:5.2:*:*:*:*:*:*:*' },
        { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: 'pkg:deb/debian/bash@5.2.15-2' },
      ],
    },
  ],
  files: [
    {
      fileName: 'bin/bash',
      SPDXID: 'SPDXRef-File-bin-bash-9c1a',
      fileTypes: ['APPLICATION', 'BINARY'],
      checksums: [{ algorithm: 'SHA1', checksumValue: COMMIT }],
      licenseConcluded: 'NOASSERTION',
      licenseInfoInFiles: ['NOASSERTION'],
      copyrightText: 'NOASSERTION',
      comment: 'layerID: sha256:1',
    },
  ],
  hasExtractedLicensingInfos: [{ licenseId: 'LicenseRef-GPL', extractedText: 'GPL', name: 'GPL' }],
  relationships: [
    { spdxElementId: 'SPDXRef-DOCUMENT', relatedSpdxElement: 'SPDXRef-Package-deb-bash-1f3b', relationshipType: 'DESCRIBES' },
    {
      spdxElementId: 'SPDXRef-Package-deb-bash-1f3b',
      relatedSpdxElement: 'SPDXRef-File-bin-bash-9c1a',
      relationshipType: 'OTHER',
      comment: 'evident-by: indicates the package exists because of the file',
    },
  ],
};

export const SPDX_3 = {
  '@context': 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld',
  '@graph': [
    { type: 'CreationInfo', '@id': '_:creation', specVersion: '3.0.1', created: NOW, createdBy: ['https://acme.example/me'] },
    {
      type: 'SpdxDocument',
      spdxId: 'https://acme.example/document',
      creationInfo: '_:creation',
      rootElement: ['https://acme.example/package'],
    },
  ],
};

/** A bill of materials in a version. */
export function CYCLONEDX(specVersion: string): { readonly components: readonly object[]; readonly [member: string]: unknown } {
  const old = ['1.2', '1.3', '1.4'].includes(specVersion);
  return {
    bomFormat: 'CycloneDX',
    specVersion,
    serialNumber: 'urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79',
    version: 1,
    metadata: {
      timestamp: '2026-01-02T03:04:05+00:00',
      tools: old
        ? [{ vendor: 'aquasecurity', name: 'trivy', version: '0.50' }]
        : { components: [{ type: 'application', group: 'aquasecurity', name: 'trivy', version: '0.50' }] },
      component: { 'bom-ref': 'image', type: 'container', name: 'registry.example/app', version: 'v1', purl: 'pkg:oci/app@sha256%3Aabc' },
    },
    components: [
      {
        'bom-ref': 'bash',
        type: 'library',
        name: 'bash',
        version: '5.2',
        licenses: [{ license: { id: 'GPL-3.0-or-later' } }],
        purl: 'pkg:deb/debian/bash@5.2',
        hashes: [{ alg: 'SHA-256', content: SHA256 }],
        externalReferences: [{ type: 'website', url: 'https://www.gnu.org/software/bash/' }],
      },
    ],
    dependencies: [{ ref: 'image', dependsOn: ['bash'] }],
  };
}

export const VULN = {
  invocation: { parameters: null, uri: 'https://ci.example/1', event_id: '1', 'builder.id': 'ci' },
  scanner: { uri: 'pkg:github/aquasecurity/trivy@0.50', version: '0.50', db: { uri: '', version: '' }, result: { Results: [] } },
  metadata: { scanStartedOn: NOW, scanFinishedOn: '2026-01-02T03:04:05.999999999Z' },
};

export const OPENVEX = {
  '@context': 'https://openvex.dev/ns/v0.2.0',
  '@id': 'https://openvex.dev/docs/public/vex-1',
  author: 'Acme',
  role: 'Document Creator',
  timestamp: '2026-01-02T03:04:05.233647+01:00',
  version: 1,
  tooling: 'vexctl',
  statements: [
    {
      vulnerability: { name: 'CVE-2026-1', aliases: ['GHSA-1'] },
      products: [{ '@id': 'pkg:oci/app', subcomponents: [{ '@id': 'pkg:deb/debian/bash@5.2' }] }],
      status: 'not_affected',
      justification: 'component_not_present',
    },
  ],
};

export const SUMMARY_1 = {
  verifier: { id: 'https://acme.example/verifier', version: { assay: '0.1.0' } },
  timeVerified: NOW,
  resourceUri: 'oci://registry.example/app',
  policy: { uri: 'https://acme.example/policy', digest: { sha256: SHA256 } },
  inputAttestations: [{ uri: 'oci://registry.example/app@sha256:1', digest: { sha256: SHA256 } }],
  verificationResult: 'PASSED',
  verifiedLevels: ['SLSA_BUILD_LEVEL_3', 'SLSA_SOURCE_TWO_PARTY_REVIEWED', 'ACME_REVIEWED'],
  dependencyLevels: { SLSA_BUILD_LEVEL_3: 5, SLSA_BUILD_LEVEL_2: 7 },
  slsaVersion: '1.1',
};

export const LINK = {
  _type: 'link',
  name: 'build',
  command: ['make'],
  materials: { Makefile: { sha256: SHA256 } },
  products: {},
  byproducts: { 'return-value': 0 },
  environment: {},
};

export const CUSTOM = { Data: 'anything', Timestamp: NOW };
