import { statSync } from 'node:fs';
import { join } from 'node:path';
import { LIMITS } from '../../limits.ts';
import type { Metadata, VerifiedMetadata } from './client.ts';
import { readIfReadable, replaceFile } from './files.ts';
import { headOf, sha256Hex } from './metadata.ts';
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
  return join(repository.folder, 'assay.jsonl');
}

/**
 * What the last refresh left, or `undefined` when there is nothing that can be used: no file, another mirror's, damaged,
 * or started from another root than the `TUF_ROOT_JSON` that is asked for now. Signatures were checked before it was written and are not
 * checked again: who can write here can as well change the choice of the mirror. The digest finds damage, not malice.
 */
export function readCache(repository: Repository): CachedTrust | undefined {
  const bytes = readIfReadable(cacheFile(repository), LIMITS.tufCacheBytes);
  const cached = bytes === undefined ? undefined : decodeCache(bytes, repository.mirror);
  if (cached === undefined || repository.rootFile === undefined) return cached;
  const asked = readIfReadable(repository.rootFile, LIMITS.tufRootBytes);
  return asked?.equals(Buffer.from(cached.firstRoot)) === true ? cached : undefined;
}

// The first line holds the digest of the rest; what passes it is what `writeCache` wrote, and has its shape.
function decodeCache(bytes: Buffer, mirror: string): CachedTrust | undefined {
  const end = bytes.indexOf('\n');
  const content = bytes.subarray(end + 1);
  if (bytes.toString('latin1', 0, Math.max(0, end)) !== headLine(content)) return undefined;
  const kept = JSON.parse(content.toString('utf8')) as KeptTrust;
  return kept.mirror === mirror ? kept : undefined;
}

interface KeptTrust extends CachedTrust {
  readonly mirror: string;
}

function headLine(content: Uint8Array): string {
  return `{"schema":"${SCHEMA}","sha256":"${sha256Hex(content)}"}`;
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
  const present = readCache(repository);
  if (present !== undefined && present.firstRoot === fresh.firstRoot && isNewer(present, fresh)) return present;
  const kept: KeptTrust = { ...fresh, mirror: repository.mirror };
  const content = `${JSON.stringify(kept)}\n`;
  await replaceFile(cacheFile(repository), `${headLine(Buffer.from(content))}\n${content}`);
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
export function readForeign(repository: Repository): ForeignTrust | undefined {
  if (!repository.isShared || repository.rootFile !== undefined) return undefined;
  const read = (name: string, most: number): string | undefined => readIfReadable(join(repository.folder, name), most)?.toString('utf8');
  const root = read('root.json', LIMITS.tufRootBytes);
  if (root === undefined || !isRoot(root)) return undefined;
  const rest = {
    timestamp: read('timestamp.json', LIMITS.tufTimestampBytes),
    snapshot: read('snapshot.json', LIMITS.tufSnapshotBytes),
    targets: read('targets.json', LIMITS.tufTargetsBytes),
    trustedRoot: read(join('targets', 'trusted_root.json'), LIMITS.trustedRootBytes),
  };
  const written = statSync(join(repository.folder, 'timestamp.json'), { throwIfNoEntry: false });
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
