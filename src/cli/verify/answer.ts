import type { SubjectReport } from '../../verify/index.ts';
import type { Call } from '../command.ts';
import { isStructured } from '../output/output.ts';
import { summaryOf, verifyJson } from './report-json.ts';

/** Prints the answers in the form that was asked for, with further members of the one object, and answers the exit code. */
export async function answer(kind: 'images' | 'files', reports: readonly SubjectReport[], call: Call, more: object = {}): Promise<number> {
  const { out, options } = call;
  for (const r of reports) for (const w of r.warnings) out.warn(w.code, `${r.reference}: ${w.message}`);
  const { code } = summaryOf(reports);
  if (options.text('compat') === 'cosign') {
    const { cosignAnswer } = await import('./compat-cosign.ts');
    return cosignAnswer(kind, reports, call);
  }
  if (isStructured(out.format)) await out.result({ ...verifyJson(kind, reports, out.warnings), ...more });
  else {
    const { reportText } = await import('./report-text.ts');
    out.print(reportText(reports, out));
  }
  return code;
}
