import { existsSync } from 'node:fs';
import path from 'node:path';

/** The folder with evidence made by others; beside the project unless `ASSAY_SHARED` says otherwise. */
export const SHARED = process.env.ASSAY_SHARED ?? path.resolve(import.meta.dirname, '../../../shared');
export const VECTORS = path.join(SHARED, 'vectors');
/** Whether the folder is there; tests that need it say so and are skipped where it is not. */
export const HAS_VECTORS = existsSync(VECTORS);
