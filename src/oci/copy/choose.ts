import { artifactTypeOf, type ParsedManifest } from '../manifest.ts';
import { BUNDLE_PREFIX, COSIGN_SIGNATURE_ARTIFACT, NOTATION_SIGNATURE } from '../media-types.ts';
import type { EvidenceChoice } from './source.ts';

/** The predicate of cosign's signatures in bundles (cosign, pkg/types: `CosignSignPredicateType`). */
const SIGN = 'https://sigstore.dev/cosign/sign/v1';

/**
 * Whether a referrer is among the kinds of evidence that were chosen, by what its manifest says it is. A bundle that does not say is copied
 * as a signature and as an attestation: nobody verifies here.
 */
export function isChosen(manifest: ParsedManifest, only: ReadonlySet<EvidenceChoice> | undefined): boolean {
  if (only === undefined || only.has('referrers')) return true;
  const type = artifactTypeOf(manifest) ?? '';
  if (type === NOTATION_SIGNATURE || type === COSIGN_SIGNATURE_ARTIFACT) return only.has('sig');
  if (/spdx|cyclonedx|syft/i.test(type)) return only.has('sbom');
  if (!type.startsWith(BUNDLE_PREFIX)) return false;
  const predicate = manifest.annotations.get('dev.sigstore.bundle.predicateType');
  const content = manifest.annotations.get('dev.sigstore.bundle.content');
  if (predicate === SIGN || content === 'message-signature') return only.has('sig');
  return predicate === undefined ? only.has('sig') || only.has('att') : only.has('att');
}
