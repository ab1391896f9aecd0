/** What lies in a registry, read and replaced without any tool: the one piece of evidence of an exhibit. */
import { type Cell, inFile } from './cells.ts';
import { digestOf, type Exhibit } from './exhibits.ts';
import type { World } from './world.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

/** A manifest with one layer that is the evidence. */
interface EvidenceManifest {
  readonly layers: readonly { readonly digest: string; readonly size: number; readonly annotations?: Readonly<Record<string, string>> }[];
  readonly subject?: { readonly mediaType: string; readonly digest: string; readonly size: number };
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly config: { readonly mediaType: string };
}

/** One piece of evidence: what is signed, and what cosign's tags say beside it. */
export interface Piece {
  readonly content: Buffer;
  readonly annotations: Readonly<Record<string, string>>;
  /** The manifest that it lies in; `undefined` in a file. */
  readonly manifest: EvidenceManifest | undefined;
  /** Of the manifest. */
  readonly digest: string;
}

/** Reads the evidence of an exhibit, which has to be one piece; of a registry, also writes a copy into the exhibit's file. */
export async function readPiece(world: World, cell: Cell, exhibit: Exhibit): Promise<Piece> {
  if (inFile(cell.form)) return { content: world.workshop.read(exhibit.evidence), annotations: {}, manifest: undefined, digest: '' };
  const base = baseOf(exhibit);
  const tag = cell.form === 'cosign tag' ? evidenceTag(cell, exhibit.digest) : undefined;
  const name = tag ?? (await listed(base, exhibit.digest));
  const bytes = await read(`${base}/manifests/${name}`, MANIFEST);
  const manifest = JSON.parse(bytes.toString()) as EvidenceManifest;
  const [layer] = manifest.layers;
  if (layer === undefined || manifest.layers.length !== 1) throw new Error(`${manifest.layers.length} layers of evidence`);
  const content = await read(`${base}/blobs/${layer.digest}`, '*/*');
  world.workshop.write(exhibit.evidence, content);
  return { content, annotations: layer.annotations ?? {}, manifest, digest: digestOf(bytes) };
}

/** Puts a piece in the place of `old`, or of nothing: as the only evidence of an exhibit. */
export async function placePiece(world: World, cell: Cell, exhibit: Exhibit, piece: Piece, old: Piece | undefined): Promise<Piece> {
  world.workshop.write(exhibit.evidence, piece.content);
  const { manifest } = piece;
  if (inFile(cell.form) || manifest === undefined || exhibit.image === undefined) return piece;
  const base = baseOf(exhibit);
  await push(base, piece.content);
  const layer = { ...manifest.layers[0], annotations: piece.annotations, digest: digestOf(piece.content), size: piece.content.length };
  const { mediaType, digest, size } = exhibit.image;
  const subject = manifest.subject === undefined ? {} : { subject: { mediaType, digest, size } };
  const changed = { ...manifest, layers: [layer], ...subject };
  const body = Buffer.from(JSON.stringify(changed));
  const name = digestOf(body);
  if (cell.form === 'cosign tag') {
    await put(`${base}/manifests/${evidenceTag(cell, digest)}`, body, MANIFEST);
    return { ...piece, digest: name };
  }
  if (old !== undefined) await fetch(`${base}/manifests/${old.digest}`, { method: 'DELETE' });
  await put(`${base}/manifests/${name}`, body, MANIFEST);
  if (cell.place === 'docker-registry') {
    const { artifactType = manifest.config.mediaType, annotations } = manifest;
    const entry = { mediaType: MANIFEST, digest: name, size: body.length, artifactType, annotations };
    const index = { schemaVersion: 2, mediaType: INDEX, manifests: [entry] };
    await put(`${base}/manifests/${digest.replace(':', '-')}`, Buffer.from(JSON.stringify(index)), INDEX);
  }
  return { ...piece, digest: name };
}

function baseOf({ image }: Exhibit): string {
  if (image === undefined) throw new Error('not in a registry');
  return `http://${image.repository.replace('/', '/v2/')}`;
}

function evidenceTag({ subject }: Cell, digest: string): string {
  return `${digest.replace(':', '-')}.${subject === 'attestation' ? 'att' : 'sig'}`;
}

/** The digest of the only referrer, by the API or by the tag that stands in for it. */
async function listed(base: string, digest: string): Promise<string> {
  const api = await fetch(`${base}/referrers/${digest}`);
  const list = api.ok ? Buffer.from(await api.arrayBuffer()) : await read(`${base}/manifests/${digest.replace(':', '-')}`, INDEX);
  const { manifests } = JSON.parse(list.toString()) as { manifests: { digest: string }[] };
  const [first] = manifests;
  if (first === undefined || manifests.length !== 1) throw new Error(`${manifests.length} referrers`);
  return first.digest;
}

async function read(url: string, accept: string): Promise<Buffer> {
  const answer = await fetch(url, { headers: { Accept: accept } });
  if (!answer.ok) throw new Error(`GET ${url}: ${answer.status}`);
  return Buffer.from(await answer.arrayBuffer());
}

async function push(base: string, content: Buffer): Promise<void> {
  const started = await fetch(`${base}/blobs/uploads/`, { method: 'POST' });
  const place = new URL(started.headers.get('location') ?? '', base);
  place.searchParams.set('digest', digestOf(content));
  await put(place.href, content, 'application/octet-stream');
}

async function put(url: string, body: Buffer, type: string): Promise<void> {
  const answer = await fetch(url, { method: 'PUT', body: new Uint8Array(body), headers: { 'Content-Type': type } });
  if (!answer.ok) throw new Error(`PUT ${url}: ${answer.status} ${await answer.text()}`);
}
