import type { Descriptor } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import { type Referrer, type ReferrersState, referrerPages, referrersError } from '../../oci/referrers-of.ts';
import type { Found, Store } from '../../oci/store.ts';
import type { Source } from './artifact.ts';

/** A referrer as it is listed: a claim until its manifest was read. */
export interface Listed {
  readonly descriptor: Descriptor;
  readonly found: readonly Found[];
}

const PLACES = ['referrers', 'fallback-tag'] as const;

/**
 * The referrers of a subject by the API and by the fallback tag, merged by digest with both places named, and what either place answered.
 * The order is that of the API, then of the tag: what is listed must not depend on who answers first.
 */
export async function listReferrers(
  store: Store,
  subject: Digest,
  signal: AbortSignal,
): Promise<{ readonly listed: readonly Listed[]; readonly sources: readonly Source[] }> {
  const byPlace = new Map<Referrer['found'], Descriptor[]>(PLACES.map((place) => [place, []]));
  const pages = referrerPages(store, subject, { signal });
  for (;;) {
    const step = await pages.next();
    if (step.done) return { listed: merged(byPlace), sources: PLACES.map((place) => sourceOf(step.value, place)) };
    byPlace.get(step.value.found)?.push(...step.value.descriptors);
  }
}

function merged(byPlace: ReadonlyMap<Referrer['found'], readonly Descriptor[]>): readonly Listed[] {
  const byDigest = new Map<Digest, { descriptor: Descriptor; found: Found[] }>();
  for (const [place, descriptors] of byPlace) {
    for (const descriptor of descriptors) {
      const known = byDigest.get(descriptor.digest);
      if (known === undefined) byDigest.set(descriptor.digest, { descriptor, found: [place] });
      else if (!known.found.includes(place)) known.found.push(place);
    }
  }
  return [...byDigest.values()];
}

function sourceOf(state: ReferrersState, place: Referrer['found']): Source {
  const answer = place === 'referrers' ? state.api : state.fallback;
  return { source: place, state: answer === 'failed' ? 'unknown' : answer, error: referrersError(state, place) };
}
