import { equal } from '../../bytes/index.ts';
import { messageOf } from '../../errors.ts';
import { inForce } from '../../rules.ts';
import { contains, embeddedScts, type Sct, sctSignedBy, type TrustMaterial, type TrustPath } from '../../trust/index.ts';
import { fail, pass, skipped } from '../check.ts';
import type { Check } from '../report.ts';
import type { Demands } from '../request.ts';

/**
 * "Verify that a trusted certificate transparency log promised the certificate" (sigstore client-spec; RFC 6962 §3.2).
 * At least the threshold of distinct logs; promises of unknown logs count for nothing, those of known logs have to hold.
 */
export function checkScts(path: TrustPath, trust: TrustMaterial, demands: Demands, needed: number): Check {
  if (demands.unsafeSkipSct) return skipped('sct', 'unsafeSkipSct');
  if (needed === 0) return pass('sct', 'this instance has no certificate transparency log');
  const [leaf, issuer] = path.certificates;
  let scts: readonly Sct[] = [];
  try {
    scts = leaf === undefined ? [] : embeddedScts(leaf);
  } catch (error) {
    return fail('sct', 'invalid', messageOf(error));
  }
  const logs = new Set<string>();
  let outside = false;
  for (const sct of scts) {
    const listed = trust.ctLogs.filter((l) => equal(l.logId, sct.logId));
    // A log may be listed more than once, with a window each.
    const log = listed.find((l) => contains(l.validFor, sct.timestamp)) ?? listed[0];
    if (log === undefined || leaf === undefined || issuer === undefined) continue;
    if (!sctSignedBy(sct, leaf, issuer, log.key) && inForce('sct'))
      return fail('sct', 'invalid', `a promise (SCT) is not that of the CT log ${log.baseUrl}`);
    if (contains(log.validFor, sct.timestamp) || !inForce('sct-window')) logs.add(log.key.keyId);
    else outside = true;
  }
  if (logs.size >= needed || !inForce('sct-threshold'))
    return pass('sct', `${logs.size} of ${needed} required CT logs promised the certificate`);
  if (scts.length === 0) return fail('sct', 'untrusted', 'the certificate has no promise (SCT) of a certificate transparency log');
  return fail(
    'sct',
    'untrusted',
    outside ? "the CT log's window does not contain the promise's time" : 'no promise (SCT) is of a trusted CT log',
  );
}
