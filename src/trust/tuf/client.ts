import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config, Fetcher } from 'tuf-js';
import { AssayError, messageOf } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { TrustFetch } from './fetch.ts';

/** The target that this is all about, unless another is asked for. */
const TARGET = 'trusted_root.json';

/** Metadata of a repository as it was received; `root` is where trust starts, the others guard against going back. */
export interface Metadata {
  readonly root: string;
  readonly timestamp?: string;
  readonly snapshot?: string;
  readonly targets?: string;
  readonly trustedRoot?: string;
}

/** A complete set that was verified. */
export type VerifiedMetadata = Required<Metadata>;

/** What a refresh needs. */
export interface RefreshOptions {
  readonly mirror: string;
  readonly start: Metadata;
  readonly fetch: TrustFetch;
  /** Ends the refresh; its own bound is `LIMITS.tufRefreshMs`. */
  readonly signal?: AbortSignal;
  /** Takes `start` as it is, without asking for anything, when it is complete and has not expired. */
  readonly preferStart?: boolean;
  /** Name of the target; `trusted_root.json` by default. */
  readonly target?: string;
  /** Folder of the targets below the mirror; `targets` by default. */
  readonly targets?: string;
}

/**
 * The client workflow of the TUF specification (§5) for one top-level target, without delegations: walks the roots, then timestamp, snapshot, targets.
 * Everything happens in a scratch folder; nothing of the caller's is touched. Throws the codes of the fetch, `limit`, and
 * `trust-unavailable` for a repository that does not verify (rolled back, expired, wrongly signed, changed target).
 */
export async function refreshMetadata(options: RefreshOptions): Promise<VerifiedMetadata> {
  const time = AbortSignal.timeout(LIMITS.tufRefreshMs);
  const signal = options.signal === undefined ? time : AbortSignal.any([options.signal, time]);
  const scratch = await mkdtemp(join(tmpdir(), 'assay-tuf-'));
  const fetcher = await createFetcher(options.fetch, scratch, signal);
  try {
    await writeStart(scratch, options.start);
    return await runUpdater(options, scratch, fetcher);
  } catch (error) {
    const cause = fetcher.failure() ?? error;
    if (time.aborted && options.signal?.aborted !== true) {
      throw new AssayError('trust-unavailable', `${options.mirror} took longer than ${LIMITS.tufRefreshMs / 1000} s`, { cause });
    }
    if (cause instanceof AssayError) throw cause;
    throw new AssayError('trust-unavailable', `the TUF repository ${options.mirror} does not verify: ${messageOf(cause)}`, {
      cause,
      retryable: false,
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const CONFIG: Partial<Config> = {
  // The library would stop at its bound and go on with the root it has then; here one more is asked for, and refused by the fetcher.
  maxRootRotations: LIMITS.tufRootRotations + 1,
  maxDelegations: 0,
  rootMaxLength: LIMITS.tufRootBytes,
  timestampMaxLength: LIMITS.tufTimestampBytes,
  snapshotMaxLength: LIMITS.tufSnapshotBytes,
  targetsMaxLength: LIMITS.tufTargetsBytes,
};

async function runUpdater(options: RefreshOptions, scratch: string, fetcher: Fetcher): Promise<VerifiedMetadata> {
  const { Updater } = await import('tuf-js');
  const updater = new Updater({
    metadataDir: scratch,
    metadataBaseUrl: options.mirror,
    targetDir: scratch,
    targetBaseUrl: `${options.mirror}/${options.targets ?? 'targets'}`,
    forceCache: options.preferStart === true,
    fetcher,
    config: CONFIG,
  });
  const target = options.target ?? TARGET;
  await updater.refresh();
  const info = await updater.getTargetInfo(target);
  if (info === undefined)
    throw new AssayError('trust-unavailable', `the TUF repository ${options.mirror} has no ${target}`, { retryable: false });
  if (info.length > LIMITS.trustedRootBytes)
    throw new AssayError('limit', `${target} of ${options.mirror} has ${info.length} bytes (at most ${LIMITS.trustedRootBytes})`);
  const file = (await updater.findCachedTarget(info)) ?? (await updater.downloadTarget(info));
  const [root, timestamp, snapshot, targets, trustedRoot] = await Promise.all(
    [...['root.json', 'timestamp.json', 'snapshot.json', 'targets.json'].map((name) => join(scratch, name)), file].map((path) =>
      readFile(path, 'utf8'),
    ),
  );
  return { root, timestamp, snapshot, targets, trustedRoot } as VerifiedMetadata;
}

async function writeStart(scratch: string, start: Metadata): Promise<void> {
  const files = [
    ['root.json', start.root],
    ['timestamp.json', start.timestamp],
    ['snapshot.json', start.snapshot],
    ['targets.json', start.targets],
    [TARGET, start.trustedRoot],
  ] as const;
  for (const [name, content] of files) if (content !== undefined) await writeFile(join(scratch, name), content);
}

// The library wraps errors into texts of its own; the first failure is kept, so that it can be told as it was.
async function createFetcher(fetch: TrustFetch, scratch: string, signal: AbortSignal): Promise<Fetcher & { failure: () => unknown }> {
  const { DownloadHTTPError } = await import('tuf-js/dist/error.js');
  let failure: unknown;
  let roots = 0;

  async function get(url: string, maxBytes: number): Promise<Buffer> {
    try {
      if (url.endsWith('.root.json') && ++roots > LIMITS.tufRootRotations) {
        throw new AssayError('limit', `${url} would be the ${roots}th root in a row (at most ${LIMITS.tufRootRotations})`);
      }
      const bytes = await fetch(new URL(url), { maxBytes, signal });
      if (bytes !== undefined && bytes.length > maxBytes)
        throw new AssayError('limit', `${url} has ${bytes.length} bytes (at most ${maxBytes})`);
      if (bytes !== undefined) return bytes;
    } catch (error) {
      failure ??= error;
      throw error;
    }
    if (!url.endsWith('.root.json')) failure ??= new AssayError('trust-unavailable', `${url} is not there`);
    throw new DownloadHTTPError(`${url} is not there`, 404);
  }

  return {
    failure: () => failure,
    downloadBytes: get,
    async downloadFile(url, maxLength, handler) {
      const path = join(scratch, `download-${createHash('sha256').update(url).digest('hex')}`);
      await writeFile(path, await get(url, maxLength));
      return handler(path);
    },
  };
}
