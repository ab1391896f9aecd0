#!/usr/bin/env node
'use strict';
// Runs dist/assay.cjs with V8's code cache, which saves compiling it on every start. Only CommonJS loads without a tick of the module loader.
const { readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

const bundle = join(dirname(__dirname), 'dist', 'assay.cjs');
const source = readBundle();
const script = new Script(source, { filename: bundle, cachedData: readCache(source) });
const bundled = { exports: {} };
script.runInThisContext()(bundled.exports, require, bundled, bundle, dirname(bundle));
bundled.exports.start();

/** The build writes nothing but ASCII, and a one-byte string is the cheapest to make. */
function readBundle() {
  try {
    return readFileSync(bundle, 'latin1');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    process.stderr.write('assay is not built yet: run "npm run build"\n');
    process.exit(4);
  }
}

/** This V8's cache of this very bundle (both begin with the bundle's digest), or nothing. V8 itself refuses one that was made under other flags. */
function readCache(source) {
  try {
    const file = readFileSync(join(dirname(bundle), `assay-${process.arch}-${process.versions.v8}.cache`));
    const head = file.subarray(0, 64);
    return source.startsWith(head.toString('latin1'), 3) ? file.subarray(64) : undefined;
  } catch {
    return undefined;
  }
}
