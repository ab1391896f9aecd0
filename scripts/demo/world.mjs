// What the demo plays with: a registry, a Sigstore, images, evidence, and some of it spoilt.
import { BUILD, certifiedClaims, packagesOf, predicates } from './documents.mjs';
import { bundleOf, tampered } from './forge.mjs';
import { createPusher, programLayer } from './images.mjs';
import { startMirror } from './mirror.mjs';
import { SBOM, writePolicies } from './policies.mjs';
import { startRunner, startServices } from './services.mjs';
import { authoritySigner } from './sign-authority.mjs';
import { cosignSigner } from './sign-cosign.mjs';
import { writeSigningFiles } from './sign-files.mjs';
import { createNotary } from './sign-notation.mjs';

/**
 * @typedef {object} Base
 * @property {string} folder
 * @property {import('../../src/testing/index.ts').VirtualSigstore} sigstore
 * @property {typeof import('../../src/testing/index.ts')} testing
 * @property {import('../../src/testing/index.ts').TestRegistry} registry
 * @property {import('../../src/testing/index.ts').SigstoreServices} services
 * @property {() => import('../../src/testing/index.ts').LeafOptions} leafFor
 * @property {Date} now
 */

/**
 * @typedef {object} Signer
 * @property {string} name
 * @property {boolean} hasOld whether cosign 2's tags can be written
 * @property {(image: import('./images.mjs').Image, who: 'key' | 'keyless') => Promise<void>} sign
 * @property {(image: import('./images.mjs').Image, who: 'key' | 'keyless', type: string, predicate: object) => Promise<void>} attest
 * @property {(image: import('./images.mjs').Image) => Promise<void>} signOld
 * @property {(image: import('./images.mjs').Image, type: string, predicate: object) => Promise<void>} attestOld
 */

/**
 * @typedef {object} World
 * @property {string} folder where keys and trusted root are
 * @property {string} host
 * @property {import('./mirror.mjs').Mirror} mirror
 * @property {import('../../src/testing/index.ts').TestRegistry} registry
 * @property {import('../../src/testing/index.ts').SigstoreServices} services
 * @property {Map<string, import('./images.mjs').Image>} images by repository
 * @property {readonly { name: string, version: string, path: string }[]} peers
 * @property {string} signedBy
 * @property {boolean} hasOld
 * @property {() => Promise<void>} close
 */

/**
 * Builds all of it.
 * @param {{ folder: string, rootLayer: import('./root-filesystem.mjs').RootFilesystem, peers: readonly { name: string, version: string, path: string }[],
 *   libraries: { testing: typeof import('../../src/testing/index.ts'), oci: typeof import('../../src/oci/index.ts') }, say: (line: string) => void }} options
 * @returns {Promise<World>}
 */
export async function createWorld({ folder, rootLayer, peers, libraries: { testing, oci }, say }) {
  const opened = [];
  const open = (thing) => {
    opened.push(thing);
    return thing;
  };
  const close = async () => {
    await Promise.all(opened.map((thing) => thing.close()));
  };
  try {
    const now = new Date(Math.floor(Date.now() / 1000) * 1000);
    const sigstore = testing.createVirtualSigstore({ name: 'demo', now });
    const services = open(await startServices({ folder, testing, sigstore }));
    const runner = open(await startRunner(services));
    const registry = open(await testing.startRegistry());
    const peer = (name) => peers.find((p) => p.name === name);
    const mirror = open(await startMirror({ folder, testing }, peer('docker-registry')));
    const leafFor = () => ({ sans: [{ uri: BUILD.workflow }], issuer: BUILD.issuer, claims: certifiedClaims() });
    const base = { folder, sigstore, services, testing, registry, leafFor, now };
    const signer = await signerFor(base, peers);
    const notary = createNotary(base, { notation: peer('notation'), oras: peer('oras') });
    const signedBy = [signer.name, notary.name].filter(Boolean).join(', ');
    const images = await pushImages(open(createPusher(oci, registry.host)), folder, rootLayer, now);
    const documents = predicates(rootLayer.status, now);
    await attach(signer, images, documents);
    await notarize(notary, images, documents.get('cyclonedx'));
    writePolicies(folder, { host: registry.host, image: images.get('acme/os') });
    writeSigningFiles(folder, services, runner.variables, documents);
    spoil(testing, registry, images);
    say(
      `images: ${rootLayer.how} (${packagesOf(rootLayer.status).length} packages, layer of ${(rootLayer.layer.length / 2 ** 20).toFixed(1)} MiB)`,
    );
    say(`evidence: by ${signedBy}`);
    say(`registry: ${registry.host}, in this process; mirror: ${mirror.host}, ${mirror.name}`);
    return { folder, host: registry.host, mirror, registry, services, images, peers, signedBy, hasOld: signer.hasOld, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function signerFor(base, peers) {
  const cosign = (major) => peers.find(({ name, version }) => name === 'cosign' && version.startsWith(`${major}.`));
  const [cosign3, cosign2] = [cosign(3), cosign(2)];
  return cosign3 === undefined ? authoritySigner(base) : cosignSigner(base, { cosign3, cosign2 });
}

async function pushImages(pusher, folder, rootLayer, now) {
  const images = new Map();
  const debian = async (repository, greeting, tag) =>
    pusher.image(repository, { tag, layers: [rootLayer, await programLayer(folder, greeting)], now });
  // A script runs anywhere: this one image has no Debian below it.
  const small = async (repository) =>
    pusher.image(repository, { architecture: 'arm64', layers: [await programLayer(folder, 'hello from arm64')], now });
  for (const repository of ['acme/os', 'acme/release'])
    images.set(
      repository,
      await pusher.index(repository, 'v1', { amd64: await debian(repository, 'hello'), arm64: await small(repository) }),
    );
  for (const [repository, greeting] of [
    ['acme/legacy', 'hello from last year'],
    ['acme/tampered', 'hello'],
    ['acme/moved', 'hello, says a stranger'],
    ['acme/unsigned', 'hello from nobody'],
    ['acme/partner', 'hello from a partner'],
    ['acme/busy', 'hello, later'],
    ['acme/broken', 'hello, never'],
    ['acme/flaky', 'hello, at the third try'],
    ['acme/next', 'hello, next'],
  ]) {
    images.set(repository, await debian(repository, greeting, 'v1'));
  }
  return images;
}

async function attach(signer, images, documents) {
  const app = images.get('acme/os');
  await signer.sign(app, 'key');
  await signer.sign(app, 'keyless');
  await signer.attest(app, 'keyless', 'slsaprovenance1', documents.get('slsaprovenance1'));
  for (const type of ['cyclonedx', 'spdxjson']) await signer.attest(app, 'key', type, documents.get(type));
  await signer.attest(images.get('acme/tampered'), 'key', 'cyclonedx', documents.get('cyclonedx'));
  for (const repository of ['acme/partner', 'acme/busy', 'acme/broken', 'acme/flaky']) await signer.sign(images.get(repository), 'key');
  if (!signer.hasOld) return;
  await signer.signOld(images.get('acme/legacy'));
  await signer.attestOld(images.get('acme/legacy'), 'vuln', documents.get('vuln'));
}

/** Two kinds of evidence besides cosign's; the partner's bill of materials is left unsigned. */
async function notarize(notary, images, sbom) {
  const app = images.get('acme/os');
  await notary.sign(app);
  await notary.sign(await notary.attach(app, SBOM, sbom));
  await notary.attach(images.get('acme/partner'), SBOM, sbom);
}

function spoil(testing, registry, images) {
  const [app, victim, stranger] = ['acme/os', 'acme/tampered', 'acme/moved'].map((name) => images.get(name));
  const sink = (image) => testing.registrySink(registry.content, image.repository);

  const sbom = bundleOf(registry, victim, 'https://cyclonedx.org/bom', 'key');
  detach(registry, victim);
  const cleaned = tampered(sbom, ({ predicate }) => predicate.components.splice(0, 1));
  testing.pushBundle(sink(victim), victim, cleaned);

  testing.pushBundle(sink(stranger), stranger, bundleOf(registry, app, testing.PREDICATES.sign, 'key'));

  const referrers = (name) => `^GET /v2/${name}/referrers/`;
  registry.faults.add(
    { match: referrers('acme/busy'), kind: 'status', status: 429 },
    { match: referrers('acme/broken'), kind: 'status', status: 500 },
    { match: referrers('acme/flaky'), kind: 'status', status: 429, retryAfter: 1, times: 2 },
  );
}

function detach(registry, image) {
  const { manifests } = registry.content.repository(image.repository);
  for (const [digest, { body }] of manifests) {
    if (JSON.parse(body.toString()).subject?.digest === image.digest) manifests.delete(digest);
  }
}
