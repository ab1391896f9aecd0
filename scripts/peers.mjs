// npm run peers: the real tools that judge Assay, from Debian, into the cache folder. `--list` only says what is there.
import { ensurePeers } from './peers/ensure.mjs';
import { foundPeers, missingAllowed, peersFolder } from './peers/folder.mjs';
import { PEERS } from './peers/table.mjs';

const folder = peersFolder();

if (process.argv.includes('--list')) {
  for (const { name, version, path } of foundPeers(folder)) process.stdout.write(`${name}\t${version}\t${path}\n`);
} else {
  const { debian, found, missing, warnings } = await ensurePeers(folder, (line) => process.stderr.write(`${line}\n`));
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
  for (const sentence of missing) process.stderr.write(`peer missing: ${sentence}\n`);
  if (!debian) process.stderr.write('this is not Debian: the peers are not to be had, and the tests that need one are skipped\n');
  else process.stderr.write(`${found.length} of ${PEERS.length} peers in ${folder}\n`);
  process.exitCode = missing.length > 0 && !missingAllowed() ? 1 : 0;
}
