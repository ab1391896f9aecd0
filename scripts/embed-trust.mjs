// Writes src/trust/embedded/*.ts: the public good instance's trust root as it ships with the development dependency @sigstore/tuf.
// usage: node scripts/embed-trust.mjs [DATE]    DATE: when the seeds were known to be current; by default when that version was published
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const MIRROR = 'https://tuf-repo-cdn.sigstore.dev';

const root = dirname(import.meta.dirname);
const folder = join(root, 'node_modules/@sigstore/tuf');
const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const seed = JSON.parse(readFileSync(join(folder, 'seeds.json'), 'utf8'))[MIRROR];
if (seed === undefined) throw new Error(`@sigstore/tuf ${version} has no seed for ${MIRROR}`);

const tufRoot = Buffer.from(seed['root.json'], 'base64').toString('utf8');
const trustedRoot = JSON.stringify(JSON.parse(Buffer.from(seed.targets['trusted_root.json'], 'base64').toString('utf8')));
const { signed } = JSON.parse(tufRoot);
const date = new Date(process.argv[2] ?? published(version)).toISOString();

writeModule('public-good.ts', [
  ['When the embedded material was current (ISO 8601).', 'EMBEDDED_DATE', date],
  ['When the embedded TUF root expires (ISO 8601).', 'EMBEDDED_ROOT_EXPIRES', signed.expires],
  ['Version of the embedded TUF root.', 'EMBEDDED_ROOT_VERSION', signed.version],
  ["The public good instance's `trusted_root.json`, as text: it is parsed only when it is needed.", 'EMBEDDED_TRUSTED_ROOT', trustedRoot],
]);
writeModule('public-good-tuf-root.ts', [
  ["The public good instance's TUF `root.json`, byte for byte; only a refresh needs it.", 'EMBEDDED_TUF_ROOT', tufRoot],
]);

function published(wanted) {
  const times = JSON.parse(
    execFileSync('npm', ['view', '@sigstore/tuf', 'time', '--json'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  );
  return times[wanted];
}

function writeModule(name, constants) {
  const lines = constants.map(
    ([comment, constant, value]) =>
      `/** ${comment} */\nexport const ${constant} =\n  ${typeof value === 'number' ? value : `'${quoted(value)}'`};\n`,
  );
  const head = `// Written by scripts/embed-trust.mjs from @sigstore/tuf ${version} (TUF root version ${signed.version}). Do not edit.\n`;
  writeFileSync(join(root, 'src/trust/embedded', name), head + lines.join('\n'));
}

function quoted(text) {
  return text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n');
}
