// npm run servers: the real Rekor v2 and timestamp servers that judge what Assay writes, built from Debian's sources into the cache folder.

import { ensureServers } from './servers/build.mjs';
import { foundServers } from './servers/folder.mjs';

const missing = await ensureServers((line) => process.stderr.write(`${line}\n`));
for (const sentence of missing) process.stderr.write(`server missing: ${sentence}\n`);
for (const [name, path] of foundServers()) process.stdout.write(`${name}\t${path}\n`);
process.exitCode = missing.length > 0 ? 1 : 0;
