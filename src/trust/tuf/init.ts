import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { AssayError, messageOf } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { type CachedTrust, readCache } from './cache.ts';
import { createTrustClient } from './fetch.ts';
import { readBounded, replaceFile } from './files.ts';
import { headOf } from './metadata.ts';
import { type Refreshed, type RefreshHow, refreshFrom, refreshRepository } from './refresh.ts';
import { choiceFile, firstRootFile, PUBLIC_GOOD_MIRROR, type Repository, resolveRepository } from './repository.ts';

/** Which repository to trust from now on. */
export interface InitOptions extends RefreshHow {
  /** Address of the repository. Default: `TUF_MIRROR`, else the public good instance. */
  readonly mirror?: string;
  /** File or http(s) address of the first root. Default: `TUF_ROOT_JSON`, else the embedded one. */
  readonly root?: string;
  /** Digest of the first root: SHA-256 in hexadecimal, or `sha512:…`. Required for a root from an address. */
  readonly rootChecksum?: string;
}

/** A repository and what is known of it now. */
export interface TrustState extends Refreshed {
  readonly repository: Repository;
  /** Whether another trusted root than before came in. */
  readonly changed: boolean;
}

/**
 * Chooses the TUF repository that trust comes from, as `cosign initialize` does: reads the first root, walks to the newest, gets the trusted root,
 * and only when all that holds keeps the choice. With a root given, trust starts anew from that root.
 * Throws `usage-invalid`, `trust-invalid` (no root, another digest), `file-unreadable`, and as `refreshRepository`.
 */
export async function initTrust(options: InitOptions): Promise<TrustState> {
  const repository = resolveRepository(options.place, options.mirror ?? (options.place.env.TUF_MIRROR || PUBLIC_GOOD_MIRROR));
  if (options.root === undefined && options.rootChecksum !== undefined)
    throw new AssayError('usage-invalid', '--root-checksum needs --root');
  const root = options.root === undefined ? undefined : await readRoot(options.root, options);
  const cached = readCache(repository);
  const refreshed =
    root === undefined || cached?.firstRoot === root
      ? await refreshRepository(repository, cached, options)
      : await refreshFrom(repository, { start: { root }, firstRoot: root }, options);
  await keepChoice(repository, root, options);
  return stateOf(repository, cached, refreshed);
}

/** Refreshes the repository in effect now, whatever has expired or not. Throws as `refreshRepository`. */
export async function updateTrust(options: RefreshHow): Promise<TrustState> {
  const repository = resolveRepository(options.place);
  const cached = readCache(repository);
  return stateOf(repository, cached, await refreshRepository(repository, cached, options));
}

function stateOf(repository: Repository, cached: CachedTrust | undefined, refreshed: Refreshed): TrustState {
  return { ...refreshed, repository, changed: cached?.metadata.trustedRoot !== refreshed.trust.metadata.trustedRoot };
}

async function keepChoice(repository: Repository, root: string | undefined, options: InitOptions): Promise<void> {
  try {
    if (root !== undefined) await replaceFile(firstRootFile(repository), root);
    await replaceFile(choiceFile(options.place), `${JSON.stringify({ mirror: repository.mirror })}\n`);
  } catch (cause) {
    throw new AssayError('file-unreadable', `the choice cannot be kept: ${messageOf(cause)}`, { cause });
  }
}

async function readRoot(source: string, options: InitOptions): Promise<string> {
  const remote = /^https?:\/\//i.test(source);
  if (remote && options.rootChecksum === undefined) {
    throw new AssayError('usage-invalid', 'a root from an address needs --root-checksum', {
      hint: 'get the digest from somebody you trust, on another way',
    });
  }
  const bytes = remote
    ? await download(source, options)
    : readBounded(source.startsWith('file:') ? fileOf(source) : source, LIMITS.tufRootBytes);
  if (bytes === undefined) throw new AssayError('file-unreadable', `there is no root at ${source}`);
  if (options.rootChecksum !== undefined) checkDigest(bytes, options.rootChecksum, source);
  const text = bytes.toString('utf8');
  headOf(text, 'root', source);
  return text;
}

function fileOf(address: string): string {
  try {
    return fileURLToPath(address);
  } catch (cause) {
    throw new AssayError('usage-invalid', `--root "${address.slice(0, 200)}" names no file of this machine`, { cause });
  }
}

async function download(address: string, options: InitOptions): Promise<Buffer | undefined> {
  if (!URL.canParse(address)) throw new AssayError('usage-invalid', `--root "${address.slice(0, 200)}" is no address`);
  const client = options.fetch === undefined ? createTrustClient(options.place) : { fetch: options.fetch, close: () => Promise.resolve() };
  try {
    return await client.fetch(new URL(address), {
      maxBytes: LIMITS.tufRootBytes,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  } finally {
    await client.close();
  }
}

function checkDigest(bytes: Uint8Array, checksum: string, source: string): void {
  const [, named, digest = ''] = /^(?:(sha256|sha512):)?([0-9a-fA-F]+)$/.exec(checksum) ?? [];
  const algorithm = named ?? 'sha256';
  if (digest.length !== (algorithm === 'sha512' ? 128 : 64)) {
    throw new AssayError('usage-invalid', '--root-checksum is no SHA-256 in hexadecimal', {
      hint: '64 hexadecimal digits, or sha512: and 128 of them',
    });
  }
  const found = createHash(algorithm).update(bytes).digest('hex');
  if (found !== digest.toLowerCase())
    throw new AssayError('trust-invalid', `the root ${source} has the ${algorithm} ${found}, not ${digest.toLowerCase()}`);
}
