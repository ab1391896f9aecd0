/** Copies of images with all their evidence, between registries and layouts. */
export { type CopyFrom, type CopyReport, copyImage } from './copy-image.ts';
export type { CopiedEvidence, LeftEvidence } from './evidence.ts';
export type { CopyCounts, CopyOptions, CopySource, EvidenceChoice, StreamedStore } from './source.ts';
