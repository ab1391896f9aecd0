// Layers of images: what GNU tar packs, gzipped.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/**
 * @typedef {object} Layer
 * @property {Buffer} layer gzipped tar
 * @property {string} diffId digest of the tar
 */

/**
 * Packs files into a layer.
 * @param {string} folder
 * @param {readonly string[]} paths below the folder
 * @param {readonly string[]} [options] of tar
 * @returns {Promise<Layer>}
 */
export async function packLayer(folder, paths, options = []) {
  const owner = process.getuid?.() === 0 ? [] : ['--owner=0', '--group=0'];
  const tar = await outputOf('tar', ['-C', folder, '--sort=name', '--numeric-owner', ...owner, ...options, '-c', ...paths]);
  return { layer: gzipSync(tar, { level: 6 }), diffId: sha256(tar) };
}

/**
 * @param {Uint8Array} bytes
 * @returns {string} `sha256:…`
 */
export function sha256(bytes) {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function outputOf(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks = [];
    let complaint = '';
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => {
      complaint += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(Buffer.concat(chunks)) : reject(new Error(`${program}: ${complaint.trim()}`))));
  });
}
