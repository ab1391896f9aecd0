// The test authority's Sigstore over HTTP on loopback: real cosign and Assay sign with it, without a network.
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { BUILD } from './documents.mjs';

/** The files that name the services, in the demo's folder. */
export const SERVICES = { config: 'signing_config.json', root: 'trusted_root.json' };

/**
 * Starts them: they check what they are given, as real ones do.
 * @param {{ folder: string, testing: typeof import('../../src/testing/index.ts'), sigstore: import('../../src/testing/index.ts').VirtualSigstore }} base
 * @returns {Promise<import('../../src/testing/index.ts').SigstoreServices>}
 */
export async function startServices({ folder, testing, sigstore }) {
  const services = await testing.startSigstoreServices(sigstore, { issuers: [BUILD.issuer] });
  writeFileSync(join(folder, SERVICES.config), JSON.stringify(services.signingConfig(2), undefined, 2));
  writeFileSync(join(folder, SERVICES.root), JSON.stringify(sigstore.trustedRoot(), undefined, 2));
  return services;
}

/** The workflow, and the number of its run, as GitHub's variables and tokens write them. */
const WORKFLOW = BUILD.workflow.replace('https://github.com/', '');
const RUN = /runs\/(\d+)/.exec(BUILD.run)?.[1] ?? '';

/**
 * What a runner of GitHub's gives to a job: variables, and an address that answers with identity tokens (GitHub docs, "OpenID Connect reference").
 * @param {import('../../src/testing/index.ts').SigstoreServices} services
 * @returns {Promise<{ variables: Readonly<Record<string, string>>, close: () => Promise<void> }>}
 */
export async function startRunner(services) {
  const secret = randomBytes(16).toString('hex');
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://runner');
    const may =
      request.headers.authorization === `bearer ${secret}` && pathname === '/token' && searchParams.get('audience') === 'sigstore';
    response
      .writeHead(may ? 200 : 401, { 'Content-Type': 'application/json' })
      .end(JSON.stringify(may ? { value: workflowToken(services) } : {}));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const variables = {
    GITHUB_ACTIONS: 'true',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_REPOSITORY: 'acme/os',
    GITHUB_REPOSITORY_ID: '481516',
    GITHUB_REPOSITORY_OWNER_ID: '2342',
    GITHUB_WORKFLOW_REF: WORKFLOW,
    GITHUB_REF: BUILD.ref,
    GITHUB_SHA: BUILD.commit,
    GITHUB_EVENT_NAME: 'push',
    GITHUB_RUN_ID: RUN,
    GITHUB_RUN_ATTEMPT: '1',
    RUNNER_ENVIRONMENT: 'github-hosted',
    ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${server.address().port}/token`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret,
  };
  const close = () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { variables, close };
}

/**
 * An identity token as GitHub gives it to the workflow that builds the demo's image.
 * @param {import('../../src/testing/index.ts').SigstoreServices} services
 * @returns {string}
 */
export function workflowToken(services) {
  return services.token({
    iss: BUILD.issuer,
    sub: `repo:acme/os:ref:${BUILD.ref}`,
    job_workflow_ref: WORKFLOW,
    job_workflow_sha: BUILD.commit,
    workflow: 'ci',
    workflow_ref: WORKFLOW,
    workflow_sha: BUILD.commit,
    event_name: 'push',
    repository: 'acme/os',
    repository_id: '481516',
    repository_owner: 'acme',
    repository_owner_id: '2342',
    repository_visibility: 'public',
    ref: BUILD.ref,
    sha: BUILD.commit,
    run_id: RUN,
    run_attempt: '1',
    runner_environment: 'github-hosted',
  });
}
