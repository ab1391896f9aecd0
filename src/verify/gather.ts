import { AssayError, isAssayError, toAssayError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import type { Digest } from '../oci/digest.ts';
import { parseManifest } from '../oci/manifest.ts';
import type { Found, Store, StoredManifest } from '../oci/store.ts';
import { type EvidencePart, type FormatName, partsOf, type SignedEntity } from '../signature/index.ts';
import { type Budget, createBudget } from './budget.ts';
import { createFailures, type Failures } from './failures.ts';
import { createChannel, runPool } from './pool.ts';
import { askSources, type Candidate, rankOf, type SourceAnswer } from './sources.ts';

/** A piece of evidence where it was found: an entity, or why it is none. */
export interface LocatedEvidence {
  readonly format: FormatName;
  /** Of the manifest that holds it. */
  readonly digest: Digest | string;
  readonly found: Found;
  /** What the place says that it is, when the content cannot say it. */
  readonly storedAs: 'signature' | 'attestation' | undefined;
  readonly content: SignedEntity | AssayError;
}

/** What gathering needs. */
export interface GatherRequest {
  readonly stores: readonly Store[];
  readonly subject: Digest;
  readonly signal?: AbortSignal;
  /** Bound in bytes of one piece; default `LIMITS.evidenceBytes`. */
  readonly maxEvidenceBytes?: number;
  /** Predicate type that is fetched first. */
  readonly predicateType?: string;
  /** Called with every piece of evidence. */
  readonly onEvidence: (evidence: LocatedEvidence) => Promise<void>;
  /** Whether nothing more has to be read; asked only after `LIMITS.readAnyway` manifests. */
  readonly enough: () => boolean;
}

/** What was asked, and what could not be read. */
export interface Gathered {
  readonly sources: readonly SourceAnswer[];
  /** Failures to read what a source listed. */
  readonly errors: readonly AssayError[];
  /** Manifests that were not read because enough had been found. */
  readonly unread: number;
}

interface Gathering extends GatherRequest {
  readonly failures: Failures;
  readonly budget: Budget;
}

/**
 * Reads all evidence of a subject: sources and contents at the same time, contents bounded in number and bytes. A failure to read
 * one piece never hides another.
 */
export async function gather(request: GatherRequest): Promise<Gathered> {
  const channel = createChannel<Candidate>((c) => rankOf(c, request.predicateType));
  const gathering = { ...request, failures: createFailures(), budget: createBudget(LIMITS.evidenceBytesInFlight) };
  const abort = new AbortController();
  const stop = (): void => abort.abort(request.signal?.reason);
  if (request.signal?.aborted) stop();
  request.signal?.addEventListener('abort', stop, { once: true });
  let opened = 0;
  const enough = (): boolean => opened >= LIMITS.readAnyway && request.enough();
  const listing = askSources({
    stores: request.stores,
    subject: request.subject,
    signal: abort.signal,
    push: channel.push,
  }).finally(channel.close);
  await runPool(
    LIMITS.evidenceInFlight,
    async () => {
      const candidate = await channel.take();
      if (candidate === undefined) return undefined;
      opened++;
      return () => open(candidate, gathering);
    },
    enough,
  );
  const unread = channel.size();
  // Nobody waits for the pages that are still to come.
  if (unread > 0) abort.abort();
  const sources = unread > 0 ? [] : await listing;
  request.signal?.removeEventListener('abort', stop);
  return { sources, errors: gathering.failures.list(), unread };
}

async function open(candidate: Candidate, request: Gathering): Promise<void> {
  const { store, found, descriptor } = candidate;
  const read = {
    ...(request.signal === undefined ? {} : { signal: request.signal }),
    maxBytes: request.maxEvidenceBytes ?? LIMITS.evidenceBytes,
  };
  const at = {
    digest: descriptor.digest,
    found,
    storedAs: candidate.suffix === 'sig' ? ('signature' as const) : candidate.suffix === 'att' ? ('attestation' as const) : undefined,
  };
  try {
    const stored = candidate.stored ?? (await manifestOf(candidate, read));
    const parts = partsIn(stored, found);
    if (parts instanceof AssayError)
      return await request.onEvidence({ ...at, format: found === 'tag' ? 'cosign-tag' : 'sigstore-bundle', content: parts });
    const take = async (part: EvidencePart): Promise<void> => {
      const content = await contentOf(part, store, read).catch((error: unknown) => {
        const known = toAssayError(error);
        if (known.group !== 'evidence-invalid') request.failures.add(known);
        return known;
      });
      if (content !== null) await request.onEvidence({ ...at, format: part.format, content });
    };
    await Promise.all(parts.map((part) => request.budget.use(part.layer.size, () => take(part))));
  } catch (error) {
    request.failures.add(toAssayError(error));
  }
}

async function manifestOf(candidate: Candidate, read: { readonly signal?: AbortSignal }): Promise<StoredManifest> {
  const { descriptor, store } = candidate;
  if (descriptor.size > LIMITS.manifestBytes)
    throw new AssayError(
      'limit',
      `${descriptor.digest} in ${store.label} is a manifest of ${descriptor.size} bytes (at most ${LIMITS.manifestBytes})`,
    );
  return { descriptor, bytes: await store.read(descriptor, { ...read, maxBytes: LIMITS.manifestBytes }) };
}

// What is no manifest at all may be evidence that was spoilt; what is another kind of manifest holds none.
function partsIn(stored: StoredManifest, found: Found): readonly EvidencePart[] | AssayError {
  try {
    return partsOf({ manifest: parseManifest(stored.bytes, stored.descriptor.mediaType), found });
  } catch (error) {
    if (isAssayError(error) && error.group === 'evidence-invalid') return error;
    throw error;
  }
}

async function contentOf(
  part: EvidencePart,
  store: Store,
  read: { readonly signal?: AbortSignal; readonly maxBytes: number },
): Promise<SignedEntity | null> {
  const { layer } = part;
  if (layer.size > read.maxBytes)
    throw new AssayError('limit', `${layer.digest} in ${store.label} is evidence of ${layer.size} bytes (at most ${read.maxBytes})`);
  return part.decode(await store.read(layer, read));
}
