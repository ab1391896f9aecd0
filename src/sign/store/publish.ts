import type { WritableStore } from '../../oci/writable-store.ts';
import { writeReferrer } from './bundle-referrer.ts';
import { type Placement, readLayer, readReferrer } from './read-back.ts';
import type { Stored } from './stored.ts';
import { appendLayer, type TagOptions } from './tag-layer.ts';

/** How evidence is written. */
export type PublishOptions = TagOptions;

/** Writes evidence and reads it back. Throws `write-conflict` when it is not listed afterwards, and what the store throws. */
export async function publish(store: WritableStore, placement: Placement, options: PublishOptions = {}): Promise<Stored> {
  const { signal } = options;
  const stop = signal === undefined ? {} : { signal };
  if (placement.kind === 'tag') {
    const { stored, now } = await appendLayer(store, placement, options);
    await readLayer(store, placement, now, stop);
    return stored;
  }
  const stored = await writeReferrer(store, placement, stop);
  await readReferrer(store, placement, stored, stop);
  return stored;
}
