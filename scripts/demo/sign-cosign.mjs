// Evidence by real cosign. It signs without a network: against the test authority's Sigstore on loopback.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture } from '../command.mjs';
import { SERVICES, workflowToken } from './services.mjs';

/**
 * @param {import('./world.mjs').Base} base
 * @param {{ cosign3: { version: string, path: string }, cosign2: { version: string, path: string } | undefined }} peers
 * @returns {Promise<import('./world.mjs').Signer>}
 */
export async function cosignSigner({ folder, services }, { cosign3, cosign2 }) {
  const env = { HOME: folder, COSIGN_PASSWORD: '', NO_PROXY: '*', HTTP_PROXY: '', HTTPS_PROXY: '' };
  const run = async (program, args) => {
    const { code, stderr } = await capture(program, args, { cwd: folder, env, timeoutMs: 60_000 });
    if (code !== 0) throw new Error(`cosign ${args[0]} failed (${code}): ${stderr.trim().slice(0, 600)}`);
  };
  await run(cosign3.path, ['generate-key-pair']);
  const usual = ['--yes', '--allow-http-registry', `--signing-config=${SERVICES.config}`, `--trusted-root=${SERVICES.root}`];
  const by = (who) => (who === 'key' ? ['--key=cosign.key'] : [`--identity-token=${workflowToken(services)}`]);

  const written = (type, predicate) => {
    const file = join(folder, `${type}.json`);
    writeFileSync(file, JSON.stringify(predicate));
    return [`--type=${type}`, `--predicate=${file}`];
  };
  const old = ['--yes', '--allow-http-registry', '--tlog-upload=false', '--key=cosign.key'];

  return {
    name: `cosign ${cosign3.version}${cosign2 === undefined ? '' : ` and ${cosign2.version}`}`,
    hasOld: cosign2 !== undefined,
    sign: (image, who) => run(cosign3.path, ['sign', ...usual, ...by(who), image.pinned]),
    attest: (image, who, type, predicate) => run(cosign3.path, ['attest', ...usual, ...by(who), ...written(type, predicate), image.pinned]),
    signOld: (image) => run(cosign2?.path ?? '', ['sign', ...old, image.pinned]),
    attestOld: (image, type, predicate) => run(cosign2?.path ?? '', ['attest', ...old, ...written(type, predicate), image.pinned]),
  };
}
