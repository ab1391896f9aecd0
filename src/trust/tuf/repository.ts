import { join, resolve } from 'node:path';
import { utf8Decode } from '../../bytes/index.ts';
import { parseJson } from '../../codec/json.ts';
import { AssayError, messageOf } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { readBounded } from './files.ts';

/** The public good instance's TUF repository. */
export const PUBLIC_GOOD_MIRROR = 'https://tuf-repo-cdn.sigstore.dev';

/** The public good instance's staging repository. */
export const STAGING_MIRROR = 'https://tuf-repo-cdn.sigstage.dev';

/** Where the tool runs: what the choice of a repository depends on. */
export interface TrustPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home folder. */
  readonly home: string;
}

/** A TUF repository, and where this machine keeps what it knows of it. */
export interface Repository {
  /** Base address of the metadata, without a slash at the end; targets are below `targets/`. */
  readonly mirror: string;
  /** What is known of this repository. */
  readonly folder: string;
  /** Whether the embedded seed belongs to it. */
  readonly isPublicGood: boolean;
  /** `TUF_ROOT_JSON`: the file with the root that everything starts from. */
  readonly rootFile: string | undefined;
  /** Whether the folder is cosign's (`TUF_ROOT`), which may hold metadata in cosign's own layout. */
  readonly isShared: boolean;
}

/** The folder of all repositories: `TUF_ROOT`, else `assay/tuf` in `XDG_DATA_HOME` or `~/.local/share`. cosign's `~/.sigstore/root` is read only when `TUF_ROOT` names it. */
export function trustFolder(place: TrustPlace): string {
  const shared = place.env.TUF_ROOT;
  if (shared) return resolve(shared);
  return join(place.env.XDG_DATA_HOME || join(place.home, '.local', 'share'), 'assay', 'tuf');
}

/**
 * The repository in effect: `mirror` if given, else `TUF_MIRROR`, else the one that `assay trust init` (or, under `TUF_ROOT`, cosign)
 * chose, else the public good instance's. Throws `usage-invalid` for an address that is none, `trust-invalid` for a choice that cannot be read.
 */
export function resolveRepository(place: TrustPlace, mirror?: string): Repository {
  const folder = trustFolder(place);
  const chosen = mirror ?? (place.env.TUF_MIRROR || readChoice(folder) || PUBLIC_GOOD_MIRROR);
  const address = mirrorAddress(chosen);
  return {
    mirror: address,
    folder: join(folder, folderName(address)),
    isPublicGood: address === PUBLIC_GOOD_MIRROR,
    rootFile: place.env.TUF_ROOT_JSON || undefined,
    isShared: Boolean(place.env.TUF_ROOT),
  };
}

/** The file that says which mirror was chosen, in cosign's form: `{"mirror": "…"}`. */
export function choiceFile(place: TrustPlace): string {
  return join(trustFolder(place), 'remote.json');
}

function readChoice(folder: string): string | undefined {
  const file = join(folder, 'remote.json');
  const bytes = readBounded(file, LIMITS.tufTimestampBytes);
  if (bytes === undefined) return undefined;
  try {
    const value = parseJson(utf8Decode(bytes, file), file);
    const mirror =
      typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as { mirror?: unknown }).mirror : undefined;
    // Falling back to the public good instance would trust somebody whom the owner of this file chose not to.
    if (typeof mirror !== 'string' || mirror === '') throw new AssayError('trust-invalid', 'it names no mirror');
    return mirror;
  } catch (cause) {
    throw new AssayError('trust-invalid', `${file} does not say which TUF repository to trust: ${messageOf(cause)}`, {
      cause,
      hint: 'assay trust init writes it anew',
    });
  }
}

/** A mirror's address in one form. Throws `usage-invalid`. */
export function mirrorAddress(text: string): string {
  const wrong = (why: string): AssayError => new AssayError('usage-invalid', `the TUF mirror "${text.slice(0, 200)}" ${why}`);
  if (!URL.canParse(text)) throw wrong('is no address');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:' && url.protocol !== 'file:') throw wrong('is neither https, http nor file');
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw wrong('has credentials, a query or a fragment');
  return url.href.replace(/\/+$/, '');
}

/** cosign's name for a mirror's folder, so that both tools find the same one under `TUF_ROOT`. */
export function folderName(mirror: string): string {
  return mirror
    .replace(/^[a-z]+:\/\//, '')
    .replace(/[/:%\\]/g, '-')
    .toLowerCase();
}

/** The file that keeps the root that `assay trust init --root` was given. */
export function firstRootFile(repository: Repository): string {
  return join(repository.folder, 'first-root.json');
}

/**
 * The root that a repository's first contact starts from, as text: `TUF_ROOT_JSON`, else what `assay trust init` was given, else the
 * embedded seed (a mirror may carry a copy of the public good repository; any other does not verify by it). Throws `file-unreadable`.
 */
export async function seedRoot(repository: Repository): Promise<string> {
  const file = repository.rootFile ?? firstRootFile(repository);
  const given = readBounded(file, LIMITS.tufRootBytes);
  if (given !== undefined) return given.toString('utf8');
  if (repository.rootFile !== undefined) throw new AssayError('file-unreadable', `cannot read TUF_ROOT_JSON: there is no ${file}`);
  return (await import('../embedded/public-good-tuf-root.ts')).EMBEDDED_TUF_ROOT;
}
