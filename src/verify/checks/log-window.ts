import { inForce } from '../../rules.ts';
import { contains, logsWithId, type TransparencyLog, type TrustMaterial, windowText } from '../../trust/index.ts';
import { fail } from '../check.ts';
import type { Check, VerifiedTime } from '../report.ts';

/**
 * The window of a log whose entry proves no time (Rekor v2, or a proof without a promise) has to contain every time that is proven otherwise.
 * A trusted root may list one log several times, with a window each.
 */
export function checkLogWindows(logs: readonly TransparencyLog[], times: readonly VerifiedTime[], trust: TrustMaterial): readonly Check[] {
  const inWindow = ({ logId, key }: TransparencyLog, t: VerifiedTime): boolean =>
    logsWithId(trust.logs, logId).some((l) => l.key.keyId === key.keyId && contains(l.validFor, t.time.getTime()));
  const [first] = logs.flatMap((log) => times.filter((t) => !inWindow(log, t)).map((t) => ({ log, t })));
  if (first === undefined || !inForce('log-window')) return [];
  const { log, t } = first;
  return [
    fail(
      'log-window',
      'untrusted',
      `${t.time.toISOString()} (${t.source}) is outside the window of ${log.host} (${windowText(log.validFor)})`,
    ),
  ];
}
