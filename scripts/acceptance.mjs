// npm run acceptance: the independent judge and the conformance vectors. `--only REGEX` picks cases, `--report FILE` keeps the judge's JSON.
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { peersFolder } from './peers/folder.mjs';
import { setUp } from './setup.mjs';
import { runAcceptance, runConformance } from './test/acceptance.mjs';
import { failuresOf, lineOf, nothing, sum } from './test/tally.mjs';

const root = dirname(import.meta.dirname);
const { values } = parseArgs({ options: { only: { type: 'string' }, report: { type: 'string' } } });

const { ready, lacking } = await setUp();
if (!ready || lacking.length > 0) process.exit(1);
const conformance = values.only === undefined ? await runConformance(root) : nothing();
const report = values.report === undefined ? {} : { report: resolve(values.report) };
const only = values.only === undefined ? {} : { only: values.only };
const acceptance = await runAcceptance(root, { peers: peersFolder(), ...only, ...report });
const total = sum([conformance, acceptance]);
process.stdout.write(`${failuresOf(total)}${lineOf(total)}\n`);
process.exitCode = total.failed === 0 ? 0 : 1;
