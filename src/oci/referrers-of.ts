import { AssayError, isAssayError, toAssayError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import type { Descriptor } from './descriptor.ts';
import type { Digest } from './digest.ts';
import { type ParsedManifest, parseManifest, readableEntries } from './manifest.ts';
import type { ReadOptions, Store } from './store.ts';

/** One referrer, with where it stood. Found in both places it is told once. */
export interface Referrer {
  readonly found: 'referrers' | 'fallback-tag';
  readonly descriptor: Descriptor;
}

/** What became of the two sources, when all that could be read was given. */
export interface ReferrersState {
  /** `failed`: there may be more than was given; the error says why. */
  readonly api: 'answered' | 'unsupported' | 'failed';
  readonly fallback: 'answered' | 'failed';
  /** One for each source that failed, the API's first; the same for both once. Without any, everything was given. */
  readonly errors: readonly AssayError[];
}

/** One page as one of the two sources lists it. */
export interface ReferrersPage {
  readonly found: Referrer['found'];
  readonly descriptors: readonly Descriptor[];
  /** Those of them that no page before has told. */
  readonly fresh: readonly Descriptor[];
}

type Source = AsyncGenerator<readonly Descriptor[], 'answered' | 'unsupported'>;

/**
 * The referrers of a subject from the referrers API **and** from the fallback tag (distribution spec 1.1), which are both
 * read always and at the same time: a registry that has learnt the API keeps the tags that were written before. Pages are
 * given as they come. What fails takes nothing away from what could be read: the generator never throws; its return value
 * says which source answered and what went wrong (a fallback tag that holds no index is `manifest-invalid`; beyond
 * `LIMITS.referrers` in all it is `limit`).
 */
export async function* referrerPages(
  store: Store,
  subject: Digest,
  options: ReadOptions = {},
): AsyncGenerator<ReferrersPage, ReferrersState> {
  const abort = new AbortController();
  const stop = (): void => abort.abort(options.signal?.reason);
  if (options.signal?.aborted) stop();
  options.signal?.addEventListener('abort', stop, { once: true });
  try {
    return yield* pagesOfBoth(store, subject, { ...options, signal: abort.signal });
  } finally {
    // Whoever has seen enough does not wait for the rest.
    options.signal?.removeEventListener('abort', stop);
    // Its reason is asked for by nobody, and a new error takes longer than all else here.
    abort.abort(null);
  }
}

/** What `referrerPages` gives, each referrer once, with the place that told it first. */
export async function* referrersOf(
  store: Store,
  subject: Digest,
  options: ReadOptions = {},
): AsyncGenerator<readonly Referrer[], ReferrersState> {
  const pages = referrerPages(store, subject, options);
  try {
    for (;;) {
      const step = await pages.next();
      if (step.done) return step.value;
      const { found, fresh } = step.value;
      if (fresh.length > 0) yield fresh.map((descriptor) => ({ found, descriptor }));
    }
  } finally {
    await pages.return({ api: 'failed', fallback: 'failed', errors: [] });
  }
}

async function* pagesOfBoth(store: Store, subject: Digest, options: ReadOptions): AsyncGenerator<ReferrersPage, ReferrersState> {
  const errors = new Map<Referrer['found'], AssayError>();
  const seen = new Set<string>();
  let api: ReferrersState['api'] = 'failed';
  let fallback: ReferrersState['fallback'] = 'failed';
  const readers = new Map<Referrer['found'], Reader>([
    ['referrers', readerOf(store.referrers(subject, options))],
    ['fallback-tag', readerOf(fallbackEntries(store, subject, options))],
  ]);
  while (readers.size > 0) {
    const { found, reader, step } = await Promise.race(
      [...readers].map(async ([name, r]) => ({ found: name, reader: r, step: await r.pending() })),
    );
    if (step instanceof AssayError || step.done) {
      readers.delete(found);
      if (step instanceof AssayError) errors.set(found, step);
      else if (found === 'referrers') api = step.value;
      else fallback = 'answered';
      continue;
    }
    // A list that describes it wrongly must not hide the one that does not.
    const fresh = step.value.filter((d) => !seen.has(keyOf(d)) && seen.add(keyOf(d)));
    if (seen.size > LIMITS.referrers) {
      const limit = new AssayError('limit', `${subject} has more than ${LIMITS.referrers} referrers in ${store.label}`);
      for (const name of readers.keys()) errors.set(name, limit);
      break;
    }
    reader.advance();
    yield { found, descriptors: step.value, fresh };
  }
  const inOrder = [errors.get('referrers'), errors.get('fallback-tag')].filter((e) => e !== undefined);
  return { api, fallback, errors: [...new Set(inOrder)] };
}

/** Why a source failed; `undefined` when it did not. */
export function referrersError({ api, fallback, errors }: ReferrersState, source: Referrer['found']): AssayError | undefined {
  if (source === 'referrers') return api === 'failed' ? errors[0] : undefined;
  return fallback === 'failed' ? errors.at(-1) : undefined;
}

function keyOf({ digest, size, mediaType }: Descriptor): string {
  return `${digest} ${size} ${mediaType}`;
}

/** Everything that `referrersOf` gives, at once. */
export async function collectReferrers(
  store: Store,
  subject: Digest,
  options: ReadOptions = {},
): Promise<ReferrersState & { readonly referrers: readonly Referrer[] }> {
  const referrers: Referrer[] = [];
  const pages = referrersOf(store, subject, options);
  for (;;) {
    const step = await pages.next();
    if (step.done) return { ...step.value, referrers };
    referrers.push(...step.value);
  }
}

async function* fallbackEntries(store: Store, subject: Digest, options: ReadOptions): Source {
  const stored = await store.fallback(subject, options);
  if (stored === undefined) return 'answered';
  let manifest: ParsedManifest;
  try {
    manifest = parseManifest(stored.bytes, stored.descriptor.mediaType, LIMITS.referrersPageBytes);
  } catch (error) {
    if (isAssayError(error, 'manifest-invalid')) yield readableEntries(stored.bytes);
    throw error;
  }
  if (manifest.kind !== 'index') {
    throw new AssayError(
      'manifest-invalid',
      `the fallback tag of ${subject} in ${store.label} holds ${manifest.mediaType} and no index of referrers`,
    );
  }
  yield manifest.manifests;
  return 'answered';
}

type Step = IteratorResult<readonly Descriptor[], 'answered' | 'unsupported'> | AssayError;

interface Reader {
  pending(): Promise<Step>;
  advance(): void;
}

// The next page is asked for before the last one is worked on.
function readerOf(source: Source): Reader {
  const ask = (): Promise<Step> => source.next().catch((error: unknown) => toAssayError(error));
  let next = ask();
  return {
    pending: () => next,
    advance() {
      next = ask();
    },
  };
}
