// The demo's images: pushed through the project's own registry client, as any tool would push them.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUILD } from './documents.mjs';
import { packLayer, sha256 } from './layer.mjs';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';

/**
 * @typedef {object} Image
 * @property {string} name `HOST/REPOSITORY:v1`
 * @property {string} pinned `HOST/REPOSITORY@sha256:…`
 * @property {string} repository
 * @property {string} mediaType
 * @property {string} digest
 * @property {number} size
 */

/**
 * A pusher for one registry.
 * @param {typeof import('../../src/oci/index.ts')} oci
 * @param {string} host
 */
export function createPusher(oci, host) {
  const client = oci.createRegistryClient();
  const at = (repository) => ({ client, registry: host, name: repository });
  const document = async (repository, tag, mediaType, content) => {
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...content }));
    const { digest, size } = await oci.putManifest(at(repository), bytes, tag === undefined ? {} : { tag });
    return { name: `${host}/${repository}:${tag ?? ''}`, pinned: `${host}/${repository}@${digest}`, repository, mediaType, digest, size };
  };

  return {
    /** @returns {Promise<Image>} an image of the layers, each `{ layer, diffId, how }` */
    async image(repository, { tag, architecture = 'amd64', layers, now }) {
      const described = await Promise.all(layers.map(({ layer }) => oci.putBlob(at(repository), layer, { mediaType: LAYER })));
      const bytes = Buffer.from(JSON.stringify(configOf(architecture, layers, now)));
      const config = await oci.putBlob(at(repository), bytes, { mediaType: CONFIG });
      return document(repository, tag, MANIFEST, { config: plain(config), layers: described.map(plain) });
    },
    /** @returns {Promise<Image>} an index of images, by architecture */
    index(repository, tag, byArchitecture) {
      const manifests = Object.entries(byArchitecture).map(([architecture, image]) => ({
        ...plain(image),
        platform: { os: 'linux', architecture },
      }));
      return document(repository, tag, INDEX, { manifests });
    },
    close: () => client.close(),
  };
}

function plain({ mediaType, digest, size }) {
  return { mediaType, digest, size };
}

function configOf(architecture, layers, now) {
  const created = now.toISOString();
  return {
    created,
    architecture,
    os: 'linux',
    config: {
      Env: ['PATH=/usr/local/bin:/usr/bin:/bin'],
      Cmd: ['hello'],
      Labels: { 'org.opencontainers.image.source': BUILD.source, 'org.opencontainers.image.revision': BUILD.commit },
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: [...layers.map(({ how }) => ({ created, created_by: how })), { created, created_by: 'CMD ["hello"]', empty_layer: true }],
  };
}

/**
 * A layer with one program, a shell script that greets.
 * @param {string} scratch
 * @param {string} greeting
 */
export async function programLayer(scratch, greeting) {
  const folder = join(scratch, 'layers', `${sha256(Buffer.from(greeting)).slice(7, 19)}`);
  mkdirSync(join(folder, 'usr/local/bin'), { recursive: true });
  const file = join(folder, 'usr/local/bin/hello');
  writeFileSync(file, `#!/bin/sh\necho ${JSON.stringify(greeting)}\n`);
  chmodSync(file, 0o755);
  return { ...(await packLayer(folder, ['usr/local/bin/hello'])), how: 'COPY hello /usr/local/bin/hello' };
}
