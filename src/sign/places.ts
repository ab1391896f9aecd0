import type { Store } from '../oci/store.ts';
import type { FormatName } from '../signature/index.ts';
import type { WantedEvidence } from '../verify/index.ts';

/**
 * A store in which only those places answer where evidence of some formats stands: what is neither kept nor replaced is not asked for. Bundles are referrers; cosign's
 * layers stand under `.sig` or `.att`.
 */
export function placesOf(store: Store, formats: readonly FormatName[], wanted: WantedEvidence): Store {
  const tagged = formats.includes('cosign-tag');
  const referring = formats.some((f) => f !== 'cosign-tag');
  const suffix = wanted.kind === 'attestation' ? 'att' : 'sig';
  return {
    ...store,
    attached: async (subject, asked, options) => (tagged && asked === suffix ? store.attached(subject, asked, options) : []),
    referrers: (subject, options) => (referring ? store.referrers(subject, options) : nothing()),
    fallback: async (subject, options) => (referring ? store.fallback(subject, options) : undefined),
  };
}

async function* nothing(): AsyncGenerator<never, 'answered'> {
  yield* [];
  return 'answered';
}
