import { type Bytes, utf8 } from '../../bytes/index.ts';
import type { Digest } from '../../oci/digest.ts';
import { COSIGN_TYPE } from '../../signature/index.ts';
import { goString, goTextMap } from './go-json.ts';

/** What a simple signing payload says. */
export interface SimpleSigningClaims {
  /** What the signer calls the image: cosign writes its repository, with Docker Hub by its old name. */
  readonly dockerReference: string;
  readonly digest: Digest;
  readonly annotations: ReadonlyMap<string, string>;
}

/** The payload of cosign's `.sig` layers, byte for byte as cosign writes it (specs/SIGNATURE_SPEC.md; sigstore/pkg/signature/payload). */
export function simpleSigningPayload({ dockerReference, digest, annotations }: SimpleSigningClaims): Bytes {
  const optional = annotations.size === 0 ? 'null' : goTextMap(annotations);
  return utf8(
    `{"critical":{"identity":{"docker-reference":${goString(dockerReference)}},"image":{"docker-manifest-digest":${goString(digest)}},` +
      `"type":${goString(COSIGN_TYPE)}},"optional":${optional}}`,
  );
}
