import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schemas, textOf } from '../../scripts/schemas/all.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { assay } from '../cli/harness.ts';
import { type Mirror, serveMirror, TufRepository } from '../trust/tuf-repository.ts';
import { documentText, namedFilesOf } from './console.ts';
import { createWorld, type World } from './fixture.ts';
import { problemsOf } from './validate.ts';

const root = join(import.meta.dirname, '../..');
const published = schemas();
const byName = new Map(published.map((s) => [s.name, s.document]));

let world: World;
let mirror: Mirror;
beforeAll(async () => {
  world = await createWorld();
  for (const { name, text } of namedFilesOf(documentText('docs/guides/policies.md')))
    writeFileSync(join(world.folder, name), text.replaceAll('registry.example', world.registry.host));
  const repository = new TufRepository();
  repository.publish({ trustedRoot: readFileSync(join(world.folder, 'trusted_root.json'), 'utf8') });
  mirror = await serveMirror(repository.files);
  writeFileSync(join(world.folder, 'root.json'), repository.root(1));
});
afterAll(() => Promise.all([world.close(), mirror.close()]));

describe('the committed schemas', () => {
  test('are what npm run schemas prints', () => {
    for (const schema of published) expect(readFileSync(join(root, schema.path), 'utf8'), schema.path).toBe(textOf(schema));
    expect(readdirSync(join(root, 'schemas')).sort()).toEqual(published.map((s) => s.path.slice('schemas/'.length)).sort());
  });
  test('are one for each that a command prints', () => {
    for (const { schema } of COMMANDS.values()) expect([...byName.keys()]).toContain(schema);
    const files = readdirSync(join(root, 'src/cli'), { recursive: true, withFileTypes: true }).filter((f) => f.name.endsWith('.ts'));
    const texts = files.map((f) => readFileSync(join(f.parentPath, f.name), 'utf8'));
    const named = new Set(texts.flatMap((text) => [...text.matchAll(/'(assay\/[a-z-]+\/v\d+)'/g)].map((m) => m[1] ?? '')));
    expect([...named].filter((name) => !byName.has(name))).toEqual([]);
  });
});

const KEY = '--key cosign.pub';
const BY = '--key cosign.key';
const WHO = '--certificate-identity-regexp .* --certificate-oidc-issuer https://token.actions.githubusercontent.com';
/** Command lines and the schema of what they print: every schema, in success and in every way to fail. */
const RUNS: readonly (readonly [schema: string, line: string])[] = [
  ['verify', `verify ${KEY} HOST/app:v1`],
  ['verify', `verify ${WHO} --platform linux/arm64 HOST/app:v1`],
  ['verify', `verify ${WHO} HOST/app:v1`],
  ['verify', `verify ${KEY} HOST/theirs:v1 HOST/unsigned:v1 HOST/missing:v1`],
  ['verify', `verify ${KEY} --insecure-ignore-tlog --check-claims=false HOST/app:v1`],
  ['verify', `verify-attestation --type slsaprovenance1 ${WHO} HOST/app:v1`],
  ['verify', `verify-blob --bundle app.tar.gz.sigstore.json ${WHO} app.tar.gz`],
  ['verify', `verify-bundle --bundle app.tar.gz.sigstore.json ${WHO} Dockerfile`],
  ['verify', 'verify HOST/app:v1'],
  ['verify', 'verify --no-such-flag'],
  ['slsa-verify', 'slsa verify --source-uri github.com/acme/app HOST/app:v1'],
  ['slsa-verify', 'slsa verify --source-uri github.com/acme/app HOST/missing:v1'],
  ['slsa-verify', 'slsa verify HOST/app:v1'],
  ['policy-check', 'policy check signed.yaml trustpolicy.json --trust-store truststore'],
  ['policy-check', 'policy check mistakes.yaml no-such-file.yaml'],
  ['policy-check', 'policy check mistakes.yaml'],
  ['policy-explain', 'policy explain --policy signed.yaml HOST/shop:v1'],
  ['policy-explain', 'policy explain --policy signed.yaml HOST/unsigned:v1'],
  ['policy-explain', 'policy explain HOST/shop:v1'],
  ['policy-test', 'policy test suite.yaml'],
  ['policy-test', 'policy test signed.yaml'],
  ['verify', 'verify --policy signed.yaml HOST/shop:v1 HOST/unsigned:v1'],
  ['verify', 'verify --policy mistakes.yaml HOST/shop:v1'],
  ['verify', 'verify --trust-policy trustpolicy.json --trust-store truststore HOST/vendor:v1 HOST/shop:v1'],
  ['verify', 'verify-blob --trust-policy trustpolicy.blob.json --trust-store truststore --signature report.txt.jws.sig report.txt'],
  ['sign', `sign ${BY} HOST/api:v1`],
  ['sign', `sign ${BY} HOST/api:v1`],
  ['sign', 'sign HOST/job:v1'],
  ['sign', `sign ${BY} --recursive --bundle worker.json HOST/worker:v1`],
  ['sign', `sign --key signer.key --certificate signer.pem --format notation HOST/api:v1`],
  ['sign', `attest ${BY} --type spdxjson --predicate sbom.spdx.json HOST/api:v1`],
  ['sign', `attest ${BY} --type custom --predicate review.json --replace HOST/api:v1`],
  ['sign', `sign ${BY} HOST/missing:v1`],
  ['sign', 'sign --key gone.key HOST/api:v1'],
  ['sign-blob', `sign-blob ${BY} model.bin`],
  ['sign-blob', 'sign-blob --bundle keyless.json model.bin'],
  ['sign-blob', `attest-blob ${BY} --type custom --predicate review.json --bundle review.bundle.json model.bin`],
  ['sign-blob', `sign-blob ${BY} gone.bin`],
  ['generate', 'generate HOST/api:v1'],
  ['bundle-inspect', 'bundle inspect model.bin.sigstore.json'],
  ['bundle-inspect', 'bundle inspect keyless.json'],
  ['bundle-inspect', 'bundle inspect review.bundle.json'],
  ['bundle-inspect', 'bundle inspect sbom.spdx.json'],
  ['bundle', 'bundle upgrade model.bin.sigstore.json'],
  ['bundle', 'bundle create --artifact model.bin'],
  ['keys', 'keys generate --output-key-prefix fresh'],
  ['keys', 'keys import --key openssl.pem --output-key-prefix imported'],
  ['keys', 'keys public --key imported.key'],
  ['keys', 'keys public --key gone.key'],
  ['attach', 'attach artifact --artifact-type application/vnd.acme.notes HOST/tool:v1 README.txt:text/plain'],
  ['attach', 'attach sbom --sbom sbom.spdx.json --type spdx HOST/tool:v1'],
  ['attach', 'attach signature HOST/tool:v1'],
  ['clean', 'clean --type sbom --force HOST/tool:v1'],
  ['clean', 'clean HOST/tool:v1'],
  ['repair', 'repair HOST/api:v1 EVIDENCE'],
  ['repair', 'repair HOST/api:v1'],
  ['copy', 'copy HOST/api:v1 HOST/copied:v1'],
  ['copy', 'save --dir saved HOST/api:v1'],
  ['copy', 'load --dir saved HOST/loaded:v1'],
  ['copy', 'copy HOST/missing:v1 HOST/copied:v2'],
  ['push', 'push HOST/models:v1 model.bin'],
  ['push', 'push HOST/models:v1'],
  ['pull', 'pull --dir pulled HOST/models:v1'],
  ['pull', 'pull HOST/api:v1'],
  ['signing-config', 'signing-config create'],
  ['login', 'login HOST -u me --password-stdin'],
  ['logout', 'logout HOST'],
  ['inspect', 'inspect HOST/app:v1'],
  ['inspect', 'inspect --platform linux/amd64 --layer 1 HOST/app:v1'],
  ['inspect', 'inspect HOST/missing:v1'],
  ['tree', 'tree HOST/app:v1'],
  ['tree', 'tree oci:mirror:v1'],
  ['tree', 'tree HOST/missing:v1'],
  ['download', 'download signature HOST/app:v1'],
  ['download', 'download attestation HOST/app:v1'],
  ['download', 'download sbom HOST/app:v1'],
  ['triangulate', 'triangulate HOST/app:v1'],
  ['digest', 'digest HOST/app:v1'],
  ['digest', 'digest HOST/missing:v1'],
  ['ls', 'ls HOST/app'],
  ['catalog', 'catalog HOST'],
  ['manifest', 'manifest HOST/app:v1'],
  ['config', 'config HOST/app:v1'],
  ['blob', 'blob HOST/app@LAYER'],
  ['trust-show', 'trust show'],
  ['trust-show', 'trust show --trusted-root trusted_root.json'],
  ['trust-init', 'trust init --mirror MIRROR --root root.json'],
  ['trust-update', 'trust update'],
  ['trust-show', 'trust show'],
  ['trust-init', 'initialize --staging'],
  ['trusted-root-create', 'trusted-root create --with-default-services --offline'],
  ['completion', 'completion bash'],
  ['version', 'version'],
  ['version', '--version'],
  ['help', '--help'],
  ['error', 'no-such-command'],
];

describe('what commands print is as published', () => {
  /** Schemas of which something was printed that is no error. */
  const whole = new Set<string>();

  test.each(RUNS)('%s: assay %s', async (schema, line) => {
    const name = `assay/${schema}/v1`;
    const document = byName.get(name);
    const value = JSON.parse(await output(line)) as { schema: unknown; errors?: readonly unknown[] };
    expect(value.schema).toBe(name);
    if ((value.errors ?? []).length === 0) whole.add(name);
    expect(document === undefined ? ['no such schema'] : problemsOf(value, document, document.$defs ?? {})).toEqual([]);
  });

  test('and every schema but the benchmark is printed by one of them', () => {
    const shown = new Set(RUNS.map(([schema]) => `assay/${schema}/v1`));
    const printed = [...byName.keys()].filter((name) => name.startsWith('assay/'));
    expect(printed.filter((name) => !shown.has(name))).toEqual(['assay/bench/v1']);
    expect([...shown].filter((name) => !whole.has(name))).toEqual(['assay/error/v1']);
  });
});

describe('the judge can say no', () => {
  const document = byName.get('assay/verify/v1');
  const judge = (value: unknown): readonly string[] => (document === undefined ? [] : problemsOf(value, document, document.$defs ?? {}));
  const good = { schema: 'assay/verify/v1', outcome: 'verified', images: [], warnings: [], errors: [] };
  test('a whole run is well', () => expect(judge(good)).toEqual([]));
  test.each([
    ['another schema', { ...good, schema: 'assay/verify/v2' }],
    ['an outcome that there is not', { ...good, outcome: 'fine' }],
    ['a member that is not documented', { ...good, more: 1 }],
    ['neither images nor errors', { schema: 'assay/verify/v1', warnings: [], errors: [] }],
    ['an error without a code', { ...good, errors: [{ message: 'x', retryable: false }] }],
  ])('%s', (_what, value) => expect(judge(value)).not.toEqual([]));
});

async function output(line: string): Promise<string> {
  const { content, host } = world.registry;
  const layer = [...content.blobs].find(([, bytes]) => bytes.toString() === 'layer of app amd64')?.[0] ?? '';
  const evidence = [...content.repository('api').manifests].find(([, { body }]) => body.includes('"subject"'))?.[0] ?? '';
  const words = line
    .replaceAll('HOST', host)
    .replace('EVIDENCE', evidence)
    .replace('MIRROR', mirror.url)
    .replace('LAYER', layer)
    .split(' ');
  const env = /^(?:verify|slsa|policy|sign|attest|keys)/.test(line) ? world.env : {};
  const around = { cwd: world.folder, home: join(world.folder, 'home'), env, stdin: 'secret' };
  return (await assay([...words, '--output', 'json'], around)).stdout.toString();
}
