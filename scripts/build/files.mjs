// Files that appear whole or not at all: a build may run while the last one is in use.
import { mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Writes a file beside its place and moves it there.
 * @param {string} path
 * @param {string | Uint8Array} content
 */
export function replaceFile(path, content) {
  mkdirSync(dirname(path), { recursive: true });
  const beside = `${path}.${process.pid}.tmp`;
  writeFileSync(beside, content);
  renameSync(beside, path);
}

/**
 * Every file below a folder, with its size and time of change, one per line, sorted: equal listings mean nothing changed.
 * @param {string} folder
 * @returns {string[]}
 */
export function listing(folder) {
  const lines = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) lines.push(...listing(path));
    else if (!entry.name.endsWith('.test.ts')) lines.push(lineOf(path));
  }
  return lines.sort();
}

/**
 * @param {string} path
 * @returns {string} path, size and time of change
 */
export function lineOf(path) {
  const { size, mtimeMs } = statSync(path);
  return `${path} ${size} ${mtimeMs}`;
}
