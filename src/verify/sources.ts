import { type AssayError, AssayError as Err, toAssayError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { parseManifest } from '../oci/manifest.ts';
import { BUNDLE_PREFIX, COSIGN_SIGNATURE_ARTIFACT, DSSE_ENVELOPE, IN_TOTO } from '../oci/media-types.ts';
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
  /** Called with candidates as soon as they are known, each manifest of a store once. */
  readonly push: (candidates: readonly Candidate[]) => void;
}

/**
 * Asks every place where evidence of a subject may be: the tags, the referrers API with all its pages, and the fallback tag even when the
 * API answers; all at the same time. What fails is an answer of its own and hides nothing that another place holds.
 */
export async function askSources(request: SourcesRequest): Promise<readonly SourceAnswer[]> {
  const answers = request.stores.map((store) => {
    const seen = new Set<string>();
    const push = (found: Found, list: readonly Descriptor[], stored?: StoredManifest, suffix?: EvidenceSuffix): number => {
      const fresh = list.filter((d) => !seen.has(d.digest));
      for (const d of fresh) seen.add(d.digest);
      if (seen.size > LIMITS.referrers)
        throw new Err('limit', `more than ${LIMITS.referrers} referrers of ${request.subject} in ${store.label}`);
      request.push(fresh.map((descriptor) => ({ store, found, suffix, descriptor, stored })));
      return list.length;
    };
    const read = request.signal === undefined ? {} : { signal: request.signal };
    const tag = (suffix: EvidenceSuffix): Promise<SourceAnswer> =>
      answer(store, `tag .${suffix}`, async () => {
        const manifests = await store.attached(request.subject, suffix, read);
        for (const m of manifests) push('tag', [m.descriptor], m, suffix);
        return manifests.length > 0 ? 'found' : 'nothing';
      });
    return [
      tag('sig'),
      tag('att'),
      answer(store, 'referrers API', async () => {
        let count = 0;
        const pages = store.referrers(request.subject, read);
        for (let page = await pages.next(); ; page = await pages.next()) {
          if (page.done) return page.value === 'unsupported' ? 'no such API' : count > 0 ? 'found' : 'nothing';
          count += push('referrers', page.value);
        }
      }),
      answer(store, 'fallback tag', async () => {
        const index = await store.fallback(request.subject, read);
        if (index === undefined) return 'nothing';
        const manifest = parseManifest(index.bytes, index.descriptor.mediaType);
        if (manifest.kind !== 'index')
          throw new Err('manifest-invalid', `the fallback tag of ${request.subject} is no index (${manifest.mediaType})`);
        return push('fallback-tag', manifest.manifests) > 0 ? 'found' : 'nothing';
      }),
    ];
  });
  return Promise.all(answers.flat());
}

async function answer(store: Store, name: string, ask: () => Promise<Exclude<SourceAnswer['answer'], 'failed'>>): Promise<SourceAnswer> {
  try {
    return { store: store.label, name, answer: await ask(), error: undefined };
  } catch (error) {
    return { store: store.label, name, answer: 'failed', error: toAssayError(error) };
  }
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
