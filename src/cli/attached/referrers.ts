import { AssayError, toAssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import { parseManifest, readableEntries } from '../../oci/manifest.ts';
import type { Found, Store } from '../../oci/store.ts';
import type { Source } from './artifact.ts';

/** A referrer as it is listed: a claim until its manifest was read. */
export interface Listed {
  readonly descriptor: Descriptor;
  readonly found: readonly Found[];
}

/**
 * The referrers of a subject by the API and by the fallback tag, merged by digest with both places named, and what either place answered.
 * The order is that of the API, then of the tag: what is listed must not depend on who answers first.
 */
export async function listReferrers(
  store: Store,
  subject: Digest,
  signal: AbortSignal,
): Promise<{ readonly listed: readonly Listed[]; readonly sources: readonly Source[] }> {
  const parts = await Promise.all([fromApi(store, subject, signal), fromFallback(store, subject, signal)]);
  const byDigest = new Map<Digest, { descriptor: Descriptor; found: Found[] }>();
  for (const { found, descriptors } of parts) {
    for (const descriptor of descriptors) {
      const known = byDigest.get(descriptor.digest);
      if (known === undefined) byDigest.set(descriptor.digest, { descriptor, found: [found] });
      else if (!known.found.includes(found)) known.found.push(found);
    }
  }
  return { listed: [...byDigest.values()], sources: parts.map((p) => p.source) };
}

interface Part {
  readonly found: 'referrers' | 'fallback-tag';
  readonly descriptors: readonly Descriptor[];
  readonly source: Source;
}

async function fromApi(store: Store, subject: Digest, signal: AbortSignal): Promise<Part> {
  const descriptors: Descriptor[] = [];
  const part = (state: Source['state'], error?: AssayError): Part => ({
    found: 'referrers',
    descriptors,
    source: { source: 'referrers', state, error },
  });
  try {
    const pages = store.referrers(subject, { signal });
    for (;;) {
      const page = await pages.next();
      if (page.done === true) return part(page.value);
      descriptors.push(...page.value);
      if (descriptors.length > LIMITS.referrers)
        throw new AssayError('limit', `${subject} has more than ${LIMITS.referrers} referrers in ${store.label}`);
    }
  } catch (error) {
    return part('unknown', toAssayError(error));
  }
}

async function fromFallback(store: Store, subject: Digest, signal: AbortSignal): Promise<Part> {
  const part = (descriptors: readonly Descriptor[], error?: AssayError): Part => ({
    found: 'fallback-tag',
    descriptors,
    source: { source: 'fallback-tag', state: error === undefined ? 'answered' : 'unknown', error },
  });
  let readable: readonly Descriptor[] = [];
  try {
    const stored = await store.fallback(subject, { signal });
    readable = stored === undefined ? [] : readableEntries(stored.bytes);
    const index = stored === undefined ? undefined : parseManifest(stored.bytes, stored.descriptor.mediaType, LIMITS.referrersPageBytes);
    if (index?.kind === 'manifest')
      throw new AssayError('manifest-invalid', `the fallback tag of ${subject} in ${store.label} holds no index of referrers`);
    return part(index?.manifests ?? []);
  } catch (error) {
    return part(readable, toAssayError(error));
  }
}
