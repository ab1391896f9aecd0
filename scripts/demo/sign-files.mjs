// What a user who signs has in a folder: passwords, a token of the CI, predicates, a report.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workflowToken } from './services.mjs';

/** Never an argument: in a file. */
const PASSWORD = 'correct horse battery staple';

/**
 * @param {string} folder
 * @param {import('../../src/testing/index.ts').SigstoreServices} services
 * @param {Readonly<Record<string, string>>} variables of the CI
 * @param {Map<string, object>} documents by cosign's names of predicate types
 */
export function writeSigningFiles(folder, services, variables, documents) {
  const write = (name, text) => writeFileSync(join(folder, name), text, { mode: 0o600 });
  const json = (name, value) => write(name, `${JSON.stringify(value, undefined, 2)}\n`);
  write('password.txt', `${PASSWORD}\n`);
  write('mistyped.txt', `${PASSWORD}r\n`);
  write('token.jwt', workflowToken(services));
  write(
    'ci.env',
    Object.entries(variables)
      .map((pair) => `${pair.join('=')}\n`)
      .join(''),
  );
  const sbom = documents.get('spdxjson');
  json('sbom.spdx.json', sbom);
  json('spoilt.spdx.json', { ...sbom, spdxVersion: undefined, packages: 'all of Debian' });
  json('report.json', { passed: true, tests: 4711 });
}
