// THIRD-PARTY.txt: the licences of everything that is linked into the engines, once each, in the words of its own packages.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture } from '../command.mjs';
import { IMPORT_PATHS } from './packages.mjs';

const root = join(import.meta.dirname, '../..');

const HEAD = `THIRD-PARTY SOFTWARE IN engines.wasm

engines.wasm is made from the Go packages below and a small program of Assay's own, which is under the licence of Assay (Apache-2.0).
What follows are the licences of each of them as its package states them. They speak of all files of a package, some of which
(tests, tools, Debian's own packaging) are not in engines.wasm.
`;

/** What Debian's files only point at. */
const APACHE = { name: 'Apache License, Version 2.0', file: join(root, 'LICENSE') };

/**
 * @typedef {object} Notice
 * @property {string} name
 * @property {string} version
 * @property {string} text
 */

/**
 * The text of THIRD-PARTY.txt.
 * @param {readonly Notice[]} notices
 * @returns {string}
 */
export function thirdPartyText(notices) {
  const sorted = [...notices].sort((a, b) => (a.name < b.name ? -1 : 1));
  const parts = sorted.map(({ name, version, text }) => headed(`${name} ${version}`, text));
  return [HEAD, ...parts, headed(APACHE.name, readFileSync(APACHE.file, 'utf8'))].join('\n');
}

function headed(title, text) {
  return `${'='.repeat(80)}\n${title}\n${'='.repeat(80)}\n\n${text.trim()}\n`;
}

/**
 * What Debian's packages say, of those of which something is linked, and of Go.
 * @param {string} folder where they are unpacked
 * @param {string} go version of the compiler
 * @param {Readonly<Record<string, string>>} versions
 * @param {readonly string[]} imports import paths of what is linked, without Go's own
 * @returns {Notice[]}
 * @throws {Error} naming what no package of the list brings, or a package that says nothing
 */
export function debianNotices(folder, go, versions, imports) {
  const packages = new Set([`golang-${go}-src`, ...imports.map(packageOf)]);
  return [...packages].map((name) => {
    const documents = join(folder, 'usr/share/doc', name);
    const files = ['copyright', ...noticesIn(documents)].map((file) => join(documents, file));
    if (!existsSync(files[0] ?? '')) throw new Error(`the package ${name} does not say under which licence it is`);
    return { name, version: versions[name] ?? '', text: textOf(files) };
  });
}

function packageOf(path) {
  const found = Object.entries(IMPORT_PATHS).find(([, prefixes]) => prefixes.some((p) => path === p || path.startsWith(`${p}/`)));
  if (found === undefined) throw new Error(`no package is known to bring ${path}: scripts/engines/packages.mjs lists them`);
  return found[0];
}

/**
 * What the modules say of which something is linked, and Go.
 * @param {readonly { path: string, version: string, folder: string }[]} modules
 * @returns {Notice[]}
 * @throws {Error} naming a module without a licence
 */
export function moduleNotices(modules) {
  return modules.map(({ path, version, folder }) => {
    const files = readdirSync(folder).filter((name) => /^(?:LICEN[CS]E|COPYING)/i.test(name));
    if (files.length === 0) throw new Error(`the module ${path} does not say under which licence it is`);
    return { name: path, version, text: textOf([...files, ...noticesIn(folder)].map((name) => join(folder, name))) };
  });
}

function noticesIn(folder) {
  return existsSync(folder) ? readdirSync(folder).filter((name) => /^NOTICE/i.test(name)) : [];
}

function textOf(files) {
  return files.map((file) => readFileSync(file, 'utf8').trim()).join('\n\n');
}

/**
 * What `go list` says, in lines, of the packages that are linked for WebAssembly, without Go's own and the program itself.
 * @param {{ go: string, sources: string, env: Record<string, string | undefined> }} toolchain
 * @param {string} format of a package, in Go's template language
 * @returns {Promise<string[]>} each line once
 */
export async function linked({ go, sources, env }, format) {
  const args = ['list', '-deps', '-f', `{{if not .Standard}}{{if ne .Name "main"}}${format}{{end}}{{end}}`, '.'];
  const { code, stdout, stderr } = await capture(go, args, { cwd: sources, env: { ...env, GOOS: 'wasip1', GOARCH: 'wasm' } });
  if (code !== 0) throw new Error(`go list:\n${stderr.trim()}`);
  return [...new Set(stdout.split('\n').filter((line) => line !== ''))];
}
