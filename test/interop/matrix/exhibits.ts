/** Evidence where it lies: in a registry or in files, about something. */
import { createHash } from 'node:crypto';
import { type LabImage, pushImage, pushIndex } from '../lab/images.ts';
import { type Cell, inFile } from './cells.ts';
import type { World } from './world.ts';

/** Something that evidence is about, with the evidence. */
export interface Exhibit {
  /** The image in a registry; `undefined` when only files are concerned. */
  readonly image: LabImage | undefined;
  /** A file that the evidence is about: a blob, or the manifest of an image. */
  readonly artifact: string;
  /** `sha256:…` of what it is about. */
  readonly digest: string;
  /** File with the evidence: where it lies, or a copy of what lies in the registry, for those who read files alone. */
  readonly evidence: string;
  /** File with the public key of whoever signed with a bare key. */
  readonly key: string;
}

/** What is about to be signed, and something else of the same kind. */
export interface Pair {
  readonly exhibit: Exhibit;
  readonly other: Exhibit;
}

let made = 0;

/** Makes what a cell's evidence is about, and something else. Images are in a repository of the cell's own. */
export async function makePair(world: World, cell: Cell): Promise<Pair> {
  const n = `c${made++}`;
  const key = keyOf(cell, n);
  if (inFile(cell.form) && (cell.subject === 'blob' || cell.subject === 'attestation')) {
    return { exhibit: ofFile(world, key, n, 'a file at stage=prod'), other: ofFile(world, key, `${n}-other`, 'another file') };
  }
  const host = world.host(cell.place === 'no registry' ? 'docker-registry' : cell.place);
  const image = cell.subject === 'index' ? (await pushIndex(host, n)).index : await pushImage(host, n);
  const [exhibit, other] = await Promise.all([
    ofImage(world, key, n, image),
    ofImage(world, key, `${n}-other`, await pushImage(host, n, 's390x')),
  ]);
  return { exhibit, other };
}

function ofFile(world: World, key: string, name: string, content: string): Exhibit {
  const bytes = `${content} ${name}`;
  world.workshop.write(name, bytes);
  return { image: undefined, artifact: name, digest: digestOf(bytes), evidence: `${name}.evidence`, key };
}

async function ofImage(world: World, key: string, name: string, image: LabImage): Promise<Exhibit> {
  const base = `http://${image.repository.replace('/', '/v2/')}`;
  const answer = await fetch(`${base}/manifests/${image.digest}`, { headers: { Accept: image.mediaType } });
  world.workshop.write(`${name}.manifest`, new Uint8Array(await answer.arrayBuffer()));
  return { image, artifact: `${name}.manifest`, digest: image.digest, evidence: `${name}.evidence`, key };
}

/** sigstore-go's program makes a key of its own each time. */
function keyOf({ producer }: Cell, name: string): string {
  return producer === 'sigstore-go' ? `${name}.pub` : 'signer.pub';
}

/** `sha256:…` */
export function digestOf(bytes: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
