// The policies of the demo, one image under all of them: Assay's own, Kubernetes' and Notation's.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUILD } from './documents.mjs';
import { SUBJECT } from './sign-notation.mjs';

/** The artifact type under which the bill of materials is attached. */
export const SBOM = 'application/vnd.cyclonedx+json';

/**
 * Writes the policies, and what they are asked about, into the demo's folder.
 * @param {string} folder with `cosign.pub`
 * @param {{ host: string, image: import('./images.mjs').Image }} world
 */
export function writePolicies(folder, { host, image }) {
  const write = (name, text) => writeFileSync(join(folder, name), text);
  write('release.yaml', native('release', host, RELEASE));
  write('audited.yaml', native('audited', host, AUDITED));
  write('two-of-three.yaml', native('two-of-three', host, TWO_OF_THREE));
  write('revoked.yaml', native('recalled', host, recalled(image.digest)));
  write('mistakes.yaml', native('release', host, RELEASE.replace('issuer:', 'isuer:').replace('level: 2', 'level: 9')));
  const key = readFileSync(join(folder, 'cosign.pub'), 'utf8');
  write('cluster-cue.yaml', `${cluster(host, CUE)}---\n${secret(key)}`);
  write('cluster-rego.yaml', `${cluster(host, REGO)}---\n${secret(key)}`);
  write('trustpolicy.json', `${JSON.stringify(trustPolicy(`${host}/${image.repository}`), undefined, 2)}\n`);
  write('web.yaml', deployment('web', image, false));
  write('debug.yaml', deployment('debug', image, true));
  write('workloads.yaml', `${deployment('web', image, false)}---\n${deployment('debug', image, true)}`);
  write('suite.yaml', suite(host));
}

function native(name, host, spec) {
  return `apiVersion: assay.dev/v1alpha1
kind: ImagePolicy
metadata: {name: ${name}}
spec:
  images: ["${host}/acme/*"]
${spec.trim().replace(/^(?=.)/gm, '  ')}
`;
}

const OPERATIONS = 'operations: {key: cosign.pub, trustedRoot: trusted_root.json}';
const NOTARY = `notary:
    notation:
      certificateAuthorities: truststore/x509/ca/acme/root.pem
      trustedIdentities: ["${SUBJECT}"]`;
const WORKFLOW = `workflow:
    trustedRoot: trusted_root.json
    keyless:
      issuer: ${BUILD.issuer}
      subject: ${BUILD.workflow}`;

const RELEASE = `
authorities:
  ${OPERATIONS}
  ${WORKFLOW}
require:
  allOf:
    - {name: signed, signature: {by: operations}}
    - name: built here
      attestation:
        type: slsaprovenance1
        by: workflow
        slsa: {source: {repository: ${BUILD.source.replace('https://', '')}, branch: main}, level: 2}
        where:
          - {name: fresh, maxAge: 30d}
    - name: contents
      attestation:
        type: cyclonedx
        by: operations
        where:
          - name: nothing proprietary
            cel: '!predicate.components.exists(c, c.name.startsWith("proprietary-"))'
`;

const AUDITED = `
authorities:
  ${OPERATIONS}
  ${NOTARY}
require:
  allOf:
    - {name: signed, signature: {by: [operations, notary], threshold: 2}}
    - {name: scanned, attestation: {type: vuln, by: operations, where: [{vulnerabilities: {critical: 0}}]}}
    - name: contents
      attestation:
        type: cyclonedx
        by: operations
        where:
          - {name: made by trivy, message: bills of materials come from trivy, cue: 'predicate: metadata: tools: [{name: "trivy"}]'}
`;

const TWO_OF_THREE = `
authorities:
  ${OPERATIONS}
  ${NOTARY}
require:
  atLeast:
    count: 2
    of:
      - {name: cosign, signature: {by: operations}}
      - {name: notation, signature: {by: notary}}
      - {name: signed bill of materials, artifact: {type: ${SBOM}, by: notary, where: [{sbom: {minComponents: 1}}]}}
`;

function recalled(digest) {
  return `
authorities:
  ${OPERATIONS}
require: {signature: {by: operations}}
revoked:
  entries:
    - image: ${digest}
      reason: recalled, ticket 4711
`;
}

function cluster(host, spec) {
  return `apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata: {name: image-policy}
spec:
  images: [{glob: "${host}/acme/**"}]
${spec.trim().replace(/^(?=.)/gm, '  ')}
`;
}

const AUTHORITY = `
authorities:
  - name: operations
    key: {secretRef: {name: cosign-key}}
    attestations:
      - name: must-have-cyclonedx
        predicateType: https://cyclonedx.org/bom
`;

const CUE = `${AUTHORITY}
        policy:
          type: cue
          data: |
            predicateType: "https://cyclonedx.org/bom"
            predicate: metadata: tools: [{name: "trivy"}]
`.replace(/\n\n/g, '\n');

const REGO = `${AUTHORITY}
        policy:
          type: rego
          data: |
            package sigstore
            isCompliant { input.predicate.metadata.tools[_].name == "syft" }
policy:
  type: rego
  includeSpec: true
  includeObjectMeta: true
  data: |
    package sigstore
    privileged[name] {
      container := input.spec.template.spec.containers[_]
      container.securityContext.privileged == true
      name := container.name
    }
    isCompliant[answer] {
      answer := {
        "result": count(privileged) == 0,
        "error": sprintf("%s runs with privileges: %s", [input.metadata.name, concat(", ", privileged)]),
        "warning": ""
      }
    }
`.replace(/\n\n/g, '\n');

function secret(key) {
  return `apiVersion: v1
kind: Secret
metadata: {name: cosign-key, namespace: cosign-system}
stringData:
  cosign.pub: |
${key.trim().replace(/^/gm, '    ')}
`;
}

function trustPolicy(repository) {
  return {
    version: '1.0',
    trustPolicies: [
      {
        name: 'acme',
        registryScopes: [repository],
        signatureVerification: { level: 'strict' },
        trustStores: ['ca:acme'],
        trustedIdentities: [SUBJECT],
      },
    ],
  };
}

function deployment(name, image, privileged) {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: acme, labels: {app: ${name}}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
        - name: ${name}
          image: ${image.pinned}
          securityContext: {privileged: ${privileged}}
`;
}

function suite(host) {
  return `kind: PolicyTest
metadata: {name: release}
policies: [release.yaml]
tests:
  - name: the released image may run
    image: ${host}/acme/os:v1
    expect: allow
  - name: an unsigned image may not
    image: ${host}/acme/unsigned:v1
    expect: deny
    outcome: unsigned
  - name: nor one with another image's signature
    image: ${host}/acme/moved:v1
    expect: deny
    because: subject-digest
  - name: nothing is guessed
    image: ${host}/acme/busy:v1
    expect: deny
    outcome: inconclusive
`;
}
