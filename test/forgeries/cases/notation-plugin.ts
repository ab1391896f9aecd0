/** Notary Project signatures that name a plugin for their verification. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPluginHost } from '../../../src/trust/notation-plugin/index.ts';
import type { PluginHost } from '../../../src/verify/request.ts';
import type { Ask } from '../case.ts';
import { notationTable, theirs } from './notation-lab.ts';

const { cases, controls, forgeries } = notationTable('notation-plugin');
/** Its rows. */
export const notationPluginCases = cases;

// --- plugins ---
const DEMANDS = { plugin: { name: 'com.acme.plugin', minVersion: '1.2.0' } } as const;
const BOTH = ['SIGNATURE_VERIFIER.TRUSTED_IDENTITY', 'SIGNATURE_VERIFIER.REVOCATION_CHECK'];
interface Said {
  readonly version?: string;
  readonly name?: string;
  readonly contracts?: readonly string[];
  readonly capabilities?: readonly string[];
  readonly results?: Readonly<Record<string, unknown>>;
  readonly processed?: readonly string[];
}
function plugin(said: Said = {}): Ask {
  const { version = '1.2.0', name = 'com.acme.plugin', contracts = ['1.0'], capabilities = BOTH, processed = [] } = said;
  const host: PluginHost = {
    async call(_plugin, command, request) {
      if (command === 'get-plugin-metadata')
        return { name, description: 'd', version, url: 'u', supportedContractVersions: contracts, capabilities };
      const asked = (request as { trustPolicy: { signatureVerification: string[] } }).trustPolicy.signatureVerification;
      return {
        verificationResults: said.results ?? Object.fromEntries(asked.map((c) => [c, { success: true }])),
        processedAttributes: processed,
      };
    },
  };
  return { facts: { plugins: host } };
}
/** A program that says yes to everything, and the digest that is pinned for it. */
function program(pinned?: (digest: string) => string): Ask {
  const name = 'com.acme.plugin';
  const metadata = { name, description: 'd', version: '1.2.0', url: 'u', supportedContractVersions: ['1.0'], capabilities: BOTH };
  const results = Object.fromEntries(BOTH.map((c) => [c, { success: true }]));
  const yes = JSON.stringify({ verificationResults: results, processedAttributes: [] });
  const text = `#!/bin/sh\ncase $1 in get-plugin-metadata) echo '${JSON.stringify(metadata)}' ;; *) echo '${yes}' ;; esac\n`;
  const digest = pinned?.(createHash('sha256').update(text).digest('hex'));
  const pins = digest === undefined ? [] : [{ name, digest: `sha256:${digest}` }];
  const host: PluginHost = {
    async call(...asked) {
      const folder = mkdtempSync(join(tmpdir(), 'assay-forgery-'));
      try {
        const path = join(folder, name, `notation-${name}`);
        mkdirSync(join(folder, name));
        writeFileSync(path, text, { mode: 0o755 });
        return await createPluginHost({ folder, pins, env: { PATH: process.env.PATH }, home: folder }).call(...asked);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  };
  return { facts: { plugins: host } };
}
controls('a plugin whose program is pinned', () => [DEMANDS, program((digest) => digest)]);
forgeries('a plugin whose program nobody pinned', 'plugin-pin', 'inconclusive', () => [DEMANDS, program()]);
forgeries('a program in place of the pinned plugin', 'plugin-pin', 'inconclusive', () => [
  DEMANDS,
  program((digest) => [...digest].reverse().join('')),
]);
controls('a plugin that takes over', () => [{ ...DEMANDS, leaf: { subject: subject('other') } }, plugin()]);
controls('a newer plugin', () => [DEMANDS, plugin({ version: '1.10.0' })]);
controls('a critical attribute that the plugin processes', () => [
  { ...DEMANDS, attributes: [{ name: 'acme.must', value: 'x', critical: true }] },
  plugin({ processed: ['acme.must'] }),
]);
forgeries('a plugin that cannot be run', 'notation-plugin', 'inconclusive', () => [DEMANDS]);
forgeries('an older plugin', 'notation-plugin', 'inconclusive', () => [DEMANDS, plugin({ version: '1.2.0-rc.1' })]);
forgeries('a plugin without a version', 'notation-plugin', 'inconclusive', () => [DEMANDS, plugin({ version: 'new' })]);
forgeries('a plugin of another name', 'notation-plugin', 'inconclusive', () => [DEMANDS, plugin({ name: 'other' })]);
forgeries('a plugin that does not verify', 'notation-plugin', 'inconclusive', () => [
  DEMANDS,
  plugin({ capabilities: ['SIGNATURE_GENERATOR.RAW'] }),
]);
forgeries('a plugin of another contract', 'notation-plugin', 'inconclusive', () => [DEMANDS, plugin({ contracts: ['2.0'] })]);
forgeries('a plugin that does not answer what was asked', 'notation-plugin', 'inconclusive', () => [DEMANDS, plugin({ results: {} })]);
forgeries('a plugin that trusts nobody', 'notation-plugin', 'untrusted', () => [
  DEMANDS,
  plugin({ capabilities: BOTH.slice(0, 1), results: { [BOTH[0] ?? '']: { success: false, reason: 'not ours' } } }),
]);
forgeries('a plugin that knows of a revocation', 'notation-plugin', 'revoked', () => [
  DEMANDS,
  plugin({ capabilities: BOTH.slice(1), results: { [BOTH[1] ?? '']: { success: false, reason: 'revoked' } } }),
]);
forgeries('a least version that is none', 'notation-plugin', 'invalid', () => [
  { plugin: { name: 'com.acme.plugin', minVersion: 'newest' } },
  plugin(),
]);
forgeries('a critical attribute that the plugin does not process', 'notation-attributes', 'invalid', () => [
  { ...DEMANDS, attributes: [{ name: 'acme.must', value: 'x', critical: true }] },
  plugin(),
]);
forgeries('a plugin for a signature of a stranger', 'notation-anchor', 'untrusted', () => [{ ...DEMANDS, by: theirs }, plugin()]);

function subject(organization: string): readonly (readonly ['C' | 'ST' | 'O' | 'CN', string])[] {
  return [
    ['C', 'US'],
    ['ST', 'WA'],
    ['O', organization],
    ['CN', 'signer'],
  ];
}
