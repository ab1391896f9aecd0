/** The media types that Assay knows by name, with where each is defined. */

/** OCI image spec 1.1, media-types.md. */
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json';
export const OCI_EMPTY = 'application/vnd.oci.empty.v1+json';
export const OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar';
/** Withdrawn before OCI image spec 1.1 was released, still stored by older ORAS and notation. */
export const OCI_ARTIFACT_MANIFEST = 'application/vnd.oci.artifact.manifest.v1+json';
/** Docker registry, image manifest version 2, schema 2. */
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
export const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const DOCKER_CONFIG = 'application/vnd.docker.container.image.v1+json';

/** cosign specs/SIGNATURE_SPEC.md and ATTESTATION_SPEC.md. */
export const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';
export const DSSE_ENVELOPE = 'application/vnd.dsse.envelope.v1+json';
/** cosign's experimental OCI 1.1 form. */
export const COSIGN_SIGNATURE_ARTIFACT = 'application/vnd.dev.cosign.artifact.sig.v1+json';
export const IN_TOTO = 'application/vnd.in-toto+json';
/** protobuf-specs, sigstore_bundle.proto. */
export const BUNDLE_PREFIX = 'application/vnd.dev.sigstore.bundle';
export const BUNDLE_V03 = 'application/vnd.dev.sigstore.bundle.v0.3+json';
/** Notary Project signature specification. */
export const NOTATION_SIGNATURE = 'application/vnd.cncf.notary.signature';
export const NOTATION_PAYLOAD = 'application/vnd.cncf.notary.payload.v1+json';
export const JWS_ENVELOPE = 'application/jose+json';
export const COSE_ENVELOPE = 'application/cose';

/** Whatever may be a manifest, in the order of preference that the Accept header gives. */
export const MANIFEST_TYPES: readonly string[] = [OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST, OCI_ARTIFACT_MANIFEST];

/** Whether the media type is that of an index or manifest list. */
export function isIndexType(mediaType: string): boolean {
  return mediaType === OCI_INDEX || mediaType === DOCKER_LIST;
}

/** Whether the media type is that of any manifest, index or list. */
export function isManifestType(mediaType: string): boolean {
  return MANIFEST_TYPES.includes(mediaType);
}
