import { equal } from '../../../bytes/index.ts';
import { LIMITS } from '../../../limits.ts';
import { type Certificate, describeCertificate, KEY_USAGE } from '../../x509/index.ts';
import { LIST_EXTENSION, unknownCritical } from '../extension.ts';
import { utc } from '../finding.ts';
import { signatureProblem } from '../signed.ts';
import type { RevocationList } from './list.ts';

const KNOWN: ReadonlySet<string> = new Set([
  LIST_EXTENSION.number,
  LIST_EXTENSION.authorityKeyId,
  LIST_EXTENSION.issuingDistributionPoint,
  LIST_EXTENSION.deltaIndicator,
  LIST_EXTENSION.freshestCrl,
]);

/**
 * Why a list is not one by this issuer (RFC 5280 §6.3.3 (b), (f), (g)): name, key usage, signature, critical extensions. It holds at every time.
 * `undefined` when it is.
 */
export function foreignList(list: RevocationList, issuer: Certificate): string | undefined {
  if (!equal(list.issuer, issuer.subject)) return `it is not by ${describeCertificate(issuer)}`;
  if (issuer.keyUsage !== undefined && (issuer.keyUsage & KEY_USAGE.crlSign) === 0)
    return `${describeCertificate(issuer)} may not sign revocation lists (key usage)`;
  const unknown = unknownCritical(list.extensions, KNOWN);
  if (unknown !== undefined) return `it has the critical extension ${unknown}, which Assay does not process`;
  // Hashing a large list takes as long as searching it; one that is kept was signed the last time too.
  if (signers.get(list) === issuer.fingerprint) return undefined;
  const problem = signatureProblem(list, issuer);
  if (problem !== undefined) return `it is not signed by ${describeCertificate(issuer)}: ${problem}`;
  signers.set(list, issuer.fingerprint);
  return undefined;
}

const signers = new WeakMap<RevocationList, string>();

/** Why a list is not the current one: made in the future, superseded, or without an end. `undefined` when it is. */
export function staleList(list: RevocationList, now: number): string | undefined {
  if (list.thisUpdate > now + LIMITS.revocationSkewMs) return `it is of the future (${utc(list.thisUpdate)})`;
  if (list.nextUpdate === undefined) return 'it does not say until when it holds';
  if (now > list.nextUpdate) return `it held until ${utc(list.nextUpdate)}`;
  return undefined;
}

/** Why a delta does not belong to a complete list (RFC 5280 §5.2.4 and §6.3.3 (c)); `undefined` when it does. */
export function unfitDelta(delta: RevocationList, base: RevocationList): string | undefined {
  if (delta.baseNumber === undefined) return 'it is no delta';
  if (base.number === undefined || delta.number === undefined) return 'the lists are not numbered';
  if (delta.scope.id !== base.scope.id) return 'it has another scope than the list that it adds to';
  if (delta.baseNumber > base.number) return `it adds to list ${delta.baseNumber} or later, and the list at hand is ${base.number}`;
  // Equal numbers are the same state, issued at the same time; a lower one is from before the list at hand.
  if (delta.number < base.number) return `it is number ${delta.number}, older than the list ${base.number}`;
  return undefined;
}
