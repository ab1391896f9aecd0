import type { Bytes } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { COSE_ENVELOPE, JWS_ENVELOPE } from '../../oci/media-types.ts';
import type { SignedEntity } from '../entity.ts';
import { decodeNotaryCose } from './cose.ts';
import { decodeNotaryJws } from './jws.ts';

/**
 * Decodes a Notary Project envelope: of a layer with this media type, or of a file (`.jws.sig`, `.cose.sig`), whose content tells which form
 * it is. An envelope of one form that is labelled as the other is malformed. Throws `envelope-invalid`, `json-invalid`, `cbor-invalid` or `limit`.
 */
export function decodeNotationEnvelope(bytes: Bytes, mediaType: string = mediaTypeOf(bytes)): SignedEntity {
  if (bytes.length > LIMITS.envelopeBytes)
    throw new AssayError('limit', `signature envelope of ${bytes.length} bytes (at most ${LIMITS.envelopeBytes})`);
  if (mediaType === JWS_ENVELOPE) return decodeNotaryJws(bytes);
  if (mediaType === COSE_ENVELOPE) return decodeNotaryCose(bytes);
  throw new AssayError(
    'envelope-invalid',
    `signature envelope of media type "${mediaType.slice(0, 100)}", neither ${JWS_ENVELOPE} nor ${COSE_ENVELOPE}`,
  );
}

/** Whether bytes look like a Notary Project envelope at all, for files that may be of several kinds. */
export function looksLikeNotationEnvelope(bytes: Bytes): boolean {
  if (bytes[0] === COSE_SIGN1) return true;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, LIMITS.envelopeBytes));
  return firstCharacter(bytes) === '{' && text.includes('"protected"') && text.includes('"payload"') && text.includes('"signature"');
}

/** The head of CBOR tag 18. */
const COSE_SIGN1 = 0xd2;

function mediaTypeOf(bytes: Bytes): string {
  if (bytes[0] === COSE_SIGN1) return COSE_ENVELOPE;
  if (firstCharacter(bytes) === '{') return JWS_ENVELOPE;
  throw new AssayError('envelope-invalid', 'signature envelope is neither JSON (JWS) nor tagged CBOR (COSE)');
}

function firstCharacter(bytes: Bytes): string {
  return Buffer.from(bytes.subarray(0, 64)).toString('latin1').trimStart().slice(0, 1);
}
