import type { Certificate } from '../../x509/index.ts';
import { type Finding, unknown, utc } from '../finding.ts';
import type { NamedList } from '../question.ts';
import { entryOf, heavier, isFinal, REASON, type RevokedEntry, reasonText } from './entry.ts';
import { staleList } from './usable.ts';

/** A list by the issuer that is about the certificate, and its delta: `missing` says why there is none though there should be. */
export interface ListPair {
  readonly name: string;
  readonly base: NamedList['list'];
  readonly delta?: NamedList | undefined;
  readonly missing?: string | undefined;
}

/**
 * What a list with its delta says about a certificate (RFC 5280 §6.3.3 (i) to (l)). A revocation for good counts when the list has been
 * superseded as well; that a certificate is not listed, or only on hold, is said by current lists alone. Throws `revocation-invalid`.
 */
export function judgeLists({ name, base, delta, missing }: ListPair, certificate: Certificate, now: number): Finding {
  const listed = entryOf(base, certificate.serial);
  if (listed?.reason === REASON.removed) return unknown(`${name}: the entry says that it was removed, which only a delta may say`);
  const added = delta === undefined ? undefined : entryOf(delta.list, certificate.serial);
  // Without its delta the list says nothing that lasts.
  const until = missing === undefined ? Math.min(base.nextUpdate ?? 0, delta?.list.nextUpdate ?? Number.POSITIVE_INFINITY) : 0;
  const [first, second] = [listed, added].filter((entry) => entry !== undefined && isFinal(entry));
  if (first !== undefined) return revoked(second === undefined ? first : heavier(first, second), name, until);
  const stale = staleList(base, now);
  if (stale !== undefined) return unknown(`${name}: ${stale}`);
  if (missing !== undefined) return unknown(missing);
  const last = added ?? listed;
  if (last !== undefined && last.reason !== REASON.removed) return revoked(last, name, until);
  const how = last === undefined ? 'does not list it' : 'has removed it';
  return { status: 'good', reason: `the revocation list ${delta?.name ?? name} of ${utc((delta?.list ?? base).thisUpdate)} ${how}`, until };
}

function revoked(entry: RevokedEntry, name: string, until: number): Finding {
  return {
    status: 'revoked',
    reason: `revoked at ${utc(entry.revokedAt)} (${reasonText(entry.reason)}), says the revocation list ${name}`,
    until,
    revokedAt: entry.revokedAt,
    invalidSince: entry.invalidSince,
  };
}
