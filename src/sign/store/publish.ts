import type { WritableStore } from '../../oci/writable-store.ts';
import { writeReferrer } from './bundle-referrer.ts';
import { type Placement, readBack } from './read-back.ts';
import type { Stored } from './stored.ts';
import { appendLayer, type TagOptions } from './tag-layer.ts';

/** How evidence is written. */
export type PublishOptions = TagOptions;

/** Writes evidence and reads it back. Throws `write-conflict` when it is not listed afterwards, and what the store throws. */
export async function publish(store: WritableStore, placement: Placement, options: PublishOptions = {}): Promise<Stored> {
  const { signal } = options;
  const stop = signal === undefined ? {} : { signal };
  const stored = placement.kind === 'tag' ? await appendLayer(store, placement, options) : await writeReferrer(store, placement, stop);
  await readBack(store, placement, stored, stop);
  return stored;
}
