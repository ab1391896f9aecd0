// What is attested of the demo's image: what is in it, from its own package database, and where it comes from.

const SOURCE = 'https://github.com/acme/os';
const COMMIT = 'ea25a87792441d7b1c9b6f4e2d3a5c8f90b1e7d6';

/** The workflow that builds the demo's image, as GitHub and Fulcio would name it. */
export const BUILD = {
  source: SOURCE,
  commit: COMMIT,
  ref: 'refs/heads/main',
  workflow: `${SOURCE}/.github/workflows/ci.yml@refs/heads/main`,
  issuer: 'https://token.actions.githubusercontent.com',
  run: `${SOURCE}/actions/runs/3041962558/attempts/1`,
};

/**
 * The claims that Fulcio writes into a certificate for such a workflow, by the last arc of their object identifiers (fulcio docs/oid-info.md).
 * @returns {Map<number, string>}
 */
export function certifiedClaims() {
  return new Map([
    [2, 'push'],
    [3, BUILD.commit],
    [4, 'ci'],
    [5, 'acme/os'],
    [6, BUILD.ref],
    [9, BUILD.workflow],
    [10, BUILD.commit],
    [11, 'github-hosted'],
    [12, BUILD.source],
    [13, BUILD.commit],
    [14, BUILD.ref],
    [15, '481516'],
    [16, 'https://github.com/acme'],
    [17, '2342'],
    [18, BUILD.workflow],
    [19, BUILD.commit],
    [20, 'push'],
    [21, BUILD.run],
    [22, 'public'],
  ]);
}

/**
 * The predicates, by cosign's names of their types.
 * @param {string} status text of `/var/lib/dpkg/status`
 * @param {Date} now
 * @returns {Map<string, object>}
 */
export function predicates(status, now) {
  const packages = packagesOf(status);
  return new Map([
    ['slsaprovenance1', provenance(now)],
    ['cyclonedx', cyclonedx(packages, now)],
    ['spdxjson', spdx(packages, now)],
    ['vuln', scan(now)],
  ]);
}

/** The installed packages of a package database (deb-control (5), dpkg's field Status). */
export function packagesOf(status) {
  return status
    .split(/\n\n+/)
    .map((stanza) => new Map([...stanza.matchAll(/^([A-Z][\w-]*): (.*)$/gm)].map(([, name, value]) => [name, value])))
    .filter((fields) => fields.get('Status')?.endsWith(' installed'))
    .map((fields) => ({ name: fields.get('Package'), version: fields.get('Version'), architecture: fields.get('Architecture') }));
}

function purl({ name, version, architecture }) {
  return `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}`;
}

// SLSA v1.0, "Provenance"; https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1
function provenance(now) {
  const workflow = { ref: BUILD.ref, repository: BUILD.source, path: '.github/workflows/ci.yml' };
  return {
    buildDefinition: {
      buildType: 'https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1',
      externalParameters: { workflow },
      internalParameters: { github: { event_name: 'push' } },
      resolvedDependencies: [{ uri: `git+${BUILD.source}@${BUILD.ref}`, digest: { gitCommit: BUILD.commit } }],
    },
    runDetails: {
      builder: { id: 'https://github.com/actions/runner/github-hosted' },
      metadata: { invocationId: BUILD.run, startedOn: now.toISOString(), finishedOn: now.toISOString() },
    },
  };
}

function cyclonedx(packages, now) {
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: now.toISOString(),
      tools: [{ vendor: 'anchore', name: 'syft', version: '1.0.0' }],
      component: { type: 'container', name: 'acme/os' },
    },
    components: packages.map((p) => ({ type: 'library', 'bom-ref': purl(p), name: p.name, version: p.version, purl: purl(p) })),
  };
}

function spdx(packages, now) {
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: 'acme/os',
    documentNamespace: `${BUILD.source}/sbom/${BUILD.commit}`,
    creationInfo: { created: now.toISOString().replace(/\.\d+Z$/, 'Z'), creators: ['Tool: assay-demo'] },
    packages: packages.map((p, i) => ({
      SPDXID: `SPDXRef-Package-${i}`,
      name: p.name,
      versionInfo: p.version,
      downloadLocation: 'NOASSERTION',
      externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl(p) }],
    })),
  };
}

// cosign's COSIGN_VULN_ATTESTATION_SPEC.md
function scan(now) {
  return {
    invocation: { parameters: [], uri: BUILD.run, event_id: '', 'builder.id': 'ci' },
    scanner: { uri: 'pkg:generic/demo-scanner@1.0.0', version: '1.0.0', db: { uri: '', version: '' }, result: { findings: [] } },
    metadata: { scanStartedOn: now.toISOString(), scanFinishedOn: now.toISOString() },
  };
}
