import { parseJson } from '../../codec/json.ts';
import type { Evidence, SubjectReport } from '../../verify/index.ts';
import type { Call } from '../command.ts';

/** cosign's exit codes (cosign `doc/cosign_exit_codes.md`). */
const NO_SIGNATURE = 10;
const TAG_NOT_FOUND = 11;
const NO_MATCHING_SIGNATURE = 12;
const OTHER = 1;

/**
 * Prints what cosign prints to stdout: for signatures the array of signed payloads with `critical` and `optional`, for attestations
 * one envelope's statement a line. Answers cosign's exit code.
 */
export function cosignAnswer(reports: readonly SubjectReport[], { out }: Call): number {
  const bad = reports.find((r) => r.outcome !== 'verified');
  if (bad !== undefined) {
    out.warn(bad.outcome, `${bad.reference}: ${bad.reasons[0] ?? bad.outcome}`);
    return codeOf(bad);
  }
  const verified = reports.flatMap((r) => r.evidence.filter((e) => e.outcome === 'verified').map((e) => ({ e, r })));
  const attestations = verified.filter(({ e }) => e.kind === 'attestation');
  for (const { e } of attestations)
    out.print(
      `${JSON.stringify({ payloadType: 'application/vnd.in-toto+json', payload: Buffer.from(e.payload ?? []).toString('base64'), signatures: [] })}\n`,
    );
  if (attestations.length === 0) out.print(`\n${JSON.stringify(verified.map(({ e, r }) => signatureOf(e, r)))}\n`);
  return 0;
}

/** A simple signing payload as it is; of a statement the same facts in that form, as cosign 3 prints them. */
function signatureOf(e: Evidence, r: SubjectReport): unknown {
  const payload = e.payload === undefined ? undefined : parseJson(Buffer.from(e.payload).toString('utf8'), 'payload');
  const document = typeof payload === 'object' && payload !== null && !Array.isArray(payload) ? (payload as Record<string, unknown>) : {};
  const critical = document.critical ?? {
    identity: { 'docker-reference': r.reference.replace(/@.*$/, '') },
    image: { 'docker-manifest-digest': r.digest },
    type: 'https://sigstore.dev/cosign/sign/v1',
  };
  const optional =
    typeof document.optional === 'object' && document.optional !== null ? (document.optional as Record<string, unknown>) : undefined;
  const proven = e.signer?.kind === 'key' || e.signer === undefined ? {} : { Issuer: e.signer.issuer, Subject: e.signer.subject };
  const all = { ...(optional ?? {}), ...proven };
  return { critical, optional: Object.keys(all).length === 0 ? (document.optional ?? null) : all };
}

function codeOf(r: SubjectReport): number {
  if (r.outcome === 'unsigned') return NO_SIGNATURE;
  if (r.errors.some((e) => e.code === 'not-found')) return TAG_NOT_FOUND;
  if (r.outcome === 'inconclusive') return OTHER;
  return NO_MATCHING_SIGNATURE;
}
