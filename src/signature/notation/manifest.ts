import { AssayError } from '../../errors.ts';
import type { ImageManifest } from '../../oci/manifest.ts';
import { COSE_ENVELOPE, NOTATION_SIGNATURE, OCI_EMPTY } from '../../oci/media-types.ts';
import type { EvidencePart } from '../formats.ts';

/**
 * The envelope in a Notary Project signature's manifest (signature-specification.md, "OCI Signatures"): one that names the type as its
 * `artifactType` with the empty configuration, one that names it as the type of its configuration, and the withdrawn artifact manifest. Empty
 * for other manifests; a signature's manifest that has not exactly one layer is malformed. Throws `manifest-invalid` when it has none.
 */
export function notationParts(manifest: ImageManifest): readonly EvidencePart[] {
  if (!isNotationSignature(manifest)) return [];
  const [layer] = manifest.layers;
  const problem = new AssayError('manifest-invalid', `a Notation signature has one layer, this manifest has ${manifest.layers.length}`);
  if (layer === undefined) throw problem;
  return [
    {
      format: layer.mediaType === COSE_ENVELOPE ? 'notation-cose' : 'notation-jws',
      layer,
      async decode(content) {
        if (manifest.layers.length !== 1) throw problem;
        // With it comes the CBOR decoder, which nothing else needs.
        const { decodeNotationEnvelope } = await import('./decode.ts');
        return decodeNotationEnvelope(content, layer.mediaType);
      },
    },
  ];
}

function isNotationSignature({ artifactType, config }: ImageManifest): boolean {
  if (artifactType === undefined) return config?.mediaType === NOTATION_SIGNATURE;
  return artifactType === NOTATION_SIGNATURE && (config === undefined || config.mediaType === OCI_EMPTY);
}
