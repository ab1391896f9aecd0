/** Keyless signing from the command line: every way to a token, up to a bundle that verifies. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { createVirtualSigstore } from '../../src/testing/authority/index.ts';
import { startSigstoreServices } from '../../src/testing/services/index.ts';
import { closing, json, serve } from './oidc-kit.ts';

const GITHUB = 'https://token.actions.githubusercontent.com';
const WORKFLOW = 'a/b/.github/workflows/r.yml@refs/heads/main';

async function started() {
  const folder = await mkdtemp(join(tmpdir(), 'assay-keyless-'));
  closing(() => rm(folder, { recursive: true, force: true }));
  const sigstore = createVirtualSigstore({ now: new Date(Math.floor(Date.now() / 1000) * 1000) });
  const services = await startSigstoreServices(sigstore, { issuers: [GITHUB] });
  closing(() => services.close());
  await writeFile(join(folder, 'root.json'), JSON.stringify(sigstore.trustedRoot()));
  await writeFile(join(folder, 'config.json'), JSON.stringify(services.signingConfig(2)));
  await writeFile(join(folder, 'file'), 'content');
  const assay = async (env: Readonly<Record<string, string>>, ...argv: readonly string[]) => {
    const [out, err]: string[] = [];
    const texts = { out: out ?? '', err: err ?? '' };
    const exit = await run([...argv, '--trusted-root', 'root.json', '--output', 'json'], {
      stdout: { write: (chunk) => (texts.out += String(chunk)) },
      stderr: { write: (chunk) => (texts.err += String(chunk)) },
      stdin: (async function* () {})(),
      env,
      cwd: folder,
      home: folder,
      isTTY: { stdout: false, stderr: false },
      columns: 120,
      now: () => new Date(),
    });
    return { exit, json: JSON.parse(texts.out), all: `${texts.out}${texts.err}` };
  };
  const make = (command: string, env: Readonly<Record<string, string>>, ...argv: readonly string[]) =>
    assay(env, command, '--signing-config', 'config.json', '--bundle', 'bundle.json', ...argv, 'file');
  const check = (command: string, identity: string, issuer: string, ...argv: readonly string[]) =>
    assay(
      {},
      ...[command, '--bundle', 'bundle.json', '--certificate-identity', identity, '--certificate-oidc-issuer', issuer],
      ...argv,
      'file',
    );
  const sign = (env: Readonly<Record<string, string>>, ...argv: readonly string[]) => make('sign-blob', env, ...argv);
  const verify = (identity: string, issuer: string) => check('verify-blob', identity, issuer);
  return { folder, services, make, check, sign, verify };
}

test('a device code', async () => {
  const { services, sign, verify } = await started();
  const signed = await sign({}, '--fulcio-auth-flow', 'device');
  expect(signed.exit, signed.all).toBe(0);
  expect((await verify('dev@example.test', services.issuer)).json.outcome).toBe('verified');
});

test('a browser', async () => {
  const { folder, services, sign, verify } = await started();
  // A browser with no mind of its own.
  const opener = join(folder, 'xdg-open');
  await writeFile(opener, `#!${process.execPath}\nfetch(process.argv[2]);\n`);
  await chmod(opener, 0o755);
  const signed = await sign({ PATH: folder }, '--fulcio-auth-flow', 'normal');
  expect(signed.exit, signed.all).toBe(0);
  expect((await verify('dev@example.test', services.issuer)).json.outcome).toBe('verified');
});

test('a job in a reusable workflow: provenance names the builder that the certificate proves', async () => {
  const { services, make, check } = await started();
  const [caller, commit] = ['b/c/.github/workflows/ci.yml@refs/heads/main', 'c'.repeat(40)];
  const said = { repository: 'b/c', ref: 'refs/heads/main', sha: commit, workflow_ref: caller, run_id: '7' };
  const claims = { iss: GITHUB, sub: 'repo:b/c:ref:refs/heads/main', job_workflow_ref: WORKFLOW, email: undefined, ...said };
  const github = await serve((_, response) => json(response, { value: services.token(claims) }));
  const env = {
    ...{ ACTIONS_ID_TOKEN_REQUEST_URL: `${github}/?a=b`, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'runner', GITHUB_ACTIONS: 'true' },
    ...{ GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'b/c', GITHUB_WORKFLOW_REF: caller, GITHUB_REF: 'refs/heads/main' },
    ...{ GITHUB_SHA: commit, GITHUB_EVENT_NAME: 'push', GITHUB_REPOSITORY_ID: '1', GITHUB_REPOSITORY_OWNER_ID: '2', GITHUB_RUN_ID: '7' },
    ...{ GITHUB_RUN_ATTEMPT: '1', RUNNER_ENVIRONMENT: 'github-hosted' },
  };
  const signed = await make('attest-blob', env, '--from-ci');
  expect(signed.exit, signed.all).toBe(0);
  const verified = await check('verify-blob-attestation', `https://github.com/${WORKFLOW}`, GITHUB, '--type', 'slsaprovenance1');
  expect(verified.json, verified.all).toMatchObject({
    outcome: 'verified',
    files: [{ evidence: [{ claims: { builder: { builder: `https://github.com/${WORKFLOW}` } } }] }],
  });
});

test('a job of GitHub Actions', async () => {
  const { services, sign, verify } = await started();
  const claims = { iss: GITHUB, sub: 'repo:a/b:ref:refs/heads/main', job_workflow_ref: WORKFLOW, repository: 'a/b', email: undefined };
  const github = await serve((request, response) =>
    request.headers.authorization === 'bearer runner' ? json(response, { value: services.token(claims) }) : json(response, {}, 401),
  );
  const signed = await sign({ ACTIONS_ID_TOKEN_REQUEST_URL: `${github}/?a=b`, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'runner' });
  expect(signed.exit, signed.all).toBe(0);
  expect((await verify(`https://github.com/${WORKFLOW}`, GITHUB)).json.outcome).toBe('verified');
});

test.each([
  ['token-missing', {}],
  ['token-invalid', { SIGSTORE_ID_TOKEN: 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwZXJzb24ifQ.c2ln' }],
  ['service-unavailable', { ACTIONS_ID_TOKEN_REQUEST_URL: 'http://127.0.0.1:1', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'eyJydW5uZXI' }],
])('%s: nothing is written, nothing secret is said', async (code, env) => {
  const { services, sign } = await started();
  const { exit, json: answer, all } = await sign(env as Record<string, string>, '--debug');
  expect(exit).not.toBe(0);
  expect(JSON.stringify(answer)).toContain(code);
  expect(all).not.toContain('eyJ');
  expect(services.log.map(({ target }) => target)).toEqual([]);
});
