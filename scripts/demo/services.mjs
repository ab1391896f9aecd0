// The test authority's Sigstore over HTTP on loopback: real cosign and Assay sign with it, without a network.
import { writeFileSync } from 'node:fs';
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

/**
 * An identity token as GitHub gives it to the workflow that builds the demo's image.
 * @param {import('../../src/testing/index.ts').SigstoreServices} services
 * @returns {string}
 */
export function workflowToken(services) {
  const [, path = ''] = BUILD.workflow.split('https://github.com/');
  const [, run = ''] = /runs\/(\d+)/.exec(BUILD.run) ?? [];
  return services.token({
    iss: BUILD.issuer,
    sub: `repo:acme/os:ref:${BUILD.ref}`,
    job_workflow_ref: path,
    job_workflow_sha: BUILD.commit,
    workflow: 'ci',
    workflow_ref: path,
    workflow_sha: BUILD.commit,
    event_name: 'push',
    repository: 'acme/os',
    repository_id: '481516',
    repository_owner: 'acme',
    repository_owner_id: '2342',
    repository_visibility: 'public',
    ref: BUILD.ref,
    sha: BUILD.commit,
    run_id: run,
    run_attempt: '1',
    runner_environment: 'github-hosted',
  });
}
