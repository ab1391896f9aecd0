/** What the guides about policies run against: one image with evidence of every kind, and the files that tools of others would leave. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DAY,
  dsseBundle,
  type EvidenceSigner,
  type EvidenceSink,
  GITHUB_ISSUER,
  inTotoStatement,
  makeNotaryAuthority,
  type NotaryAuthority,
  notaryChain,
  notaryEnvelope,
  notaryPayload,
  PREDICATES,
  type Pushed,
  pushArtifact,
  pushBundle,
  pushImage,
  pushLayers,
  pushNotation,
  registrySink,
  signatureLayer,
  simpleSigningPayload,
  type TestRegistry,
  type VirtualSigstore,
} from '../../src/testing/index.ts';

/** Who signs in this world, and when. */
export interface PolicySigners {
  readonly sigstore: VirtualSigstore;
  readonly key: EvidenceSigner;
  readonly now: Date;
}

const COMMIT = '8c1d2f6a90b34e5ab6cc0d2e47f3195ab0d6e7f8';
const SOURCE = 'https://github.com/acme/shop';
const WORKFLOW = `${SOURCE}/.github/workflows/release.yml@refs/tags/v1.2.3`;
const GENERATOR =
  'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_container_slsa3.yml@refs/tags/v2.1.0';
const VULN = 'https://cosign.sigstore.dev/attestation/vuln/v1';

/** Fills the repositories `shop`, `vendor` and `revocations`, and the folder. Answers the authority of the Notary Project signatures. */
export function fillPolicyWorld(registry: TestRegistry, folder: string, { sigstore, key, now }: PolicySigners): NotaryAuthority {
  const shop = registrySink(registry.content, 'shop');
  const image = pushImage(shop, 'shop', { tag: 'v1' });
  const notary = makeNotaryAuthority({ now });
  const notarise = (sink: EvidenceSink, what: Pushed): Pushed =>
    pushNotation(sink, what, notaryEnvelope(notaryChain(notary), notaryPayload(what), { form: 'jws', at: now }));
  const attest = (signer: EvidenceSigner, type: string, predicate: object): Pushed => {
    const statement = inTotoStatement(image.digest, type, { predicate: JSON.parse(JSON.stringify(predicate)) });
    return pushBundle(shop, image, dsseBundle(sigstore, signer, statement, { logs: [{}] }));
  };
  signByTag(shop, image);
  notarise(shop, image);
  attest(key, PREDICATES.cyclonedx, BILL);
  attest(key, VULN, scan(new Date(now.getTime() - DAY).toISOString()));
  attest(workflowOf(WORKFLOW), PREDICATES.slsa1, provenance());
  attest(workflowOf(GENERATOR), 'https://slsa.dev/provenance/v0.2', generated());
  notarise(shop, pushArtifact(shop, image, 'application/vnd.cyclonedx+json', Buffer.from(JSON.stringify(BILL))));

  const vendor = registrySink(registry.content, 'vendor');
  const theirs = pushImage(vendor, 'vendor', { tag: 'v1' });
  notarise(vendor, theirs);
  pushArtifact(vendor, theirs, 'application/vnd.cyclonedx+json', Buffer.from(JSON.stringify(BILL)));

  const lists = registrySink(registry.content, 'revocations');
  const list = pushArtifact(lists, pushImage(lists, 'list'), 'application/vnd.assay.revocations', Buffer.from(revocations(now)));
  lists.putManifest(list.bytes, { mediaType: list.mediaType, tag: 'latest' });
  signByTag(lists, list);

  mkdirSync(join(folder, 'truststore/x509/ca/acme'), { recursive: true });
  writeFileSync(join(folder, 'truststore/x509/ca/acme/root.pem'), notary.root.pem);
  writeFileSync(join(folder, 'notary.pem'), notary.root.pem);
  const report = Buffer.from('a report\n');
  const digest = `sha256:${createHash('sha256').update(report).digest('hex')}`;
  const payload = notaryPayload({ mediaType: 'text/plain', digest, size: report.length });
  writeFileSync(join(folder, 'report.txt'), report);
  writeFileSync(join(folder, 'report.txt.jws.sig'), notaryEnvelope(notaryChain(notary), payload, { form: 'jws', at: now }));
  writeFileSync(join(folder, 'secret.yaml'), secret(key.kind === 'key' ? key.key.spkiPem : ''));
  writeFileSync(join(folder, 'policy.json'), containersPolicy(registry.host));
  writeFileSync(join(folder, 'trustpolicy.json'), trustPolicy({ registryScopes: [`${registry.host}/shop`, `${registry.host}/vendor`] }));
  writeFileSync(join(folder, 'trustpolicy.blob.json'), trustPolicy({ globalPolicy: true }));
  return notary;

  function signByTag(sink: EvidenceSink, what: Pushed): void {
    pushLayers(sink, what, 'sig', [signatureLayer(sigstore, key, simpleSigningPayload(what.digest), { logs: [{}] })]);
  }

  function workflowOf(subject: string): EvidenceSigner {
    const certificate = sigstore.issue({
      sans: [{ uri: subject }],
      issuer: GITHUB_ISSUER,
      notBefore: new Date(now.getTime() - 2 * DAY),
      claims: new Map([
        [2, 'push'],
        [5, 'acme/shop'],
        [11, 'github-hosted'],
        [12, SOURCE],
        [13, COMMIT],
        [14, 'refs/tags/v1.2.3'],
      ]),
    });
    return { kind: 'certificate', certificate, chain: sigstore.ca.chain };
  }
}

const BILL = {
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  metadata: { tools: [{ vendor: 'anchore', name: 'syft', version: '1.0.0' }] },
  components: [
    { type: 'library', name: 'left-pad', version: '1.3.0', licenses: [{ license: { id: 'MIT' } }] },
    { type: 'library', name: 'openssl', version: '3.0.11', licenses: [{ license: { id: 'Apache-2.0' } }] },
  ],
};

function scan(finished: string): object {
  const Results = [{ Vulnerabilities: [{ VulnerabilityID: 'CVE-2026-0001', Severity: 'HIGH' }] }];
  return {
    invocation: {},
    scanner: { uri: 'pkg:github/aquasecurity/trivy@v0.50', result: { SchemaVersion: 2, Results } },
    metadata: { scanStartedOn: finished, scanFinishedOn: finished },
  };
}

function provenance(): object {
  const workflow = { ref: 'refs/tags/v1.2.3', repository: SOURCE, path: '.github/workflows/release.yml' };
  return {
    buildDefinition: {
      buildType: 'https://actions.github.io/buildtypes/workflow/v1',
      externalParameters: { workflow },
      resolvedDependencies: [{ uri: `git+${SOURCE}@refs/tags/v1.2.3`, digest: { gitCommit: COMMIT } }],
    },
    runDetails: { builder: { id: WORKFLOW }, metadata: {} },
  };
}

/** As slsa-github-generator's container workflow writes it. */
function generated(): object {
  const source = { uri: `git+${SOURCE}@refs/tags/v1.2.3`, digest: { sha1: COMMIT } };
  const environment = {
    github_ref_type: 'tag',
    github_ref: 'refs/tags/v1.2.3',
    github_event_name: 'push',
    github_base_ref: '',
    github_event_payload: { base_ref: 'refs/heads/main' },
  };
  return {
    builder: { id: GENERATOR },
    buildType: 'https://github.com/slsa-framework/slsa-github-generator/container@v1',
    invocation: { configSource: { ...source, entryPoint: '.github/workflows/release.yml' }, parameters: {}, environment },
    materials: [source],
  };
}

function revocations(now: Date): string {
  const entry = { key: `sha256:${'0'.repeat(64)}`, reason: 'the laptop was stolen' };
  const spec = { issued: new Date(now.getTime() - DAY).toISOString(), entries: [entry] };
  return JSON.stringify({ apiVersion: 'assay.dev/v1alpha1', kind: 'RevocationList', metadata: { name: 'acme' }, spec });
}

function secret(pem: string): string {
  return `apiVersion: v1
kind: Secret
metadata: { name: cosign-key, namespace: cosign-system }
stringData:
  cosign.pub: |
${pem.trim().replace(/^/gm, '    ')}
`;
}

function containersPolicy(host: string): string {
  const signed = { type: 'sigstoreSigned', keyPath: 'cosign.pub', signedIdentity: { type: 'matchRepository' } };
  const transports = { docker: { [`${host}/web`]: [signed] } };
  return `${JSON.stringify({ default: [{ type: 'reject' }], transports }, undefined, 2)}\n`;
}

function trustPolicy(about: object): string {
  const statement = {
    name: 'acme',
    ...about,
    signatureVerification: { level: 'strict' },
    trustStores: ['ca:acme'],
    trustedIdentities: ['x509.subject: C=US, ST=WA, O=acme'],
  };
  return `${JSON.stringify({ version: '1.0', trustPolicies: [statement] }, undefined, 2)}\n`;
}
