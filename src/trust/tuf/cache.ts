import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { utf8Decode } from '../../bytes/index.ts';
import { type Json, parseJson } from '../../codec/json.ts';
import { LIMITS } from '../../limits.ts';
import type { Metadata, VerifiedMetadata } from './client.ts';
import { readBounded, replaceFile } from './files.ts';
import { headOf, member, sha256Hex } from './metadata.ts';
import type { Repository } from './repository.ts';

const SCHEMA = 'assay/tuf-cache/v1';

/** What the last refresh left: one verified set, complete. Times in milliseconds since 1970. */
export interface CachedTrust {
  readonly metadata: VerifiedMetadata;
  /** The root that trust was started from. */
  readonly firstRoot: string;
  readonly refreshed: number;
  /** When the first of the metadata expires. */
  readonly expires: number;
  readonly rootExpires: number;
  readonly rootVersion: number;
  readonly timestampVersion: number;
}

/** The file that a repository's cache is: one file, because one file can be replaced at once. */
export function cacheFile(repository: Repository): string {
  return join(repository.folder, 'assay.json');
}

/**
 * What the last refresh left, or `undefined` when there is nothing that can be used: no file, another mirror's, damaged,
 * or started from another root than the `TUF_ROOT_JSON` that is asked for now. Signatures were checked before it was written and are not
 * checked again: who can write here can as well change the choice of the mirror. The digest finds damage, not malice.
 */
export async function readCache(repository: Repository): Promise<CachedTrust | undefined> {
  const bytes = await readBounded(cacheFile(repository), LIMITS.tufCacheBytes).catch(() => undefined);
  const cached = bytes === undefined ? undefined : decodeCache(bytes, repository.mirror);
  if (cached === undefined || repository.rootFile === undefined) return cached;
  const asked = await readBounded(repository.rootFile, LIMITS.tufRootBytes).catch(() => undefined);
  return asked?.equals(Buffer.from(cached.firstRoot)) === true ? cached : undefined;
}

function decodeCache(bytes: Buffer, mirror: string): CachedTrust | undefined {
  try {
    const value = parseJson(utf8Decode(bytes));
    if (member(value, 'schema') !== SCHEMA || member(value, 'mirror') !== mirror) return undefined;
    const content = stringMember(value, 'content');
    if (sha256Hex(content) !== member(value, 'sha256')) return undefined;
    const inner = parseJson(content);
    const metadata = {
      root: stringMember(inner, 'root'),
      timestamp: stringMember(inner, 'timestamp'),
      snapshot: stringMember(inner, 'snapshot'),
      targets: stringMember(inner, 'targets'),
      trustedRoot: stringMember(inner, 'trustedRoot'),
    };
    const refreshed = Date.parse(stringMember(inner, 'refreshed'));
    return Number.isNaN(refreshed) ? undefined : describe(metadata, stringMember(inner, 'firstRoot'), refreshed);
  } catch {
    return undefined;
  }
}

function stringMember(value: Json, name: string): string {
  const found = member(value, name);
  if (typeof found !== 'string') throw new TypeError(`${name} is missing`);
  return found;
}

/** A verified set with its times and versions. Throws `trust-invalid` for what is no metadata. */
export function describe(metadata: VerifiedMetadata, firstRoot: string, refreshed: number): CachedTrust {
  const root = headOf(metadata.root, 'root', 'root.json');
  const timestamp = headOf(metadata.timestamp, 'timestamp', 'timestamp.json');
  const snapshot = headOf(metadata.snapshot, 'snapshot', 'snapshot.json');
  const targets = headOf(metadata.targets, 'targets', 'targets.json');
  return {
    metadata,
    firstRoot,
    refreshed,
    expires: Math.min(root.expires, timestamp.expires, snapshot.expires, targets.expires),
    rootExpires: root.expires,
    rootVersion: root.version,
    timestampVersion: timestamp.version,
  };
}

/**
 * Keeps a verified set, unless another process has put a newer one there in the meantime; answers the one that is newer.
 * Throws what the file system throws.
 */
export async function writeCache(repository: Repository, fresh: CachedTrust): Promise<CachedTrust> {
  const present = await readCache(repository);
  if (present !== undefined && present.firstRoot === fresh.firstRoot && isNewer(present, fresh)) return present;
  const { metadata, firstRoot, refreshed } = fresh;
  const content = JSON.stringify({ ...metadata, firstRoot, refreshed: new Date(refreshed).toISOString() });
  const file = { schema: SCHEMA, mirror: repository.mirror, sha256: sha256Hex(content), content };
  await replaceFile(cacheFile(repository), `${JSON.stringify(file)}\n`);
  return fresh;
}

function isNewer(a: CachedTrust, b: CachedTrust): boolean {
  return a.rootVersion > b.rootVersion || (a.rootVersion === b.rootVersion && a.timestampVersion > b.timestampVersion);
}

/** Metadata of another client. */
export interface ForeignTrust {
  readonly metadata: Metadata;
  /** When it was written; milliseconds since 1970. */
  readonly refreshed: number;
}

/** Metadata that cosign left in its own layout under `TUF_ROOT`; `undefined` when there is none to start from. It is not verified. */
export async function readForeign(repository: Repository): Promise<ForeignTrust | undefined> {
  if (!repository.isShared || repository.rootFile !== undefined) return undefined;
  const read = async (name: string, most: number): Promise<string | undefined> =>
    (await readBounded(join(repository.folder, name), most).catch(() => undefined))?.toString('utf8');
  const root = await read('root.json', LIMITS.tufRootBytes);
  if (root === undefined || !isRoot(root)) return undefined;
  const rest = {
    timestamp: await read('timestamp.json', LIMITS.tufTimestampBytes),
    snapshot: await read('snapshot.json', LIMITS.tufSnapshotBytes),
    targets: await read('targets.json', LIMITS.tufTargetsBytes),
    trustedRoot: await read(join('targets', 'trusted_root.json'), LIMITS.trustedRootBytes),
  };
  const written = await stat(join(repository.folder, 'timestamp.json')).catch(() => undefined);
  return {
    metadata: { root, ...Object.fromEntries(Object.entries(rest).filter(([, text]) => text !== undefined)) },
    refreshed: written?.mtimeMs ?? 0,
  };
}

function isRoot(text: string): boolean {
  try {
    return headOf(text, 'root', 'root.json').version > 0;
  } catch {
    return false;
  }
}
