/**
 * Rego policies: what is asked of the engine and what its answers mean, as cosign's `pkg/cosign/rego` has it: for policy-controller the rule
 * `isCompliant` of the package `sigstore`, for `--policy` the rule `allow` of the package `signature`. Both in the syntax of Rego v0.
 */
import type { Answer, Program, ProgramText } from './evaluator.ts';
import type { TextVerdict } from './verdict.ts';

const COSIGN_QUERY = 'data.signature.allow';

/** What policy-controller asks for, as its messages spell it. */
const COMPLIANT = 'isCompliant = data.sigstore.isCompliant';

/** A policy of policy-controller. */
export function regoText(source: string): ProgramText {
  return { language: 'rego', source, query: 'data.sigstore.isCompliant', version: 'v0' };
}

/** A file of cosign's `--policy`. */
export function cosignRegoText(source: string): ProgramText {
  return { language: 'rego', source, query: COSIGN_QUERY, version: 'v0' };
}

/**
 * What policy-controller makes of an answer: `true` passes; of a set or list of `{result, error, warning}` the first with `result: true`
 * passes, with its warning when it has one; everything else fails.
 */
export function regoVerdict(answer: Answer): TextVerdict {
  if ('error' in answer) return { result: 'fail', message: answer.error };
  if (answer.value === true) return { result: 'pass' };
  if (!Array.isArray(answer.value)) return { result: 'fail', message: `policy is not compliant for query '${COMPLIANT}'` };
  return listVerdict(answer.value);
}

/** What cosign makes of an answer: only `true` passes. */
export function cosignRegoVerdict(answer: Answer): TextVerdict {
  if ('error' in answer) return { result: 'fail', message: answer.error };
  if (answer.value === true) return { result: 'pass' };
  if (answer.value === undefined) return { result: 'fail', message: `result is undefined for query '${COSIGN_QUERY}'` };
  return { result: 'fail', message: `expression value, ${printed(answer.value)}, is not true` };
}

/** policy-controller's frame around a failure; `name` is that of the attestation, or of the policy when it is about the whole image. */
export function regoFailure(name: string, message: string): string {
  return `failed evaluating rego policy for type ${name}: ${message}`;
}

/** Evaluates a program made of `regoText` over JSON. Throws what `Program.evaluate` throws: nothing was decided then. */
export async function evaluateRego(program: Program, input: string, signal?: AbortSignal): Promise<TextVerdict> {
  return regoVerdict(await program.evaluate(input, signal));
}

/** Evaluates a program made of `cosignRegoText` over JSON. Throws what `Program.evaluate` throws. */
export async function evaluateCosignRego(program: Program, input: string, signal?: AbortSignal): Promise<TextVerdict> {
  return cosignRegoVerdict(await program.evaluate(input, signal));
}

/** One member of the set. */
interface Response {
  readonly result: boolean;
  readonly error: string;
  readonly warning: string;
}

function listVerdict(list: readonly unknown[]): TextVerdict {
  let verdict: TextVerdict = { result: 'fail', message: `policy is not compliant for query "${COMPLIANT}"` };
  for (const item of list) {
    const response = readResponse(item);
    if (typeof response === 'string') {
      return { result: 'fail', message: `policy is not compliant for query '${COMPLIANT}' due to parsing errors: ${response}` };
    }
    const { result, error, warning } = response;
    if (result) return { result: 'pass', ...(warning === '' ? {} : { warning: `warning: ${warning}` }) };
    const message = `policy is not compliant for query '${COMPLIANT}' with errors: ${error}`;
    verdict = { result: 'fail', message, ...(warning === '' ? {} : { warning }) };
  }
  return verdict;
}

/** The member, or why it is none. A field that is absent or null has its empty value, as in Go. */
function readResponse(item: unknown): Response | string {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return `${printed(item)} is no object`;
  const { result, error, warning } = item as { readonly [name: string]: unknown };
  if (typeof (result ?? false) !== 'boolean') return `result is ${printed(result)}, which is neither true nor false`;
  for (const [name, value] of Object.entries({ error, warning })) {
    if (typeof (value ?? '') !== 'string') return `${name} is ${printed(value)}, which is no text`;
  }
  return { result: result === true, error: String(error ?? ''), warning: String(warning ?? '') };
}

/** A value as Go prints it (`%v`). */
function printed(value: unknown): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(printed).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${members.map(([name, member]) => `${name}:${printed(member)}`).join(' ')}]`;
}
