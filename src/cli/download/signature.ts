import { encodeBase64, utf8, utf8Decode } from '../../bytes/index.ts';
import { type Json, parseJson } from '../../codec/json.ts';
import { parsePem } from '../../codec/pem.ts';
import { LIMITS } from '../../limits.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import { BUNDLE_PREFIX, SIMPLE_SIGNING } from '../../oci/media-types.ts';
import { ANNOTATION, decodeBundle } from '../../signature/index.ts';
import type { Artifact } from '../attached/artifact.ts';
import type { Piece } from './collect.ts';

/** The signatures in an artifact: bundles as they are, cosign's layers in the shape of `cosign download signature`. */
export async function signaturesIn(artifact: Artifact, signal: AbortSignal): Promise<readonly Piece[]> {
  const pieces: Piece[] = [];
  for (const layer of artifact.layers) {
    if (layer.mediaType.startsWith(BUNDLE_PREFIX)) {
      const bytes = await artifact.store.read(layer, { signal, maxBytes: LIMITS.evidenceBytes });
      if (decodeBundle(bytes).kind === 'signature') pieces.push(pieceOf(artifact, layer, parseJson(utf8Decode(bytes, 'bundle'), 'bundle')));
    } else if (layer.mediaType === SIMPLE_SIGNING) {
      const payload = await artifact.store.read(layer, { signal, maxBytes: LIMITS.evidenceBytes });
      pieces.push(pieceOf(artifact, layer, signedPayload(layer, payload)));
    }
  }
  return pieces;
}

/** A line of JSON, and the same with where it came from. */
export function pieceOf(artifact: Artifact, layer: Descriptor, content: Json): Piece {
  const { format, digest, found, tag } = artifact;
  return {
    line: `${JSON.stringify(content)}\n`,
    json: { format, manifest: digest, found, tag, mediaType: layer.mediaType, digest: layer.digest, size: layer.size, content },
  };
}

// Go prints a certificate member by member; its DER is all that anybody can use.
function signedPayload(layer: Descriptor, payload: Uint8Array): Json {
  const annotations = layer.annotations ?? new Map<string, string>();
  const certificates = (name: string): Json[] => {
    const pem = annotations.get(name) ?? '';
    return pem === '' ? [] : parsePem(pem, 'certificate annotation').map((block) => ({ Raw: encodeBase64(block.bytes) }));
  };
  const chain = certificates(ANNOTATION.chain);
  return {
    Base64Signature: annotations.get(ANNOTATION.signature) ?? '',
    Payload: encodeBase64(payload),
    Cert: certificates(ANNOTATION.certificate)[0] ?? null,
    Chain: chain.length === 0 ? null : chain,
    Bundle: json(annotations.get(ANNOTATION.bundle)),
    RFC3161Timestamp: json(annotations.get(ANNOTATION.timestamp)),
  };
}

function json(text: string | undefined): Json {
  return text === undefined || text === '' ? null : parseJson(utf8Decode(utf8(text), 'annotation'), 'annotation');
}
