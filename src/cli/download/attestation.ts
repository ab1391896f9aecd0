import { isPredicateType, type WantedPredicateType } from '../../attestation/index.ts';
import { utf8Decode } from '../../bytes/index.ts';
import { parseEnvelope } from '../../codec/dsse.ts';
import { type Json, parseJson } from '../../codec/json.ts';
import { LIMITS } from '../../limits.ts';
import { BUNDLE_PREFIX, DSSE_ENVELOPE } from '../../oci/media-types.ts';
import { type DsseEnvelope, decodeBundle, kindOf, statementOf } from '../../signature/index.ts';
import type { Artifact } from '../attached/artifact.ts';
import type { Piece } from './collect.ts';
import { pieceOf } from './signature.ts';

/** The attestations in an artifact, of the wanted predicate type or of all: DSSE envelopes and bundles as they are. */
export async function attestationsIn(
  artifact: Artifact,
  wanted: WantedPredicateType | undefined,
  signal: AbortSignal,
): Promise<readonly Piece[]> {
  const pieces: Piece[] = [];
  for (const layer of artifact.layers) {
    const bundle = layer.mediaType.startsWith(BUNDLE_PREFIX);
    if (!bundle && layer.mediaType !== DSSE_ENVELOPE) continue;
    const bytes = await artifact.store.read(layer, { signal, maxBytes: LIMITS.evidenceBytes });
    const envelope = bundle ? envelopeOf(bytes) : parseEnvelope(bytes);
    if (envelope === undefined || !isWanted(envelope, wanted)) continue;
    const content: Json = parseJson(utf8Decode(bytes, 'attestation'), 'attestation');
    pieces.push(pieceOf(artifact, layer, content));
  }
  return pieces;
}

function envelopeOf(bundle: Uint8Array): DsseEnvelope | undefined {
  const { content } = decodeBundle(bundle);
  return content.kind === 'dsse' ? content.envelope : undefined;
}

// The statement's own type counts; annotations are what anybody wrote beside it.
function isWanted(envelope: DsseEnvelope, wanted: WantedPredicateType | undefined): boolean {
  if (kindOf(envelope) !== 'attestation') return false;
  if (wanted === undefined) return true;
  const result = statementOf(envelope);
  if ('statement' in result) return isPredicateType(wanted, result.statement.predicateType);
  if (result.error !== undefined) throw result.error;
  return false;
}
