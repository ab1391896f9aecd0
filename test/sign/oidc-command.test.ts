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
  const sign = (env: Readonly<Record<string, string>>, ...argv: readonly string[]) =>
    assay(env, 'sign-blob', '--signing-config', 'config.json', '--bundle', 'bundle.json', ...argv, 'file');
  const verify = (identity: string, issuer: string) =>
    assay({}, 'verify-blob', '--bundle', 'bundle.json', '--certificate-identity', identity, '--certificate-oidc-issuer', issuer, 'file');
  return { folder, services, sign, verify };
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
