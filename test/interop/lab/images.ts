/** Small images, pushed over HTTP as any client does it. */
import { createHash } from 'node:crypto';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

/** An image in a registry. */
export interface LabImage {
  readonly host: string;
  /** `host/repository@sha256:…`. */
  readonly reference: string;
  /** `host/repository:v1`. */
  readonly tagged: string;
  readonly repository: string;
  readonly digest: string;
  readonly size: number;
  readonly mediaType: string;
}

/** Pushes an image that only its name distinguishes, as `host/name:v1`. */
export async function pushImage(host: string, name: string, architecture = 'amd64'): Promise<LabImage> {
  const config = await pushBlob(host, name, JSON.stringify({ architecture, os: 'linux', rootfs: { type: 'layers', diff_ids: [] } }));
  const layer = await pushBlob(host, name, `layer of ${name} for ${architecture}`);
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...layer }],
  };
  return pushManifest(host, name, MANIFEST, manifest);
}

/** Pushes an index over two images of the same name. */
export async function pushIndex(host: string, name: string): Promise<{ readonly index: LabImage; readonly children: readonly LabImage[] }> {
  const architectures = ['amd64', 'arm64'];
  const children = await Promise.all(architectures.map((a) => pushImage(host, name, a)));
  const manifests = children.map(({ mediaType, digest, size }, i) => ({
    mediaType,
    digest,
    size,
    platform: { os: 'linux', architecture: architectures[i] },
  }));
  return { index: await pushManifest(host, name, INDEX, { schemaVersion: 2, mediaType: INDEX, manifests }), children };
}

async function pushBlob(host: string, name: string, content: string): Promise<{ digest: string; size: number }> {
  const digest = digestOf(content);
  const started = await fetch(`http://${host}/v2/${name}/blobs/uploads/`, { method: 'POST' });
  const place = new URL(started.headers.get('location') ?? '', `http://${host}`);
  place.searchParams.set('digest', digest);
  await put(place, content, 'application/octet-stream');
  return { digest, size: Buffer.byteLength(content) };
}

async function pushManifest(host: string, name: string, mediaType: string, manifest: object): Promise<LabImage> {
  const content = JSON.stringify(manifest);
  const digest = digestOf(content);
  await put(new URL(`http://${host}/v2/${name}/manifests/${digest}`), content, mediaType);
  await put(new URL(`http://${host}/v2/${name}/manifests/v1`), content, mediaType);
  const repository = `${host}/${name}`;
  return {
    host,
    repository,
    reference: `${repository}@${digest}`,
    tagged: `${repository}:v1`,
    digest,
    size: Buffer.byteLength(content),
    mediaType,
  };
}

async function put(url: URL, body: string, type: string): Promise<void> {
  const answer = await fetch(url, { method: 'PUT', body, headers: { 'Content-Type': type } });
  if (!answer.ok) throw new Error(`PUT ${url.pathname}: ${answer.status} ${await answer.text()}`);
}

function digestOf(content: string): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
