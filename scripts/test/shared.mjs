// The judges and the evidence that live beside the project, and are no part of it.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * The folder of the judges and the vectors: `ASSAY_SHARED`, else `../shared`.
 * @param {string} root folder of the project
 * @param {string} part a folder in it
 * @returns {{ path: string, present: boolean }}
 */
export function sharedFolder(root, part) {
  const path = join(resolve(root, process.env.ASSAY_SHARED ?? '../shared'), part);
  return { path, present: existsSync(path) };
}
