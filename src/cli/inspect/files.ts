import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import type { Store } from '../../oci/store.ts';
import { compressionOf, layerContent } from '../layer/decompress.ts';
import { type LayerEntry, tarEntries } from '../layer/tar.ts';
import { jsonText } from '../output/json.ts';
import type { Output } from '../output/output.ts';
import { printable } from '../text/printable.ts';
import type { Part } from './read.ts';

const LETTERS: ReadonlyMap<LayerEntry['type'], string> = new Map([
  ['file', '-'],
  ['hardlink', 'h'],
  ['symlink', 'l'],
  ['char', 'c'],
  ['block', 'b'],
  ['directory', 'd'],
  ['fifo', 'p'],
  ['whiteout', 'x'],
  ['opaque', 'x'],
]);

/** The layer that `--layer` names: its number, from 1, or its digest. Throws `usage-invalid`. */
export function chooseLayer(part: Part, wanted: string): Descriptor {
  const byDigest = part.layers.find((l) => l.digest === wanted);
  const number = /^\d{1,4}$/.test(wanted) ? Number(wanted) : Number.NaN;
  const found = byDigest ?? part.layers[number - 1];
  if (found !== undefined) return found;
  throw new AssayError('usage-invalid', `there is no layer ${wanted.slice(0, 100)}`, {
    hint: part.layers.length === 0 ? 'it has no layers' : `1 to ${part.layers.length}, or a digest`,
  });
}

/** Lists a layer's entries, as `tar -tv` does, while they are read; nothing is extracted. Answers them for the JSON. */
export async function listFiles(store: Store, layer: Descriptor, out: Output, signal: AbortSignal): Promise<object> {
  const bytes = await store.read(layer, { signal, maxBytes: LIMITS.layerStoredBytes });
  const files: object[] = [];
  let listed = 0;
  for await (const entry of tarEntries(layerContent(bytes, signal))) {
    if (out.format === 'text') out.print(`${fileLine(entry)}\n`);
    else {
      const file = { ...entry, mode: entry.mode.toString(8).padStart(4, '0') };
      files.push(file);
      listed += jsonText(file).length;
      if (listed > LIMITS.layerListingLength)
        throw new AssayError('limit', `the listing of ${layer.digest} has more than ${LIMITS.layerListingLength} characters`, {
          hint: '--output text lists while it reads, without this bound',
        });
    }
  }
  return { digest: layer.digest, mediaType: layer.mediaType, size: layer.size, compression: compressionOf(bytes), files };
}

function fileLine(e: LayerEntry): string {
  const link = e.link === undefined ? '' : ` ${e.type === 'symlink' ? '->' : 'link to'} ${printable(e.link, 4096)}`;
  const time = e.modified.toISOString().slice(0, 16).replace('T', ' ');
  return `${LETTERS.get(e.type) ?? '?'}${permissions(e.mode)} ${e.uid}/${e.gid} ${String(e.size).padStart(10)} ${time} ${printable(e.path, 4096)}${link}`;
}

function permissions(mode: number): string {
  const rwx = [6, 3, 0].map((shift) => {
    const bits = mode >> shift;
    return [bits & 4 ? 'r' : '-', bits & 2 ? 'w' : '-', bits & 1 ? 'x' : '-'];
  });
  const special: readonly (readonly [number, number, string])[] = [
    [0o4000, 0, 's'],
    [0o2000, 1, 's'],
    [0o1000, 2, 't'],
  ];
  for (const [bit, group, letter] of special) {
    const place = rwx[group];
    if ((mode & bit) !== 0 && place !== undefined) place[2] = place[2] === 'x' ? letter : letter.toUpperCase();
  }
  return rwx.flat().join('');
}
