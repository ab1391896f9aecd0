import { utf8Decode } from '../../bytes/index.ts';
import { type Json, parseJson } from '../../codec/json.ts';
import { knownLevel } from '../../policy/expectation/slsa/builder.ts';
import { buildFacts } from '../../policy/expectation/slsa/facts.ts';
import { statementOf } from '../../signature/index.ts';
import type { Evidence, SubjectReport } from '../../verify/index.ts';
import type { Call } from '../command.ts';
import { isStructured } from '../output/output.ts';
import { summaryOf, verifyJson } from '../verify/report-json.ts';
import type { SlsaAnswer } from './verify.ts';

/** Prints the answers, and what was verified where it was asked for; answers the exit code. */
export async function answerSlsa({ kind, reports }: SlsaAnswer, call: Call): Promise<number> {
  const { out, options } = call;
  const { code } = summaryOf(reports);
  const print = options.flag('print-provenance') || options.flag('print-attestation');
  if (isStructured(out.format)) {
    const json = verifyJson(kind, reports, out.warnings) as { readonly [k: string]: unknown };
    const subjects = json[kind] as readonly object[];
    await out.result({
      ...json,
      schema: 'assay/slsa-verify/v1',
      [kind]: subjects.map((s, i) => ({ ...s, ...builtJson(reports[i]), ...(print ? { provenance: statementsOf(reports[i]) } : {}) })),
    });
    return code;
  }
  if (print) for (const statement of reports.flatMap(statementsOf)) out.print(`${JSON.stringify(statement)}\n`);
  else {
    const { reportText } = await import('../verify/report-text.ts');
    out.print(reportText(reports, out));
  }
  return code;
}

/** What verified provenance says of the build, its certificate's word apart from the builder's. */
function builtJson(report: SubjectReport | undefined): object {
  const verified = report?.evidence.find((e) => e.outcome === 'verified');
  if (verified === undefined) return {};
  const { certificate, builder } = verified.claims;
  return { build: { certificate, builder, ...levelOf(verified) } };
}

function levelOf(evidence: Evidence): object {
  const content = evidence.entity?.content;
  const read = content?.kind === 'dsse' ? statementOf(content.envelope) : undefined;
  const statement = read !== undefined && 'statement' in read ? read.statement : undefined;
  const facts = buildFacts({ ...evidence, authorities: [], statement });
  const level = typeof facts === 'string' ? 0 : knownLevel(facts);
  return level === 0 ? {} : { level };
}

function statementsOf(report: SubjectReport | undefined): readonly Json[] {
  return (report?.evidence ?? []).flatMap((e) =>
    e.outcome === 'verified' && e.payload !== undefined ? [parseJson(utf8Decode(e.payload, 'statement'), 'statement')] : [],
  );
}
