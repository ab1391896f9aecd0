import type { Certificate } from '../trust/index.ts';
import type { Check, Evidence, Signer, VerifiedTime } from './report.ts';
import type { Authority } from './request.ts';

/** What one way of verifying found. */
export interface Parts {
  readonly checks: readonly Check[];
  readonly signer?: Signer;
  readonly times?: readonly VerifiedTime[];
  readonly log?: Evidence['log'];
  readonly claims?: ReadonlyMap<string, string>;
  readonly authorities?: readonly Authority[];
  /** The path that the signer's certificate was believed by, leaf first. */
  readonly path?: readonly Certificate[];
}
