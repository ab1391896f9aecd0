/** Writing Notary Project envelopes: the payload, then the bytes to sign, then the envelope. Nothing here signs. */
import { type Bytes, utf8 } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { draftCose } from './encode-cose.ts';
import { draftJws } from './encode-jws.ts';
import type { NotaryAttributes, NotaryDraft } from './encode-parts.ts';

export type { NotaryAttributes, NotaryDraft, NotaryProof } from './encode-parts.ts';

/** The forms of envelopes. */
export type NotationForm = 'notation-jws' | 'notation-cose';

/** What is signed: a descriptor, and user metadata as its annotations. */
export interface NotaryTarget {
  readonly mediaType: string;
  /** `sha256:`, `sha384:` or `sha512:` and the hexadecimal digest. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly metadata: ReadonlyMap<string, string>;
}

/** "The prefix io.cncf.notary in annotations key is reserved" (signature-specification.md, "Payload"). */
const RESERVED = 'io.cncf.notary';

/**
 * The payload about a target, of the type `application/vnd.cncf.notary.payload.v1+json` (signature-specification.md, "Payload").
 * Throws `usage-invalid` for metadata with a reserved name, and `limit`.
 */
export function encodeNotaryPayload({ mediaType, digest, size, metadata }: NotaryTarget): Bytes {
  for (const name of metadata.keys()) {
    if (name === '' || name.startsWith(RESERVED))
      throw new AssayError(
        'usage-invalid',
        `user metadata "${name.slice(0, 100)}": names have to be there, and not begin with ${RESERVED}`,
      );
  }
  const annotations = metadata.size === 0 ? {} : { annotations: Object.fromEntries(metadata) };
  const payload = utf8(JSON.stringify({ targetArtifact: { mediaType, digest, size, ...annotations } }));
  if (payload.length > LIMITS.notaryPayloadBytes)
    throw new AssayError(
      'limit',
      `the payload to sign has ${payload.length} bytes (at most ${LIMITS.notaryPayloadBytes}): less user metadata`,
    );
  return payload;
}

/** An envelope over a payload, before it is signed. Throws `usage-invalid` when it would expire before it is signed. */
export function draftNotaryEnvelope(form: NotationForm, payload: Bytes, attributes: NotaryAttributes): NotaryDraft {
  const { at, expiry } = attributes;
  if (expiry !== undefined && Math.floor(expiry.getTime() / 1000) <= Math.floor(at.getTime() / 1000))
    throw new AssayError('usage-invalid', 'the signature would expire before it is made');
  return form === 'notation-cose' ? draftCose(payload, attributes) : draftJws(payload, attributes);
}
