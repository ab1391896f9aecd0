import { join } from 'node:path';
import { parseJson } from '../../codec/json.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { type CachedTrust, readCache } from './cache.ts';
import { refreshMetadata } from './client.ts';
import { createTrustClient, refuseFetch } from './fetch.ts';
import { readIfReadable, replaceFile } from './files.ts';
import { member, sha256Hex } from './metadata.ts';
import type { PublicGoodOptions } from './public-good-root.ts';
import { type RefreshHow, refreshRepository, type TrustWarning } from './refresh.ts';
import { type Repository, resolveRepository } from './repository.ts';

/** The signing configurations that the public good instance publishes: the usual one, and one with a Rekor v2 log. */
export type SigningConfigTarget = 'signing_config.v0.2.json' | 'signing_config_rekor_v2.v0.2.json';

/** A signing configuration as text. */
export interface SigningConfigSource {
  readonly json: string;
  readonly warnings: readonly TrustWarning[];
}

/**
 * The signing configuration of the TUF repository in effect, kept current as the trusted root is. It is kept beside the metadata, and taken from there for as long
 * as the metadata says its digest; offline it has to be there. Throws as `publicGoodRoot`, and `trust-unavailable` when the repository has none.
 */
export async function publicSigningConfig(
  options: PublicGoodOptions,
  target: SigningConfigTarget = 'signing_config.v0.2.json',
): Promise<SigningConfigSource> {
  const repository = resolveRepository(options);
  const { trust, warnings } = await metadataOf(repository, options);
  const file = join(repository.folder, target);
  const kept = readIfReadable(file, LIMITS.trustedRootBytes);
  if (kept !== undefined && sha256Hex(kept) === digestOf(trust, target)) return { json: kept.toString('utf8'), warnings };
  if (options.offline)
    throw new AssayError('trust-unavailable', `${target} of ${repository.mirror} is not at hand`, {
      hint: '--signing-config FILE names one',
      retryable: false,
    });
  const json = await download(repository, trust, target, options);
  // It is fetched again where it cannot be kept.
  await replaceFile(file, json).catch(() => undefined);
  return { json, warnings };
}

async function metadataOf(
  repository: Repository,
  options: PublicGoodOptions,
): Promise<{ readonly trust: CachedTrust; readonly warnings: readonly TrustWarning[] }> {
  const cached = readCache(repository);
  if (cached !== undefined && (options.offline || options.now < cached.expires)) return { trust: cached, warnings: [] };
  if (options.offline)
    throw new AssayError('trust-unavailable', `nothing is known yet of the signing configuration of ${repository.mirror}`, {
      hint: '--signing-config FILE names one',
      retryable: false,
    });
  return refreshRepository(repository, cached, howOf(options));
}

async function download(
  repository: Repository,
  trust: CachedTrust,
  target: SigningConfigTarget,
  options: PublicGoodOptions,
): Promise<string> {
  const client = options.fetch === undefined ? createTrustClient(options) : { fetch: options.fetch, close: () => Promise.resolve() };
  const { trustedRoot: _, ...start } = trust.metadata;
  try {
    const { trustedRoot } = await refreshMetadata({
      mirror: repository.mirror,
      start,
      fetch: options.offline ? refuseFetch : client.fetch,
      preferStart: true,
      target,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    return trustedRoot;
  } finally {
    await client.close();
  }
}

function howOf(options: PublicGoodOptions): RefreshHow {
  const { fetch, signal, now } = options;
  return { place: options, now, ...(fetch === undefined ? {} : { fetch }), ...(signal === undefined ? {} : { signal }) };
}

/** The SHA-256 that the verified targets metadata states of a target (TUF specification §4.5). */
function digestOf(trust: CachedTrust, target: string): string | undefined {
  const targets = member(member(parseJson(trust.metadata.targets, 'targets.json'), 'signed'), 'targets');
  const digest = member(member(member(targets, target), 'hashes'), 'sha256');
  return typeof digest === 'string' ? digest : undefined;
}
