import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A key whose private half nobody has. */
const KEY = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAENJAUf8anCN8BtoXf900I2FasSqtW
bqQCcVxm4PSuMJnODLDIvmK+g0PqCNpbAVusovdzv7aGJdhfQkrazB3GRA==
-----END PUBLIC KEY-----
`;

const policy = (name: string, spec: string): string => `apiVersion: assay.dev/v1alpha1
kind: ImagePolicy
metadata: {name: ${name}}
spec:
${spec}`;

const AUTHORITIES = '  authorities: {operations: {key: key.pub, unsafeSkipTransparencyLog: true}}\n';

const FILES: Readonly<Record<string, (host: string) => string>> = {
  'key.pub': () => KEY,
  'release.yaml': (host) => policy('release', `  images: ["${host}/*"]\n${AUTHORITIES}  require: {signature: {by: operations}}\n`),
  'tree.yaml': () =>
    policy(
      'tree',
      `  images: ["**"]
  mode: warn
${AUTHORITIES}  require:
    anyOf:
      - name: two of three
        atLeast:
          count: 2
          of:
            - {name: signed, signature: {by: operations}}
            - {name: built, attestation: {type: slsaprovenance1, by: operations}}
            - {name: contents, artifact: {type: application/spdx+json, by: operations, where: [{sbom: {minComponents: 1}}]}}
      - {static: {result: deny, reason: nobody else may}}
`,
    ),
  'elsewhere.yaml': () => policy('elsewhere', '  images: [registry.example/**]\n  require: {static: {result: deny, reason: closed}}\n'),
  'open.yaml': (host) => policy('open', `  images: ["${host}/app"]\n  require: {static: {result: allow, reason: a sandbox}}\n`),
  'mistakes.yaml': () =>
    policy(
      'mistakes',
      `  images: ["**", "registry.example/app:v1"]
  moed: warn
  authorities: {operations: {key: gone.pub, unsafeSkipTransparencyLog: true}}
  require:
    allOf:
      - {signature: {by: operatons}}
      - {attestation: {type: slsaprovenance1, by: operations, where: [{cel: "predicate.("}]}}
`,
    ),
  'two.yaml': () => `${policy('one', '  images: ["**"]\n  require: {static: {result: deny, reason: closed}}\n')}---\ntrustPolicies: []\n`,
  'cluster.yaml': () => `apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata: {name: image-policy}
spec:
  images: [{glob: "[" }]
  mode: perhaps
  authorities: [{key: {}, keyless: {}}]
`,
  'trustpolicy.json': () => JSON.stringify({ version: '1.0', trustPolicies: [{ name: 'acme', registryScopes: ['*'] }] }),
  'suite.yaml': (host) => `kind: PolicyTest
metadata: {name: release}
policies: [release.yaml]
tests:
  - {name: nobody signed it, image: "${host}/app:plain", expect: deny, outcome: unsigned}
  - {name: <anybody> & "nobody", image: "${host}/app:v1", expect: allow}
`,
  'good-suite.yaml': (host) => `kind: PolicyTest
policies: [open.yaml]
tests:
  - {image: "${host}/app:v1", expect: allow, outcome: unsigned, because: a sandbox}
`,
  'bad-suite.yaml': () => 'kind: PolicyTest\npolicies: [release.yaml]\ntests:\n  - {image: app, expect: perhaps}\n',
};

/** The folder `policies` that the transcripts name. */
export async function fillPolicies(folder: string, host: string): Promise<void> {
  const policies = join(folder, 'policies');
  await mkdir(policies, { recursive: true });
  await Promise.all(Object.entries(FILES).map(([name, text]) => writeFile(join(policies, name), text(host))));
}
