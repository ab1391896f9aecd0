// Notary Project signatures and signed artifacts: by real notation and oras where they are, else by the test authority in the same forms.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture } from '../command.mjs';

/** What `policies.mjs` and Notation's own trust policy ask for. */
export const SUBJECT = 'x509.subject: C=US, ST=WA, O=acme';

/**
 * @typedef {object} Notary
 * @property {string} name
 * @property {(image: import('./images.mjs').Image) => Promise<void>} sign
 * @property {(image: import('./images.mjs').Image, artifactType: string, content: object) => Promise<import('./images.mjs').Image>} attach
 *   what is attached, unsigned
 */

/**
 * @param {import('./world.mjs').Base} base
 * @param {{ notation: { version: string, path: string } | undefined, oras: { version: string, path: string } | undefined }} peers
 * @returns {Notary}
 */
export function createNotary({ folder, testing, registry, now }, { notation, oras }) {
  const authority = testing.makeNotaryAuthority({ name: 'acme', now });
  const chain = testing.notaryChain(authority);
  mkdirSync(join(folder, 'truststore/x509/ca/acme'), { recursive: true });
  writeFileSync(join(folder, 'truststore/x509/ca/acme/root.pem'), authority.root.pem);
  writeConfiguration(folder, authority, chain);
  const sink = (image) => testing.registrySink(registry.content, image.repository);
  const byAuthority = {
    async sign(image) {
      const payload = testing.notaryPayload({ mediaType: image.mediaType, digest: image.digest, size: image.size });
      testing.pushNotation(sink(image), image, testing.notaryEnvelope(chain, payload, { at: new Date() }));
    },
    async attach(image, artifactType, content) {
      const { mediaType, digest, size } = testing.pushArtifact(sink(image), image, artifactType, Buffer.from(JSON.stringify(content)));
      return { ...image, name: '', pinned: pinned(image, digest), mediaType, digest, size };
    },
  };
  return {
    name: [notation && `notation ${notation.version}`, oras && `oras ${oras.version}`].filter(Boolean).join(', '),
    ...byAuthority,
    ...(notation === undefined ? {} : { sign: signerBy(notation, folder) }),
    ...(oras === undefined ? {} : { attach: attacherBy(oras, folder) }),
  };
}

/** notation's own folder of configuration, which Assay reads as it is. */
function writeConfiguration(folder, authority, chain) {
  const config = join(folder, 'config/notation');
  const files = { key: join(config, 'signer.key'), chain: join(config, 'signer.pem') };
  const store = join(config, 'truststore/x509/ca/acme');
  mkdirSync(store, { recursive: true });
  writeFileSync(join(store, 'root.pem'), authority.root.pem);
  writeFileSync(files.key, chain[0].key.privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  writeFileSync(files.chain, chain.map(({ pem }) => pem).join(''));
  const keys = [{ name: 'acme', keyPath: files.key, certPath: files.chain }];
  writeFileSync(join(config, 'signingkeys.json'), JSON.stringify({ keys }));
  const policy = { name: 'acme', registryScopes: ['*'], signatureVerification: { level: 'strict' } };
  const trust = { trustStores: ['ca:acme'], trustedIdentities: [SUBJECT] };
  writeFileSync(join(config, 'trustpolicy.json'), JSON.stringify({ version: '1.0', trustPolicies: [{ ...policy, ...trust }] }));
}

function signerBy({ path }, folder) {
  const env = { HOME: folder, XDG_CONFIG_HOME: join(folder, 'config'), NO_PROXY: '*', HTTP_PROXY: '', HTTPS_PROXY: '' };
  return async (image) => {
    const flags = ['--insecure-registry', '--force-referrers-tag=false', '--signature-format', 'cose'];
    await must(path, ['sign', ...flags, '--key', 'acme', image.pinned], { cwd: folder, env });
  };
}

function attacherBy({ path }, folder) {
  const env = { HOME: folder, DOCKER_CONFIG: folder, NO_PROXY: '*', HTTP_PROXY: '', HTTPS_PROXY: '' };
  return async (image, artifactType, content) => {
    writeFileSync(join(folder, 'artifact.json'), JSON.stringify(content));
    const flags = ['--plain-http', '--no-tty', '--artifact-type', artifactType, '--export-manifest', 'artifact.manifest.json'];
    const what = ['--format', 'json', image.pinned, `artifact.json:${artifactType}`];
    const { digest, mediaType, size } = JSON.parse(await must(path, ['attach', ...flags, ...what], { cwd: folder, env }));
    return { ...image, name: '', pinned: pinned(image, digest), mediaType, digest, size };
  };
}

function pinned(image, digest) {
  return `${image.pinned.slice(0, image.pinned.indexOf('@'))}@${digest}`;
}

async function must(program, args, options) {
  const { code, stdout, stderr } = await capture(program, args, { ...options, timeoutMs: 60_000 });
  if (code !== 0) throw new Error(`${program} ${args[0]} failed (${code}): ${stderr.trim().slice(0, 600)}`);
  return stdout;
}
