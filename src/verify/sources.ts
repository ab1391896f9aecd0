import { type AssayError, toAssayError } from '../errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { BUNDLE_PREFIX, COSIGN_SIGNATURE_ARTIFACT, DSSE_ENVELOPE, IN_TOTO } from '../oci/media-types.ts';
import { type Referrer, type ReferrersState, referrersError, referrersOf } from '../oci/referrers-of.ts';
import type { EvidenceSuffix, Found, Store, StoredManifest } from '../oci/store.ts';

/** A manifest that may hold evidence: at hand, or by its descriptor. */
export interface Candidate {
  readonly store: Store;
  readonly found: Found;
  /** The tag's suffix, which says what kind of evidence is stored there. */
  readonly suffix: EvidenceSuffix | undefined;
  readonly descriptor: Descriptor;
  readonly stored: StoredManifest | undefined;
}

/** What one place answered when it was asked for evidence. */
export interface SourceAnswer {
  readonly store: string;
  /** `referrers API`, `fallback tag`, `tag .sig`, … */
  readonly name: string;
  readonly answer: 'found' | 'nothing' | 'no such API' | 'failed';
  readonly error: AssayError | undefined;
}

/** What listing needs. */
export interface SourcesRequest {
  readonly stores: readonly Store[];
  readonly subject: Digest;
  readonly signal: AbortSignal | undefined;
  /** Called with a candidate as soon as it is known, each manifest of a store once. */
  readonly push: (candidate: Candidate) => void;
}

/**
 * Asks every place where evidence of a subject may be: the tags, the referrers API with all its pages, and the fallback tag even when the
 * API answers; all at the same time. What fails is an answer of its own and hides nothing that another place holds.
 */
export async function askSources(request: SourcesRequest): Promise<readonly SourceAnswer[]> {
  const answers = request.stores.map((store) => {
    const seen = new Set<string>();
    const push = (found: Found, descriptor: Descriptor, stored?: StoredManifest, suffix?: EvidenceSuffix): void => {
      if (seen.has(descriptor.digest)) return;
      seen.add(descriptor.digest);
      request.push({ store, found, suffix, descriptor, stored });
    };
    const read = request.signal === undefined ? {} : { signal: request.signal };
    const tag = (suffix: EvidenceSuffix): Promise<SourceAnswer> =>
      answer(store, `tag .${suffix}`, async () => {
        const manifests = await store.attached(request.subject, suffix, read);
        for (const m of manifests) push('tag', m.descriptor, m, suffix);
        return manifests.length > 0 ? 'found' : 'nothing';
      });
    return Promise.all([tag('sig'), tag('att'), referrers(store, request, push)]);
  });
  return (await Promise.all(answers)).flat(2);
}

async function answer(store: Store, name: string, ask: () => Promise<Exclude<SourceAnswer['answer'], 'failed'>>): Promise<SourceAnswer> {
  try {
    return { store: store.label, name, answer: await ask(), error: undefined };
  } catch (error) {
    return { store: store.label, name, answer: 'failed', error: toAssayError(error) };
  }
}

async function referrers(
  store: Store,
  request: SourcesRequest,
  push: (found: Found, descriptor: Descriptor) => void,
): Promise<readonly SourceAnswer[]> {
  const counts = new Map<Found, number>();
  const pages = referrersOf(store, request.subject, request.signal === undefined ? {} : { signal: request.signal });
  for (;;) {
    const page = await pages.next();
    if (page.done) return answersOf(store, page.value, counts);
    for (const { found, descriptor } of page.value) {
      push(found, descriptor);
      counts.set(found, (counts.get(found) ?? 0) + 1);
    }
  }
}

function answersOf(store: Store, state: ReferrersState, counts: ReadonlyMap<Found, number>): readonly SourceAnswer[] {
  const one = (name: string, how: ReferrersState['api'], found: Referrer['found']): SourceAnswer => {
    const answered = (counts.get(found) ?? 0) > 0 ? 'found' : 'nothing';
    const answer = how === 'failed' ? 'failed' : how === 'unsupported' ? 'no such API' : answered;
    return { store: store.label, name, answer, error: referrersError(state, found) };
  };
  return [one('referrers API', state.api, 'referrers'), one('fallback tag', state.fallback, 'fallback-tag')];
}

/** How likely a candidate holds what is asked for, 0 first. Annotations and types order what is fetched; they never exclude it. */
export function rankOf(candidate: Candidate, predicateType: string | undefined): number {
  if (candidate.stored !== undefined) return 0;
  const { artifactType = '', annotations } = candidate.descriptor;
  const stated = annotations?.get('dev.sigstore.bundle.predicateType');
  if (predicateType !== undefined && stated === predicateType) return 1;
  if (
    artifactType.startsWith(BUNDLE_PREFIX) ||
    artifactType === COSIGN_SIGNATURE_ARTIFACT ||
    artifactType === DSSE_ENVELOPE ||
    artifactType === IN_TOTO
  )
    return stated === undefined ? 2 : 3;
  return artifactType === '' ? 3 : 4;
}
