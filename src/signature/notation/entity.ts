import type { Bytes } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { NotaryEnvelope, SignedEntity } from '../entity.ts';
import { wrong } from './attributes.ts';

/** The parts of a decoded envelope. */
interface Decoded {
  readonly format: 'notation-jws' | 'notation-cose';
  readonly envelope: NotaryEnvelope;
  /** DER, leaf first. */
  readonly chain: readonly Bytes[];
  /** A TimeStampToken, DER. */
  readonly timestamp: Bytes | undefined;
}

/** The entity that an envelope is. Throws `envelope-invalid` without a certificate or signature, and `limit`. */
export function notaryEntity({ format, envelope, chain, timestamp }: Decoded): SignedEntity {
  if (chain.length === 0) throw wrong('it has no certificate');
  if (chain.length > LIMITS.chainCertificates)
    throw new AssayError('limit', `signature envelope: ${chain.length} certificates (at most ${LIMITS.chainCertificates})`);
  if (envelope.signature.length === 0) throw wrong('the signature is empty');
  return {
    kind: 'signature',
    format,
    content: { kind: 'notary', envelope },
    material: { kind: 'certificate', chain },
    logEntries: [],
    timestamps: timestamp === undefined ? [] : [{ der: timestamp, over: 'signature' }],
    demands: { promise: false, proof: false },
    unsignedAnnotations: new Map(),
  };
}
