import { COSIGN_SIGN_PREDICATE } from '../../attestation/index.ts';
import type { ImageManifest, ParsedManifest } from '../../oci/manifest.ts';
import { artifactTypeOf } from '../../oci/manifest.ts';
import {
  BUNDLE_PREFIX,
  COSIGN_SIGNATURE_ARTIFACT,
  DSSE_ENVELOPE,
  IN_TOTO,
  NOTATION_SIGNATURE,
  SIMPLE_SIGNING,
} from '../../oci/media-types.ts';
import type { ArtifactKind, Description } from './artifact.ts';
import { sbomForm } from './sbom.ts';

/** The annotations that name a predicate type: Sigstore bundles, cosign's layers, BuildKit's layers. */
const PREDICATE_ANNOTATIONS = ['dev.sigstore.bundle.predicateType', 'predicateType', 'in-toto.io/predicate-type'] as const;

/** What a manifest says of itself, without its content being read. `annotations` are its own, or its descriptor's where it has none. */
export function describeManifest(manifest: ParsedManifest, annotations: ReadonlyMap<string, string>): Description {
  const type = artifactTypeOf(manifest) ?? '';
  if (manifest.kind === 'index') return plain('artifact', 'other', type === '' ? 'index' : type, manifest.manifests.length);
  const layer = manifest.layers[0]?.mediaType ?? '';
  const predicateTypes = predicateTypesIn(manifest, annotations);
  if (type.startsWith(BUNDLE_PREFIX) || layer.startsWith(BUNDLE_PREFIX)) return bundle(manifest, annotations, predicateTypes);
  if (type === NOTATION_SIGNATURE) {
    const cose = layer === 'application/cose';
    return plain('signature', cose ? 'notation-cose' : 'notation-jws', `notation ${cose ? 'COSE' : 'JWS'}`, manifest.layers.length);
  }
  if (type === COSIGN_SIGNATURE_ARTIFACT) return plain('signature', 'cosign-oci11', 'cosign OCI 1.1', manifest.layers.length);
  if (layer === SIMPLE_SIGNING) return plain('signature', 'cosign-tag', 'cosign tag', count(manifest, SIMPLE_SIGNING));
  if (layer === DSSE_ENVELOPE) {
    const kind = kindOfPredicates(predicateTypes);
    return { ...plain(kind, 'cosign-tag', 'cosign tag', count(manifest, DSSE_ENVELOPE)), predicateTypes };
  }
  if (layer === IN_TOTO || type === IN_TOTO) {
    return { ...plain(kindOfPredicates(predicateTypes), 'in-toto', 'in-toto statement', manifest.layers.length), predicateTypes };
  }
  const sbom = sbomForm(type) ?? sbomForm(layer);
  if (sbom !== undefined) return plain('sbom', 'sbom', sbom, manifest.layers.length);
  return plain('artifact', 'other', type === '' ? layer : type, manifest.layers.length);
}

/** What an attestation of these predicate types is; several kinds are just attestations. */
export function kindOfPredicates(types: readonly string[]): ArtifactKind {
  const kinds = new Set(types.map(kindOfPredicate));
  const [only] = kinds;
  return kinds.size === 1 && only !== undefined ? only : 'attestation';
}

function kindOfPredicate(type: string): ArtifactKind {
  if (type === COSIGN_SIGN_PREDICATE) return 'signature';
  if (type.startsWith('https://slsa.dev/provenance/')) return 'provenance';
  if (type.startsWith('https://slsa.dev/verification_summary/')) return 'verification summary';
  if (type.startsWith('https://spdx.dev/Document') || type.startsWith('https://cyclonedx.org/bom')) return 'sbom';
  if (type.startsWith('https://openvex.dev/ns')) return 'vex';
  if (type.startsWith('https://cosign.sigstore.dev/attestation/vuln/') || type.startsWith('https://in-toto.io/attestation/vulns/'))
    return 'vulnerabilities';
  return 'attestation';
}

function bundle(manifest: ImageManifest, annotations: ReadonlyMap<string, string>, predicateTypes: readonly string[]): Description {
  const message = annotations.get('dev.sigstore.bundle.content') === 'message-signature';
  const kind = message ? 'signature' : kindOfPredicates(predicateTypes);
  return { ...plain(kind, 'sigstore-bundle', 'sigstore bundle', manifest.layers.length), predicateTypes };
}

function predicateTypesIn(manifest: ImageManifest, annotations: ReadonlyMap<string, string>): string[] {
  const types = new Set<string>();
  for (const map of [annotations, ...manifest.layers.map((l) => l.annotations)]) {
    for (const name of PREDICATE_ANNOTATIONS) {
      const type = map?.get(name);
      if (type !== undefined && type !== '') types.add(type);
    }
  }
  return [...types];
}

function plain(kind: ArtifactKind, format: string, form: string, pieces: number): Description {
  return { kind, format, form, pieces, predicateTypes: [], says: [] };
}

function count(manifest: ImageManifest, mediaType: string): number {
  return manifest.layers.filter((l) => l.mediaType === mediaType).length;
}
