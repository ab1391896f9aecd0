import { AssayError, toAssayError } from '../../errors.ts';
import { type Digest, parseDigest } from '../../oci/digest.ts';
import { parseReference } from '../../oci/reference.ts';
import type { Call } from '../command.ts';
import { type ExitCode, exitCodeOf, exitCodeOfAll } from '../exit-codes.ts';
import { openImage } from '../image.ts';
import { errorJson, printError } from '../output/errors.ts';
import { isStructured } from '../output/output.ts';
import { openWritableStores } from '../stores.ts';
import { shortDigest, shortTag } from '../text/digest.ts';
import { printable } from '../text/printable.ts';
import { findEvidence, type Repaired, repair } from './repair.ts';

/** `assay repair`. All digests are looked at before any is listed; one that cannot be listed keeps no other from it. Throws what `findEvidence` throws. */
export async function repairImage(call: Call): Promise<ExitCode> {
  const { args, options, io, out, signal } = call;
  const [text = '', ...texts] = args;
  if (texts.length === 0) throw new AssayError('usage-invalid', 'which evidence?', { hint: 'assay repair IMAGE sha256:…' });
  const digests = [...new Set(texts.map(digestOf))];
  const image = await openImage(text, options, { io, out, signal });
  const stores = await openWritableStores(image.reference, options, io);
  const place = { store: stores.evidence, subject: image.digest, prefix: options.text('attachment-tag-prefix'), signal };
  const found = await Promise.all(digests.map((digest) => findEvidence(digest, place)));
  const repaired: Repaired[] = [];
  const errors: AssayError[] = [];
  for (const [i, one] of found.entries()) {
    out.progress(`${i + 1} of ${found.length}: ${one.digest}`);
    try {
      repaired.push(await repair(one, place));
    } catch (error) {
      errors.push(toAssayError(error));
    }
  }
  const outcome = errors.length > 0 ? 'incomplete' : repaired.some((r) => r.outcome === 'listed') ? 'repaired' : 'already-listed';
  if (isStructured(out.format)) {
    const evidence = repaired.map((r) => ({ ...r, tag: r.tag ?? null }));
    const { digest } = image;
    await out.result({
      schema: 'assay/repair/v1',
      outcome,
      reference: text,
      digest,
      evidence,
      warnings: out.warnings,
      errors: errors.map(errorJson),
    });
  } else {
    const { style, verbose } = out;
    const lines = repaired.map((r) => {
      const where = r.tag === undefined ? (r.as === 'referrers' ? 'referrers API' : 'fallback tag') : shortTag(r.tag, style, verbose);
      return `  ${shortDigest(r.digest, verbose)}${style.dot}${r.outcome === 'listed' ? 'listed' : 'was listed'}${style.dot}${where}`;
    });
    const head = { repaired: 'repaired', 'already-listed': 'nothing to repair:', incomplete: 'not everything is listed:' }[outcome];
    out.print(`${[`${style.bold(head)} ${printable(text)} @ ${shortDigest(image.digest, verbose)}`, ...lines].join('\n')}\n`);
    for (const error of errors) printError(io.stderr, error, options.flag('debug'));
  }
  return exitCodeOfAll(errors.map(exitCodeOf));
}

// `REPOSITORY@sha256:…`, as other commands print it, serves as well.
function digestOf(text: string): Digest {
  if (!text.includes('@')) return parseDigest(text);
  const { digest } = parseReference(text);
  if (digest === undefined) throw new AssayError('reference-invalid', `no digest: "${text.slice(0, 200)}"`);
  return digest;
}
