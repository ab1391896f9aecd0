/**
 * CUE policies: what is asked of the engine and what its answers mean, as cosign's `pkg/policy/eval.go` (policy-controller) and
 * `pkg/cosign/cue` (`--policy`) have it.
 */
import type { Answer, Program, ProgramText } from './evaluator.ts';
import type { TextVerdict } from './verdict.ts';

/** A policy of policy-controller: unified with the input; a field that the input lacks is no error unless its constraint needs a value. */
export function cueText(source: string): ProgramText {
  return { language: 'cue', source, mode: 'unify' };
}

/** A file of cosign's `--policy`: the input is validated, and the result has to be final. */
export function cosignCueText(source: string): ProgramText {
  return { language: 'cue', source, mode: 'validate' };
}

/** What policy-controller makes of an answer. */
export function cueVerdict(answer: Answer): TextVerdict {
  return 'error' in answer ? { result: 'fail', message: `failed to evaluate the policy with error: ${answer.error}` } : PASS;
}

/** What cosign makes of an answer. */
export function cosignCueVerdict(answer: Answer): TextVerdict {
  return 'error' in answer ? { result: 'fail', message: answer.error } : PASS;
}

/** policy-controller's frame around a failure; `name` is that of the attestation, or of the policy when it is about the whole image. */
export function cueFailure(name: string, message: string): string {
  return `failed evaluating cue policy for ${name}: ${message}`;
}

/** Evaluates a program made of `cueText` over JSON. Throws what `Program.evaluate` throws: nothing was decided then. */
export async function evaluateCue(program: Program, input: string, signal?: AbortSignal): Promise<TextVerdict> {
  return cueVerdict(await program.evaluate(input, signal));
}

/** Evaluates a program made of `cosignCueText` over JSON. Throws what `Program.evaluate` throws. */
export async function evaluateCosignCue(program: Program, input: string, signal?: AbortSignal): Promise<TextVerdict> {
  return cosignCueVerdict(await program.evaluate(input, signal));
}

const PASS: TextVerdict = { result: 'pass' };
