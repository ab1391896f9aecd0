import type { SubjectReport } from '../../../verify/index.ts';
import type { Call } from '../../command.ts';
import { type ExitCode, exitCodeOfAll } from '../../exit-codes.ts';
import { printable } from '../../text/printable.ts';
import { answer } from '../../verify/answer.ts';
import type { Question } from '../../verify/question.ts';
import type { SummaryWanted } from '../../verify/summary-flags.ts';
import { type EmittedSummary, emitSummaries } from './emit.ts';
import { judgedBy } from './judged-by.ts';
import { summarySigning } from './signer.ts';

/**
 * Verifies, signs a summary of each definite verdict, and answers. Everything that summaries are signed with is opened first: whoever cannot sign verifies
 * nothing in vain. Throws what is misuse.
 */
export async function verifyAndSummarize(
  wanted: SummaryWanted,
  question: Question,
  verify: () => Promise<readonly SubjectReport[]>,
  call: Call,
): Promise<ExitCode> {
  const { out, io } = call;
  const policy = await judgedBy(question, wanted.policyUri, call);
  const signing = await summarySigning(call);
  const reports = await verify();
  const emitted = await emitSummaries(reports, { wanted, signing, policy }, call);
  // Where the summary itself goes to stdout, people read the answer on stderr.
  const print = (chunk: string | Uint8Array): void => void (wanted.file === '-' ? io.stderr.write(chunk) : out.print(chunk));
  const code = (await answer('images', reports, { ...call, out: { ...out, print } }, { summaries: emitted.summaries })) as ExitCode;
  if (out.format === 'text') for (const summary of emitted.summaries) print(summaryText(summary));
  return exitCodeOfAll([code, emitted.code]);
}

function summaryText({ digest, result, file, reference }: EmittedSummary): string {
  const places = [
    ...(file === undefined ? [] : [`written to ${printable(file, 300)}`]),
    ...(reference === undefined ? [] : [`stored as ${printable(reference, 300)}`]),
  ];
  return `verification summary ${result} of ${digest} ${places.join(', ')}\n`;
}
