import type { Bytes } from '../bytes/index.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { artifactTypeOf, type ParsedManifest } from '../oci/manifest.ts';
import { BUNDLE_PREFIX } from '../oci/media-types.ts';
import type { Found } from '../oci/store.ts';
import { decodeCosignLayer, isEvidenceLayer } from './cosign-tag/layer.ts';
import type { FormatName, SignedEntity } from './entity.ts';
import { notationParts } from './notation/manifest.ts';
import { decodeBundle } from './sigstore-bundle/decode.ts';

/** A manifest that may hold evidence, and how it was found. */
export interface EvidenceManifest {
  readonly manifest: ParsedManifest;
  readonly found: Found;
}

/** A layer of a manifest that holds one piece of evidence. */
export interface EvidencePart {
  readonly format: FormatName;
  readonly layer: Descriptor;
  /** Answers `null` for "not mine after all"; throws errors of the group `evidence-invalid` for "mine and malformed". */
  readonly decode: (content: Bytes) => SignedEntity | null | Promise<SignedEntity>;
}

/** One way of storing evidence: which layers of a manifest are its own; empty for "not mine". */
export interface Format {
  readonly name: string;
  readonly partsOf: (evidence: EvidenceManifest) => readonly EvidencePart[];
}

const bundle: Format = {
  name: 'sigstore-bundle',
  partsOf({ manifest }) {
    if (manifest.kind !== 'manifest') return [];
    // The layer's type says it; where a producer left the layer's type general, the artifact's type does.
    const whole = artifactTypeOf(manifest)?.startsWith(BUNDLE_PREFIX) ?? false;
    return manifest.layers
      .filter((l) => l.mediaType.startsWith(BUNDLE_PREFIX) || (whole && !isEvidenceLayer(l.mediaType)))
      .map((layer) => ({ format: 'sigstore-bundle', layer, decode: decodeBundle }));
  },
};

const cosign: Format = {
  name: 'cosign',
  partsOf({ manifest, found }) {
    if (manifest.kind !== 'manifest') return [];
    const format = found === 'tag' ? 'cosign-tag' : 'cosign-oci11';
    return manifest.layers
      .filter((l) => isEvidenceLayer(l.mediaType))
      .map((layer) => ({
        format,
        layer,
        decode: (content) =>
          decodeCosignLayer({ mediaType: layer.mediaType, annotations: layer.annotations ?? new Map(), content }, format),
      }));
  },
};

const notation: Format = {
  name: 'notation',
  partsOf: ({ manifest }) => (manifest.kind === 'manifest' ? notationParts(manifest) : []),
};

/** Every way of storing evidence that is read. */
export const FORMATS: readonly Format[] = [bundle, cosign, notation];

/** The pieces of evidence that a manifest holds, in every format. */
export function partsOf(evidence: EvidenceManifest): readonly EvidencePart[] {
  return FORMATS.flatMap((f) => f.partsOf(evidence));
}
