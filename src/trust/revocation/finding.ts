import type { Bytes } from '../../bytes/index.ts';
import type { Certificate } from '../x509/index.ts';

/** What a list or an answer says about a certificate, whatever time it was used at. Times in milliseconds since 1970. */
export type Finding =
  | { readonly status: 'good'; readonly reason: string; readonly until: number }
  | RevokedFinding
  | { readonly status: 'unknown'; readonly reason: string };

/** A certificate that is revoked or on hold. */
export interface RevokedFinding {
  readonly status: 'revoked';
  readonly reason: string;
  /** When what was read is superseded; nothing that has passed tells that an early signature is good. */
  readonly until: number;
  readonly revokedAt: number;
  /** Since when its signatures are void, when that was said. */
  readonly invalidSince: number | undefined;
}

/** Something read, and what to call it in a reason: an address or a file. */
export interface Named {
  readonly name: string;
  readonly bytes: Bytes;
}

/** One certificate that is asked about. */
export interface Subject {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** That nothing is known. */
export function unknown(reason: string): Finding {
  return { status: 'unknown', reason };
}

/** A time in a reason. */
export function utc(time: number): string {
  return new Date(time).toISOString().replace('.000Z', 'Z');
}
