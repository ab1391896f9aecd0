import { encodeBase64 } from '../../bytes/index.ts';
import type { SignedEntity } from '../../signature/index.ts';
import type { Evidence, SubjectReport } from '../../verify/index.ts';
import type { Call } from '../command.ts';
import { cosignSignature, goJson } from './compat-signature.ts';

/** cosign's exit codes (cosign `doc/cosign_exit_codes.md`). */
const NO_SIGNATURE = 10;
const TAG_NOT_FOUND = 11;
const NO_MATCHING_SIGNATURE = 12;
const OTHER = 1;

/**
 * Prints what cosign prints to stdout: for signatures of an image the array of payloads with `critical` and `optional`, for attestations one
 * envelope a line, for files nothing. As cosign does, ends at the first that is not verified. Answers cosign's exit code.
 */
export function cosignAnswer(kind: 'images' | 'files', reports: readonly SubjectReport[], call: Call): number {
  const { out, options, io } = call;
  const attestation = options.has('type');
  const bare = options.given('output') && options.text('output') === 'text';
  out.foreign('');
  for (const r of reports) {
    if (r.outcome !== 'verified') {
      out.warn(r.outcome, `${r.reference}: ${r.reasons[0] ?? r.outcome}`);
      return kind === 'files' || attestation ? OTHER : codeOfSignature(r);
    }
    const verified = r.evidence.filter((e) => e.outcome === 'verified');
    if (kind === 'files') io.stderr.write('Verified OK\n');
    else if (attestation) for (const e of verified) out.foreign(`${envelopeOf(e)}\n`);
    else if (bare) for (const e of verified) out.foreign(`${goJson(cosignSignature(e, r, true))}\n`);
    else out.foreign(`\n${goJson(verified.map((e) => cosignSignature(e, r, false)))}\n`);
  }
  return 0;
}

/** The envelope as it is stored; that of a bundle as cosign 3 writes it anew. */
function envelopeOf({ entity }: Evidence): string {
  const envelope = entity?.content.kind === 'dsse' ? entity.content.envelope : undefined;
  if (envelope?.stored !== undefined) return Buffer.from(envelope.stored).toString('utf8');
  return goJson({
    payload: encodeBase64(envelope?.payload ?? new Uint8Array()),
    payloadType: envelope?.payloadType ?? '',
    signatures: (envelope?.signatures ?? []).map(signatureOf),
  });
}

function signatureOf({ keyid, sig }: Extract<SignedEntity['content'], { kind: 'dsse' }>['envelope']['signatures'][number]) {
  return { sig: encodeBase64(sig), ...(keyid === '' ? {} : { keyid }) };
}

// Only of signatures of its older form in a registry cosign tells what was wrong.
function codeOfSignature(r: SubjectReport): number {
  if (r.reference.startsWith('oci')) return OTHER;
  if (r.outcome === 'unsigned') return NO_SIGNATURE;
  if (r.errors.some((e) => e.code === 'not-found')) return TAG_NOT_FOUND;
  if (r.outcome === 'inconclusive' || r.evidence.some((e) => e.format === 'sigstore-bundle')) return OTHER;
  return NO_MATCHING_SIGNATURE;
}
