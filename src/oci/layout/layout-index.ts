import { utf8Decode } from '../../bytes/index.ts';
import { parseJson } from '../../codec/json.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { Descriptor } from '../descriptor.ts';
import { type ImageIndex, parseManifest } from '../manifest.ts';
import type { LayoutFiles } from './files.ts';

const REF_NAME = 'org.opencontainers.image.ref.name';

/** The entries of a layout's `index.json` (OCI image spec 1.1, image-layout.md). Throws `layout-invalid`, `file-unreadable`, `limit`. */
export async function readLayoutIndex(files: LayoutFiles): Promise<readonly Descriptor[]> {
  const marker = await files.read('oci-layout', LIMITS.manifestBytes);
  if (marker === undefined) throw new AssayError('layout-invalid', `${files.label} is no OCI layout: the file oci-layout is missing`);
  checkMarker(marker, files.label);
  const size = await files.size('index.json');
  if (size === undefined) throw new AssayError('layout-invalid', `${files.label} is no OCI layout: the file index.json is missing`);
  if (size > LIMITS.manifestBytes)
    throw new AssayError('limit', `index.json of ${files.label} has ${size} bytes (at most ${LIMITS.manifestBytes})`);
  const bytes = (await files.read('index.json', LIMITS.manifestBytes)) ?? Buffer.alloc(0);
  return parseIndex(bytes, files.label).manifests;
}

function checkMarker(bytes: Buffer, label: string): void {
  let version: unknown;
  try {
    const value = parseJson(utf8Decode(bytes, 'oci-layout'), 'oci-layout') as { imageLayoutVersion?: unknown } | null;
    version = value?.imageLayoutVersion;
  } catch (cause) {
    throw new AssayError('layout-invalid', `oci-layout of ${label} is not valid JSON`, { cause });
  }
  if (typeof version !== 'string' || !version.startsWith('1.'))
    throw new AssayError('layout-invalid', `${label} has a layout version that is not known`);
}

function parseIndex(bytes: Buffer, label: string): ImageIndex {
  try {
    const index = parseManifest(bytes);
    if (index.kind === 'index') return index;
  } catch (cause) {
    if (cause instanceof AssayError && cause.code !== 'limit')
      throw new AssayError('layout-invalid', `index.json of ${label}: ${cause.message}`, { cause });
    throw cause;
  }
  throw new AssayError('layout-invalid', `index.json of ${label} is no image index`);
}

/** The tag of an entry. */
export function refName(entry: Descriptor): string | undefined {
  return entry.annotations?.get(REF_NAME);
}

/** What `cosign save` marked an entry as: `image`, `imageIndex`, `sigs`, `atts` (cosign, pkg/oci/layout). */
export function cosignKind(entry: Descriptor): string | undefined {
  return /^dev\.cosignproject\.cosign\/(.+)$/.exec(entry.annotations?.get('kind') ?? '')?.[1];
}
