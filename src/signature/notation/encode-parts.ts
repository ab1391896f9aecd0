import type { Bytes } from '../../bytes/index.ts';
import type { NotaryAlgorithm, NotaryEnvelope } from '../entity.ts';
import { ATTRIBUTE } from './attributes.ts';

/** The signed attributes of an envelope that is to be made. */
export interface NotaryAttributes {
  readonly algorithm: NotaryAlgorithm;
  readonly scheme: NotaryEnvelope['scheme'];
  /** `signingTime`, or for a signing authority `authenticSigningTime`; whole seconds count. */
  readonly at: Date;
  readonly expiry: Date | undefined;
}

/** What completes an envelope once its bytes are signed; none of it is signed itself. */
export interface NotaryProof {
  /** PSS, or r and s side by side. */
  readonly signature: Bytes;
  /** DER, leaf first, root last. */
  readonly chain: readonly Bytes[];
  /** A TimeStampToken, DER. */
  readonly timestamp: Bytes | undefined;
  /** The program that made the envelope, for people. */
  readonly agent: string;
}

/** An envelope before it is signed. */
export interface NotaryDraft {
  /** The bytes that the signature has to be over. */
  readonly signed: Bytes;
  /** The bytes of the finished envelope. */
  readonly finish: (proof: NotaryProof) => Bytes;
}

/** The attributes of both forms by name, times still as dates, and those among them that are critical (signature-specification.md, "Signed Attributes"). */
export function attributePairs({ scheme, at, expiry }: NotaryAttributes): {
  readonly pairs: readonly (readonly [name: string, value: string | Date])[];
  readonly critical: readonly string[];
} {
  const byAuthority = scheme === 'notary.x509.signingAuthority';
  const critical: readonly (readonly [string, string | Date])[] = [
    [ATTRIBUTE.scheme, scheme],
    ...(byAuthority ? [[ATTRIBUTE.authenticSigningTime, at] as const] : []),
    ...(expiry === undefined ? [] : [[ATTRIBUTE.expiry, expiry] as const]),
  ];
  return {
    pairs: byAuthority ? critical : [...critical, [ATTRIBUTE.signingTime, at]],
    critical: critical.map(([name]) => name),
  };
}
