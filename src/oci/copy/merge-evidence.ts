import { type Bytes, utf8 } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import { formatDescriptor } from '../descriptor.ts';
import { parseManifest } from '../manifest.ts';
import { OCI_CONFIG } from '../media-types.ts';
import { entriesIn, withEntries } from '../merge-entries.ts';
import type { StoredManifest } from '../store.ts';
import type { WritableStore, WriteOptions } from '../writable-store.ts';

/**
 * A manifest of signatures or attestations (cosign specs/SIGNATURE_SPEC.md) with everything that several have, in the order of the first; `undefined`
 * when the first has all. Its configuration, which names its layers, is written to the store. Throws `manifest-invalid`.
 */
export async function mergedEvidence(
  now: Bytes,
  others: readonly StoredManifest[],
  to: Pick<WritableStore, 'writeBlob'>,
  options: WriteOptions,
): Promise<Bytes | undefined> {
  for (const bytes of [now, ...others.map((o) => o.bytes)])
    if (parseManifest(bytes).kind === 'index' || entriesIn(bytes).member !== 'layers')
      throw new AssayError('manifest-invalid', 'something else stands where a manifest of signatures should be');
  const have = new Set(entriesIn(now).byKey.keys());
  const more = others.flatMap(({ bytes }) =>
    [...entriesIn(bytes).byKey].filter(([key]) => !have.has(key) && have.add(key)).map(([, entry]) => entry),
  );
  if (more.length === 0) return undefined;
  const merged = withEntries(now, more);
  const { layers } = parseManifest(merged) as { readonly layers: readonly { readonly digest: string }[] };
  // What go-containerregistry writes for an image without anything: readers of cosign want as many identities as there are layers.
  const config = utf8(
    JSON.stringify({
      architecture: '',
      created: '0001-01-01T00:00:00Z',
      history: layers.map(() => ({ created: '0001-01-01T00:00:00Z' })),
      os: '',
      rootfs: { type: 'layers', diff_ids: layers.map((l) => l.digest) },
      config: {},
    }),
  );
  const stored = await to.writeBlob(config, { mediaType: OCI_CONFIG, ...options });
  const document = JSON.parse(Buffer.from(merged).toString('utf8')) as Record<string, unknown>;
  return utf8(JSON.stringify({ ...document, config: formatDescriptor(stored) }));
}
