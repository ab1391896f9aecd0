// Puts the built engines where the product looks for them and npm packs them.
import { copyFileSync, existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../build/files.mjs';

/** Below `dist`: the module with both engines, what it was made from, and the licences of that. */
export const PLACE = 'dist/engines';

/**
 * Links or copies the module; does nothing when it is there.
 * @param {string} root folder of the project
 * @param {{ wasm: string, thirdParty: string, versions: Readonly<Record<string, string>> }} built
 */
export function placeEngines(root, { wasm, thirdParty, versions }) {
  const folder = join(root, PLACE);
  mkdirSync(folder, { recursive: true });
  const place = join(folder, 'engines.wasm');
  const record = `${JSON.stringify(versions)}\n`;
  if (!isSame(wasm, place)) {
    const beside = `${place}.${process.pid}.tmp`;
    rmSync(beside, { force: true });
    try {
      linkSync(wasm, beside);
    } catch {
      copyFileSync(wasm, beside);
    }
    renameSync(beside, place);
  }
  keepFile(join(folder, 'engines.json'), record);
  keepFile(join(folder, 'THIRD-PARTY.txt'), readFileSync(thirdParty, 'utf8'));
}

function keepFile(file, text) {
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) replaceFile(file, text);
}

function isSame(built, placed) {
  if (!existsSync(placed)) return false;
  const [a, b] = [statSync(built), statSync(placed)];
  return a.ino === b.ino && a.dev === b.dev
    ? true
    : a.size === b.size && b.mtimeMs >= a.mtimeMs && readFileSync(built).equals(readFileSync(placed));
}
