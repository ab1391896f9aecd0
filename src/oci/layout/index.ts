/** OCI layouts on disk, as folders and as tar archives. */

export { type LayoutStore, type LayoutStoreOptions, openLayout } from './layout-store.ts';
export { layoutImages, onlyImage } from './only-image.ts';
export { packTar } from './tar-write.ts';
export { openWritableLayout, type WritableLayout, type WritableLayoutOptions } from './writable-layout.ts';
export { type LayoutContent, type LayoutEntry, layoutFilesOf, writeLayout } from './write.ts';
