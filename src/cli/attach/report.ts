import type { Descriptor } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Output, Warning } from '../output/output.ts';
import { isStructured } from '../output/output.ts';
import { shortDigest } from '../text/digest.ts';
import { printable } from '../text/printable.ts';

/** What was attached, and where it is. */
export interface Attachment {
  readonly kind: 'artifact' | 'sbom' | 'signature' | 'attestation';
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType: string | null;
  readonly stored: {
    readonly repository: string;
    /** The list that it is found in. */
    readonly as: 'referrers' | 'fallback-tag' | 'tag';
    /** `repository@digest`, or `repository:tag`. */
    readonly reference: string;
  };
}

/** One file of an attachment. */
export interface AttachedFile {
  readonly name: string;
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}

/** The result of every `attach` command: `assay/attach/v1`. */
export interface AttachReport {
  /** As it was given. */
  readonly reference: string;
  readonly digest: Digest;
  readonly platform: string | undefined;
  readonly attached: readonly Attachment[];
  readonly files: readonly AttachedFile[];
}

/** The same as JSON. */
export function attachJson(report: AttachReport, warnings: readonly Warning[]): object {
  return { schema: 'assay/attach/v1', outcome: 'attached', ...report, warnings, errors: [] };
}

const PLACES: Readonly<Record<Attachment['stored']['as'], string>> = {
  referrers: 'referrers API',
  'fallback-tag': 'fallback tag',
  tag: 'tag',
};

/** Prints the result in the form that was asked for. */
export async function reportAttached(report: AttachReport, out: Output): Promise<void> {
  if (isStructured(out.format)) return out.result(attachJson(report, out.warnings));
  const whole = out.verbose;
  const lines = [`${out.style.bold('attached')} to ${printable(report.reference)} @ ${shortDigest(report.digest, whole)}`];
  for (const a of report.attached) {
    const what = a.artifactType === null ? a.kind : printable(a.artifactType);
    lines.push(`  ${what}${out.style.dot}${printable(a.stored.reference)}${out.style.dot}${PLACES[a.stored.as]}`);
  }
  for (const f of report.files)
    lines.push(`    ${printable(f.name)}${out.style.dot}${printable(f.mediaType)}${out.style.dot}${shortDigest(f.digest, whole)}`);
  out.print(`${lines.join('\n')}\n`);
}

/** A layer as the report has it. */
export function attachedFile(name: string, { mediaType, digest, size }: Descriptor): AttachedFile {
  return { name, mediaType, digest, size };
}
