import { type Bytes, equal } from '../../bytes/index.ts';
import { children, encodingOf, readDer } from '../../codec/der/index.ts';
import { hash, hashOfJose } from '../../crypto/index.ts';
import { AssayError, isAssayError } from '../../errors.ts';
import { shownAddress } from '../../oci/registry/http/message.ts';
import type { NotaryAlgorithm } from '../../signature/index.ts';
import { type Certificate, parseTimestamp, verifyTimestamp } from '../../trust/index.ts';
import type { TimestampService } from '../services.ts';

/** A timestamp authority that is asked, and the roots that its answer has to lead to. */
export interface NotationTimestamping {
  readonly service: TimestampService;
  readonly roots: readonly Certificate[];
}

/**
 * The TimeStampToken of an authority over a signature, by the signature's own hash function (signature-specification.md, "Unsigned Attributes"):
 * over exactly these bytes and by one of the roots, before anything is done with it. Throws what the service throws, and `service-lied`.
 */
export async function stampSignature(
  signature: Bytes,
  algorithm: NotaryAlgorithm,
  { service, roots }: NotationTimestamping,
  signal: AbortSignal | undefined,
): Promise<Bytes> {
  const response = await service.stamp(signature, { hash: hashOfJose(algorithm), ...(signal === undefined ? {} : { signal }) });
  try {
    const token = parseTimestamp(response);
    if (!equal(hash(token.imprint.hash, signature), token.imprint.digest)) throw lied(service, 'its timestamp is of something else');
    const tried = roots.map((root) => verifyTimestamp(token, { chain: [root] }));
    if (!tried.some((t) => 'signer' in t)) {
      const reason = tried.flatMap((t) => ('reason' in t ? [t.reason] : []))[0] ?? 'there is no root to trust';
      throw lied(service, `its timestamp does not lead to the trusted root: ${reason}`);
    }
    return tokenOf(response);
  } catch (cause) {
    if (isAssayError(cause, 'service-lied') || isAssayError(cause, 'limit')) throw cause;
    throw lied(service, cause instanceof Error ? cause.message : 'its timestamp cannot be read', cause);
  }
}

// TimeStampResp ::= SEQUENCE { status PKIStatusInfo, timeStampToken }, where envelopes hold the token alone (RFC 3161 §2.4.2).
function tokenOf(response: Bytes): Bytes {
  const [, token] = children(readDer(response));
  if (token === undefined) throw new AssayError('timestamp-invalid', 'there is no token in it');
  return encodingOf(token);
}

function lied({ url }: TimestampService, why: string, cause?: unknown): AssayError {
  return new AssayError('service-lied', `the timestamp service ${shownAddress(url)}: ${why}`, cause === undefined ? {} : { cause });
}
