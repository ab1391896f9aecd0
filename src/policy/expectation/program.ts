import type { Condition, ConditionResult, ConditionSubject } from '../../verify/index.ts';
import type { Answer, Language, Program } from '../language/evaluator.ts';
import { regoVerdict } from '../language/rego.ts';
import type { TextVerdict } from '../language/verdict.ts';
import { documentOf } from './document.ts';

/** What CEL expressions are given. */
export const CEL_VARIABLES = ['predicate', 'statement', 'signer', 'claims', 'times', 'now'] as const;

/** A compiled text as a condition. */
export interface ProgramCondition {
  readonly language: Language;
  readonly name: string;
  readonly program: Program;
  /** What is said when it does not hold. */
  readonly message: string | undefined;
}

/**
 * The condition that a compiled text says yes. CEL is given `CEL_VARIABLES`; CUE and Rego the statement, or the content where there is none.
 * An answer that is neither yes nor no is inconclusive.
 */
export function programHolds({ language, name, program, message }: ProgramCondition): Condition {
  return {
    name,
    async evaluate(subject) {
      const input = language === 'cel' ? celInput(subject) : documentOf(subject.findings).text;
      const answer = await program.evaluate(input, subject.signal);
      return language === 'cel'
        ? celResult(answer, message)
        : language === 'cue'
          ? cueResult(answer, message)
          : regoResult(answer, message);
    },
  };
}

function celInput({ findings, now }: ConditionSubject): string {
  const { statement, predicate } = documentOf(findings);
  const { signer, claims, times } = findings;
  return JSON.stringify({
    statement,
    predicate,
    signer:
      signer === undefined ? null : { kind: signer.kind, keyId: signer.keyId, issuer: signer.issuer ?? '', subject: signer.subject ?? '' },
    claims: { certificate: Object.fromEntries(claims.certificate), builder: Object.fromEntries(claims.builder) },
    times: times.map((t) => ({ source: t.source, time: t.time.toISOString() })),
    now: new Date(now).toISOString(),
  });
}

function celResult(answer: Answer, message: string | undefined): ConditionResult {
  if ('error' in answer) return { result: 'inconclusive', reason: `the expression has no value: ${answer.error}` };
  if (answer.value === true) return { result: 'pass' };
  if (answer.value === false) return { result: 'fail', reason: message ?? 'the expression is false' };
  return { result: 'inconclusive', reason: 'the expression is neither true nor false' };
}

// The engine's words for what does not unify are the denial.
function cueResult(answer: Answer, message: string | undefined): ConditionResult {
  if (!('error' in answer)) return { result: 'pass' };
  return { result: 'fail', reason: message === undefined ? answer.error : `${message}: ${answer.error}` };
}

// As policy-controller: yes or no, or objects with `result`, `warning` and `error`, one or a set of them; what is undefined is no.
function regoResult(answer: Answer, message: string | undefined): ConditionResult {
  if ('error' in answer) return { result: 'inconclusive', reason: answer.error };
  const { value } = answer;
  if (value === true) return { result: 'pass' };
  if (value === false || value === undefined || value === null) return { result: 'fail', reason: message ?? 'the query is not true' };
  if (Array.isArray(value)) return setResult(regoVerdict(answer), message);
  if (typeof value !== 'object') return { result: 'inconclusive', reason: 'the query is neither true nor false' };
  const { result, warning, error } = value as { readonly result?: unknown; readonly warning?: unknown; readonly error?: unknown };
  const warned = typeof warning === 'string' && warning !== '' ? { warning } : {};
  if (result === true) return { result: 'pass', ...warned };
  if (result === false)
    return { result: 'fail', reason: message ?? (typeof error === 'string' && error !== '' ? error : 'the query is not true'), ...warned };
  return { result: 'inconclusive', reason: 'the object that the query gives has no "result" that is true or false' };
}

function setResult(verdict: TextVerdict, message: string | undefined): ConditionResult {
  const warned = verdict.warning === undefined ? {} : { warning: verdict.warning };
  if (verdict.result === 'pass') return { result: 'pass', ...warned };
  return { result: 'fail', reason: message === undefined ? verdict.message : `${message}: ${verdict.message}`, ...warned };
}
