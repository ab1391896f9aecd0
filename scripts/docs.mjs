// npm run docs: writes the pages of docs/reference that come from the code.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadTypeScript } from './docs/load.mjs';

const root = dirname(import.meta.dirname);
const { pages } = await loadTypeScript(root, 'scripts/docs/pages.ts');
for (const { path, text } of await pages(root)) {
  writeFileSync(join(root, path), text);
  process.stdout.write(`${path}\n`);
}
