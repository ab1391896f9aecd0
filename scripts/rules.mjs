// Proves that every rule of verification is tested (DESIGN: `npm run test:rules`): disables one after the other, and wants a case of
// test/forgeries to notice. The switch for that exists in this build only; the published executable is searched for it.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const outfile = join(root, '.cache/rules/rules.mjs');
mkdirSync(join(root, '.cache/rules'), { recursive: true });
await build({
  entryPoints: [join(root, 'test/forgeries/rules.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  packages: 'external',
  define: { __ASSAY_RULES_SWITCHABLE__: 'true' },
  logLevel: 'warning',
});
const { proveRules } = await import(pathToFileURL(outfile).href);

let passed = 0;
const failures = [];
for (const { rule, caughtBy, became } of await proveRules()) {
  if (caughtBy === undefined) failures.push(rule);
  else passed++;
  process.stdout.write(
    `${rule.padEnd(22)} → ${caughtBy === undefined ? 'NOTHING: no case notices that the rule is gone' : `${caughtBy} (${became})`}\n`,
  );
}

let skipped = 0;
const bundle = ['assay.cjs', 'assay-rare.cjs'].map((name) => join(root, 'dist', name));
if (bundle.every((file) => existsSync(file))) {
  // With the switch compiled out nothing is left that could be set, nor the name of the constant.
  const text = bundle.map((file) => readFileSync(file, 'utf8')).join('\n');
  const left = ['__ASSAY_RULES_SWITCHABLE__', 'function disableRule'].filter((name) => text.includes(name));
  if (left.length === 0) passed++;
  else failures.push('the executable');
  process.stdout.write(`${'dist/assay.cjs'.padEnd(22)} → ${left.length === 0 ? 'has no switch' : `HAS THE SWITCH: ${left.join(', ')}`}\n`);
} else {
  skipped++;
  process.stdout.write(`${'dist/assay.cjs'.padEnd(22)} → not built, so not searched for the switch\n`);
}

process.stdout.write(`${passed} passed, ${failures.length} failed, ${skipped} skipped\n`);
process.exitCode = failures.length === 0 ? 0 : 1;
