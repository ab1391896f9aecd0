// A signed image, made on the spot: what the bundle verifies while its code cache is taken.
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/**
 * An OCI layout with one image and its cosign signature, and the public key.
 * @param {string} folder an empty folder; gets `layout/` and `key.pub`
 * @returns {{ blobs: Map<string, Buffer>, tags: Map<string, string> }} the same content for a registry
 */
export function writeSample(folder) {
  const blobs = new Map();
  const tags = new Map();
  const put = (mediaType, content) => {
    const bytes = Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const manifest = (config, layers) => put(MANIFEST, { schemaVersion: 2, mediaType: MANIFEST, config, layers });
  const config = (content) => put('application/vnd.oci.image.config.v1+json', content);

  const layer = put('application/vnd.oci.image.layer.v1.tar', 'no files');
  const image = manifest(config({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [layer.digest] } }), [layer]);
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const payload = JSON.stringify({
    critical: {
      identity: { 'docker-reference': 'sample' },
      image: { 'docker-manifest-digest': image.digest },
      type: 'cosign container image signature',
    },
    optional: null,
  });
  const signature = sign('sha256', Buffer.from(payload), privateKey).toString('base64');
  const signed = {
    ...put('application/vnd.dev.cosign.simplesigning.v1+json', payload),
    annotations: { 'dev.cosignproject.cosign/signature': signature },
  };
  const evidence = manifest(config({ rootfs: { type: 'layers', diff_ids: [signed.digest] } }), [signed]);
  tags.set('v1', image.digest).set(`${image.digest.replace(':', '-')}.sig`, evidence.digest);

  const layout = join(folder, 'layout');
  mkdirSync(join(layout, 'blobs/sha256'), { recursive: true });
  for (const [digest, bytes] of blobs) writeFileSync(join(layout, 'blobs/sha256', digest.slice(7)), bytes);
  const named = [...tags].map(([tag, digest]) => ({
    mediaType: MANIFEST,
    digest,
    size: blobs.get(digest).length,
    annotations: { 'org.opencontainers.image.ref.name': tag },
  }));
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: named }));
  writeFileSync(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  writeFileSync(join(folder, 'key.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  return { blobs, tags };
}

/**
 * Serves the content as a registry without referrers, on a loopback port.
 * @param {{ blobs: Map<string, Buffer>, tags: Map<string, string> }} content
 * @returns {Promise<import('node:http').Server>}
 */
export function serveSample({ blobs, tags }) {
  const server = createServer((request, response) => {
    const [, kind, name] = /\/(manifests|blobs)\/([^/?]+)$/.exec(request.url ?? '') ?? [];
    const digest = tags.get(name) ?? name;
    const bytes = blobs.get(digest);
    if (kind === undefined) return response.writeHead(request.url === '/v2/' ? 200 : 404).end('{}');
    if (bytes === undefined) return response.writeHead(404).end('{"errors":[]}');
    const type = kind === 'manifests' ? MANIFEST : 'application/octet-stream';
    response.writeHead(200, { 'content-type': type, 'content-length': bytes.length, 'docker-content-digest': digest });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
