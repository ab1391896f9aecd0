#!/usr/bin/env node
'use strict';
// Runs dist/assay.cjs with V8's code cache, which saves compiling it on every start. Only CommonJS loads without a tick of the module loader.
const { readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

const folder = join(dirname(__dirname), 'dist');
let rare;
const main = load('assay', ofRare);
main.start();

/** The second file is read when a module of it is asked for: the very one that the first was built with, as names differ from build to build. */
function ofRare(name) {
  rare ??= load('assay-rare', ofMain, main.rare);
  return rare.modules[name]();
}

function ofMain(name) {
  return main.modules[name]();
}

/** Runs a file of the bundle; `other` gives it the modules that are in the other file. `digest`: what it has to begin with. */
function load(name, other, digest = '') {
  const bundle = join(folder, `${name}.cjs`);
  const source = readBundle(bundle);
  if (!source.startsWith(digest, 3)) {
    process.stderr.write('dist holds files of two builds: run "npm run build"\n');
    process.exit(4);
  }
  const script = new Script(source, { filename: bundle, cachedData: readCache(name, source) });
  const bundled = { exports: {} };
  const requireAny = (asked) => (asked.startsWith('assay:') ? other(asked) : require(asked));
  script.runInThisContext()(bundled.exports, requireAny, bundled, bundle, folder);
  return bundled.exports;
}

/** The build writes nothing but ASCII, and a one-byte string is the cheapest to make. */
function readBundle(bundle) {
  try {
    return readFileSync(bundle, 'latin1');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    process.stderr.write('assay is not built yet: run "npm run build"\n');
    process.exit(4);
  }
}

/** This V8's cache of this very file (both begin with the file's digest), or nothing. V8 itself refuses one that was made under other flags. */
function readCache(name, source) {
  try {
    const file = readFileSync(join(folder, `${name}-${process.arch}-${process.versions.v8}.cache`));
    const head = file.subarray(0, 64);
    return source.startsWith(head.toString('latin1'), 3) ? file.subarray(64) : undefined;
  } catch {
    return undefined;
  }
}
