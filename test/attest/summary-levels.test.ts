/** Summaries of provenance whose builder the certificate proves, and summaries that are signed without a key. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { dsseBundle, inTotoStatement, pushBundle, pushImage, registrySink } from '../../src/testing/index.ts';
import { type SigstoreServices, startSigstoreServices } from '../../src/testing/services/index.ts';
import { by, folder, GENERATOR, key, provenance02, registry, sigstore, V02 } from '../slsa/lab.ts';

const CONTAINER = `${GENERATOR}generator_container_slsa3.yml@refs/tags/v2.1.0`;
const WORKFLOW = 'https://github.com/acme/build/.github/workflows/build.yml@refs/heads/main';
const PARTS = { builder: CONTAINER, buildType: 'https://github.com/slsa-framework/slsa-github-generator/container@v1' };
const ISSUER = 'https://token.actions.githubusercontent.com';
const VERIFIER = ['--vsa-verifier-id', 'https://verifier.example'];

interface Answer {
  readonly exit: number;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

// The certificate service lives in the present, and so has whoever asks it.
async function json(...argv: readonly string[]): Promise<Answer> {
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  const exit = await run([...argv, '--output', 'json'], {
    stdout: { write: (chunk) => out.push(Buffer.from(chunk)) },
    stderr: { write: (chunk) => err.push(Buffer.from(chunk)) },
    stdin: (async function* () {})(),
    env: {},
    cwd: folder,
    home: folder,
    isTTY: { stdout: false, stderr: false },
    columns: 120,
    now: () => new Date(),
  });
  const stdout = Buffer.concat(out).toString();
  return { exit, text: `${stdout}${Buffer.concat(err)}`, json: JSON.parse(stdout) as Answer['json'] };
}

function built(name: string, workflow: string): string {
  const sink = registrySink(registry.content, name);
  const image = pushImage(sink, name);
  const statement = inTotoStatement(image.digest, V02, {
    predicate: JSON.parse(JSON.stringify(provenance02({ ...PARTS, builder: workflow }))),
  });
  pushBundle(sink, image, dsseBundle(sigstore, by(workflow), statement, { logs: [{}] }));
  return `${registry.host}/${name}@${image.digest}`;
}

function summarize(reference: string, workflow: string, ...more: readonly string[]): Promise<Answer> {
  return json(
    ...['verify-attestation', '--type', 'slsaprovenance', '--trusted-root', 'trusted_root.json'],
    ...['--certificate-identity', workflow, '--certificate-oidc-issuer', ISSUER],
    ...['--emit-vsa', 'vsa.json', ...VERIFIER, ...more, reference],
  );
}

function levels(): unknown {
  const bundle = JSON.parse(readFileSync(join(folder, 'vsa.json'), 'utf8')) as { dsseEnvelope: { payload: string } };
  return (JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString()) as { predicate: { verifiedLevels: unknown } }).predicate
    .verifiedLevels;
}

beforeAll(() => {
  writeFileSync(join(folder, 'verifier.key'), key.privateKey.export({ type: 'pkcs8', format: 'pem' }));
});

describe('the level of a summary', () => {
  test('is that of the builder that the certificate proves, and slsa verify accepts it', async () => {
    const reference = built('acme/level', CONTAINER);
    const made = await summarize(reference, CONTAINER, '--vsa-key', 'verifier.key');
    expect(made.json, made.text).toMatchObject({ outcome: 'verified', summaries: [{ result: 'PASSED' }] });
    expect(levels()).toEqual(['SLSA_BUILD_LEVEL_3']);
    const [repository, digest = ''] = reference.split('@');
    const ask = (level: string): Promise<Answer> =>
      json(
        ...['slsa', 'verify', '--vsa', 'vsa.json', '--verifier-id', 'https://verifier.example', '--resource-uri', `oci://${repository}`],
        ...['--public-key-path', 'key.pub', '--subject-digest', digest, '--verified-level', level],
      );
    expect((await ask('SLSA_BUILD_LEVEL_2')).exit).toBe(0);
    expect((await ask('SLSA_SOURCE_LEVEL_1')).exit).toBe(1);
  });

  test.each([
    ['a builder that somebody else is', 'liar', WORKFLOW, 'acme/app', 'SLSA_BUILD_LEVEL_UNEVALUATED'],
    ['a repository that is not the one that was built', 'stranger', CONTAINER, 'acme/other', 'SLSA_BUILD_LEVEL_UNEVALUATED'],
    ['nothing but what the certificate proves', 'honest', CONTAINER, 'acme/app', 'SLSA_BUILD_LEVEL_3'],
  ])('of provenance that states %s', async (_, name, workflow, repository, level) => {
    const sink = registrySink(registry.content, `acme/${name}`);
    const image = pushImage(sink, name);
    const statement = inTotoStatement(image.digest, V02, { predicate: JSON.parse(JSON.stringify(provenance02(PARTS))) });
    pushBundle(sink, image, dsseBundle(sigstore, by(workflow, repository), statement, { logs: [{}] }));
    const made = await summarize(`${registry.host}/acme/${name}@${image.digest}`, workflow, '--vsa-key', 'verifier.key');
    expect(made.json, made.text).toMatchObject({ summaries: [{ result: 'PASSED' }] });
    expect(levels()).toEqual([level]);
  });
});

describe('a summary without a key', () => {
  let services: SigstoreServices;
  beforeAll(async () => {
    services = await startSigstoreServices(sigstore);
    writeFileSync(join(folder, 'services.json'), JSON.stringify(services.signingConfig(1)));
  });
  afterAll(() => services.close());

  test('is certified and logged, and nobody takes it for the word of who built', async () => {
    const reference = built('acme/keyless', CONTAINER);
    const made = await summarize(
      ...([
        reference,
        CONTAINER,
        '--attach-vsa',
        '--vsa-identity-token',
        services.token(),
        '--vsa-signing-config',
        'services.json',
      ] as const),
    );
    expect(made.json, made.text).toMatchObject({ summaries: [{ result: 'PASSED', file: 'vsa.json' }] });
    const ask = (subject: string, issuer: string): Promise<Answer> =>
      json(
        ...['verify-attestation', '--type', 'vsa', '--trusted-root', 'trusted_root.json'],
        ...['--certificate-identity', subject, '--certificate-oidc-issuer', issuer, reference],
      );
    expect(await ask('dev@example.test', services.issuer)).toMatchObject({ exit: 0, json: { outcome: 'verified' } });
    expect(await ask(CONTAINER, ISSUER)).toMatchObject({ exit: 1 });
  });

  test('whose services do not answer is missed, and the answer stays', async () => {
    const reference = built('acme/silent', CONTAINER);
    const before = readFileSync(join(folder, 'vsa.json'), 'utf8');
    const config = services.signingConfig(1);
    const down = { ...config, rekorTlogUrls: config.rekorTlogUrls.map((l) => ({ ...l, url: 'http://127.0.0.1:9' })) };
    writeFileSync(join(folder, 'down.json'), JSON.stringify(down));
    const made = await summarize(reference, CONTAINER, '--vsa-key', 'verifier.key', '--vsa-signing-config', 'down.json');
    expect(made.json, made.text).toMatchObject({ outcome: 'verified', summaries: [], warnings: [{ code: 'vsa-not-made' }] });
    expect(made.exit).toBe(3);
    expect(readFileSync(join(folder, 'vsa.json'), 'utf8')).toBe(before);
  });
});
