import type { Evidence, SubjectVerdict } from '../../verify/index.ts';

/** Sentences that say why, the decisive one first. */
export function reasonsOf(verdict: SubjectVerdict, threshold: number): readonly string[] {
  const { outcome, evidence, errors, sources } = verdict;
  if (outcome === 'verified') return evidence.filter((e) => e.outcome === 'verified').map((e) => `${kindOf(e)} by ${signerText(e)}`);
  if (outcome === 'unsigned')
    return [
      sources.length === 0
        ? 'nothing of the kind that was asked for is there'
        : `nothing of the kind that was asked for is attached: ${sources.map((s) => s.name).join(', ')} were all answered`,
    ];
  const failing = evidence.filter((e) => e.outcome !== 'verified').flatMap((e) => decisive(e));
  const few = evidence.some((e) => e.outcome === 'verified')
    ? [
        `only ${new Set(evidence.filter((e) => e.outcome === 'verified').map(signerText)).size} of ${threshold} that have to have signed did`,
      ]
    : [];
  const questions =
    errors.length === 0
      ? []
      : [
          `${errors.length === 1 ? 'a question was' : `${errors.length} questions were`} not answered, so nothing can be ruled out: ${errors[0]?.message}`,
        ];
  return [...new Set([...questions, ...few, ...failing])].slice(0, 20);
}

/** Who signed, in words. */
export function signerText(e: Evidence): string {
  if (e.signer === undefined) return 'an unknown signer';
  return e.signer.kind === 'key'
    ? `the key ${e.signer.keyId}`
    : `${e.signer.subject ?? 'a certificate'}${e.signer.issuer === undefined ? '' : ` (issuer ${e.signer.issuer})`}`;
}

function decisive(e: Evidence): string[] {
  const faults = e.checks.filter((c) => (c.result === 'fail' || c.result === 'inconclusive') && c.enforced !== false);
  const first = faults.find((c) => c.outcome === e.outcome) ?? faults[0];
  return first === undefined ? [] : [`${kindOf(e)} ${e.digest.slice(0, 19)} (${e.format}, ${e.outcome}): ${first.reason}`];
}

function kindOf(e: Evidence): string {
  return e.kind === 'signature' ? 'signature' : `attestation${e.predicateType === undefined ? '' : ` ${e.predicateType.slice(0, 100)}`}`;
}
