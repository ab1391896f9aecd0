import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Bytes, utf8 } from '../../bytes/index.ts';
import { type Descriptor, descriptorOf, formatDescriptor } from '../descriptor.ts';
import { digestOf } from '../digest.ts';
import { parseManifest } from '../manifest.ts';
import { OCI_INDEX } from '../media-types.ts';
import { blobName } from './blob-name.ts';

/** A manifest that a layout lists. */
export interface LayoutEntry {
  readonly bytes: Bytes;
  /** `org.opencontainers.image.ref.name`. */
  readonly tag?: string;
  readonly annotations?: ReadonlyMap<string, string>;
  readonly mediaType?: string;
}

/** What a layout is made of: what it lists, and what else it holds. */
export interface LayoutContent {
  readonly entries: readonly LayoutEntry[];
  readonly blobs: readonly Bytes[];
}

/** The files of a layout (OCI image spec 1.1, image-layout.md), by their names. Throws `manifest-invalid` for an entry of unknown kind without a media type. */
export function layoutFilesOf(content: LayoutContent): ReadonlyMap<string, Bytes> {
  const files = new Map<string, Bytes>([['oci-layout', utf8('{"imageLayoutVersion":"1.0.0"}')]]);
  for (const bytes of [...content.blobs, ...content.entries.map((e) => e.bytes)]) files.set(blobName(digestOf(bytes)), bytes);
  const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: content.entries.map((e) => formatDescriptor(entryDescriptor(e))) };
  return files.set('index.json', utf8(JSON.stringify(index)));
}

/** Writes a layout into a folder. What is there already stays; `index.json` is replaced, last and at once. Throws what the file system throws. */
export async function writeLayout(path: string, content: LayoutContent): Promise<void> {
  for (const [name, bytes] of layoutFilesOf(content)) {
    const file = join(path, name);
    const blob = name.startsWith('blobs/');
    if (blob && (await stat(file).catch(() => undefined))?.size === bytes.length) continue;
    await mkdir(dirname(file), { recursive: true });
    await writeFile(`${file}.part`, bytes);
    await rename(`${file}.part`, file);
  }
}

function entryDescriptor(entry: LayoutEntry): Descriptor {
  const annotations = new Map(entry.annotations ?? []);
  if (entry.tag !== undefined) annotations.set('org.opencontainers.image.ref.name', entry.tag);
  const mediaType = entry.mediaType ?? parseManifest(entry.bytes).mediaType;
  return descriptorOf(mediaType, digestOf(entry.bytes), entry.bytes.length, annotations.size === 0 ? {} : { annotations });
}
