// The first layer of the demo's image: a real Debian root file system with its package database, made once and kept in the cache folder.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { capture } from '../command.mjs';
import { openSuite } from '../peers/apt.mjs';
import { isDebian, osRelease } from '../peers/folder.mjs';
import { packLayer, sha256 } from './layer.mjs';

/**
 * @typedef {object} RootFilesystem
 * @property {Buffer} layer gzipped tar
 * @property {string} diffId digest of the tar
 * @property {string} status the package database of dpkg, `/var/lib/dpkg/status`
 * @property {string} how how it was made, as the image's history tells it
 */

/** Debian's own "slim" images leave out the same; a demo has no use for them either. */
const LEFT_OUT = [
  'dev/*',
  'proc/*',
  'sys/*',
  'var/cache/apt/*',
  'var/lib/apt/lists/*',
  'var/log/*',
  'usr/share/doc/*',
  'usr/share/man/*',
  'usr/share/locale/*',
];

/** What a shell and the package database need; unpacked where debootstrap cannot run. */
const PACKAGES =
  'base-files libc6 libtinfo6 libselinux1 libpcre2-8-0 libacl1 libattr1 libgmp10 dash coreutils libmd0 zlib1g libbz2-1.0 liblzma5 libzstd1 tar dpkg debianutils sed grep hostname';

const HOST_FILES = [
  'etc/os-release',
  'etc/debian_version',
  'usr/lib/os-release',
  'var/lib/dpkg/status',
  'usr/bin/env',
  'bin/dash',
  'bin/sh',
];

const DEBOOTSTRAP_SECONDS = 300;

const LEFT_BEHIND_MS = 3_600_000;

/**
 * Gives the root file system, from the cache folder when it is there.
 * @param {(line: string) => void} say
 * @returns {Promise<RootFilesystem>}
 */
export async function rootFilesystem(say) {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'assay', 'demo');
  mkdirSync(cache, { recursive: true });
  const kept = readKept(cache);
  if (kept !== undefined) return kept;
  sweep(cache);
  const scratch = mkdtempSync(join(cache, 'making-'));
  try {
    const made = await firstThatWorks(scratch, say);
    keep(cache, made);
    return made;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function firstThatWorks(scratch, say) {
  const suite = isDebian() ? await openSuite('system', join(scratch, 'apt')).catch(() => undefined) : undefined;
  const ways = suite === undefined ? [fromHost] : [byDebootstrap, byUnpacking, fromHost];
  for (const way of ways) {
    try {
      return await way(mkdtempSync(join(scratch, 'root-')), suite, say);
    } catch (error) {
      say(`${error.message.split('\n')[0]}: trying another way`);
    }
  }
  throw new Error('no root file system could be made');
}

// In a mount namespace of its own: whatever debootstrap mounts is gone with it, and the folder can be removed.
async function byDebootstrap(folder, suite, say) {
  if (process.getuid?.() !== 0) throw new Error('debootstrap needs root');
  say('making a Debian root file system with debootstrap (once; it is kept in the cache folder) …');
  const [deb] = await suite.download(['debootstrap'], join(folder, 'deb'));
  await must('dpkg', ['-x', deb, join(folder, 'tool')]);
  const { stdout } = await suite.apt('apt-get', ['download', '--print-uris', 'base-files'], 60_000);
  const mirror = /'(\S+?)\/pool\//.exec(stdout)?.[1] ?? 'http://deb.debian.org/debian';
  const root = join(folder, 'root');
  const args = ['--variant=minbase', suite.name, root, mirror];
  const bounded = ['--kill-after=5', String(DEBOOTSTRAP_SECONDS), 'unshare', '--mount', '--propagation', 'private'];
  const env = { DEBOOTSTRAP_DIR: join(folder, 'tool/usr/share/debootstrap'), PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  await must('timeout', [...bounded, join(folder, 'tool/usr/sbin/debootstrap'), ...args], { env });
  return pack(root, ['.'], `debootstrap --variant=minbase ${suite.name}`);
}

async function byUnpacking(folder, suite, say) {
  say('making a small root file system from Debian packages (once; it is kept in the cache folder) …');
  const debs = await suite.download(PACKAGES.split(' '), join(folder, 'deb'));
  const root = join(folder, 'root');
  const info = join(root, 'var/lib/dpkg/info');
  const stanzas = [];
  for (const deb of debs) {
    await must('dpkg', ['-x', deb, root]);
    const { stdout: fields } = await must('dpkg-deb', ['--field', deb]);
    stanzas.push(fields.replace(/^(Package: (\S+)\n)/, '$1Status: install ok installed\n').trim());
    const { stdout: files } = await must('sh', ['-c', 'dpkg-deb --fsys-tarfile "$1" | tar -t', 'sh', deb]);
    mkdirSync(info, { recursive: true });
    writeFileSync(
      join(info, `${/^Package: (\S+)/.exec(fields)?.[1]}.list`),
      files.replace(/^\.(.*?)\/?$/gm, (_, path) => path || '/.'),
    );
  }
  writeFileSync(join(root, 'var/lib/dpkg/status'), `${stanzas.join('\n\n')}\n`);
  return pack(root, ['.'], `unpack ${debs.length} packages of Debian ${suite.name}`);
}

async function fromHost(_folder, _suite, say) {
  say("no Debian packages are to be had: taking some of this machine's own files");
  const files = HOST_FILES.filter((file) => existsSync(join('/', file)));
  return pack('/', files, `copy of some files of ${osRelease().PRETTY_NAME ?? 'this machine'}`);
}

async function pack(root, paths, how) {
  // The host's files are taken as what they are, wherever links lead.
  const options = root === '/' ? ['--dereference'] : LEFT_OUT.map((path) => `--exclude=./${path}`);
  const packed = await packLayer(root, paths, options);
  const file = join(root, 'var/lib/dpkg/status');
  return { ...packed, status: existsSync(file) ? readFileSync(file, 'utf8') : '', how };
}

function readKept(cache) {
  try {
    const { how, layerDigest, diffId } = JSON.parse(readFileSync(join(cache, 'root.json'), 'utf8'));
    const layer = readFileSync(join(cache, 'root.tar.gz'));
    if (sha256(layer) !== layerDigest) return undefined;
    return { layer, diffId, status: readFileSync(join(cache, 'root.status'), 'utf8'), how };
  } catch {
    return undefined;
  }
}

// The description last: with it the others are whole. What was taken from the host is cheap, and may be made better next time.
function keep(cache, { layer, diffId, status, how }) {
  if (how.startsWith('copy of')) return;
  put(join(cache, 'root.tar.gz'), layer);
  put(join(cache, 'root.status'), status);
  put(join(cache, 'root.json'), JSON.stringify({ how, layerDigest: sha256(layer), diffId }));
}

/** What a run that was cut short has left. */
function sweep(cache) {
  for (const name of readdirSync(cache)) {
    const path = join(cache, name);
    if (name.startsWith('making-') && Date.now() - statSync(path).mtimeMs > LEFT_BEHIND_MS) rmSync(path, { recursive: true, force: true });
  }
}

function put(file, content) {
  writeFileSync(`${file}.${process.pid}`, content);
  renameSync(`${file}.${process.pid}`, file);
}

async function must(program, args, options = {}) {
  const result = await capture(program, args, options);
  if (result.code !== 0) throw new Error(`${program} failed (${result.code}): ${(result.stderr || result.stdout).trim().slice(-400)}`);
  return result;
}
