import type { RevocationCache } from './cache.ts';
import type { RevocationList } from './crl/list.ts';
import type { Finding, Subject } from './finding.ts';
import type { RevocationSource } from './source/source.ts';

/** One certificate that is asked about, and whom to ask. */
export interface Question extends Subject {
  readonly source: RevocationSource;
  readonly cache: RevocationCache | undefined;
  readonly signal: AbortSignal | undefined;
  /** Lists that are at hand, parsed and not verified. */
  readonly lists: readonly NamedList[];
}

/** A list, and what to call it in a reason: an address or a file. */
export interface NamedList {
  readonly name: string;
  readonly list: RevocationList;
}

/** Asks about a certificate by its lists; whether an OCSP responder's certificate is revoked is asked in this way too. */
export type AskLists = (question: Question) => Promise<Finding>;

/** Whether an address is one that revocation information is asked at: http, since https would need a certificate in its turn. */
export function isHttp(address: string): boolean {
  return URL.canParse(address) && new URL(address).protocol === 'http:';
}
