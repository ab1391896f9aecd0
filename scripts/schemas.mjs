// npm run schemas: writes the JSON Schemas of what --output json prints. The shapes stand in scripts/schemas and are compiled against the
// types of the sources; test/docs/schemas.test.ts holds real output against the files.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { loadTypeScript } from './docs/load.mjs';

const root = dirname(import.meta.dirname);
const { schemas, textOf } = await loadTypeScript(root, 'scripts/schemas/all.ts');
const all = schemas();
mkdirSync(join(root, 'schemas'), { recursive: true });
for (const name of readdirSync(join(root, 'schemas')))
  if (!all.some(({ path }) => basename(path) === name)) rmSync(join(root, 'schemas', name));
for (const schema of all) {
  writeFileSync(join(root, schema.path), textOf(schema));
  process.stdout.write(`${schema.path}\n`);
}
