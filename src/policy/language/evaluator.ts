/** The languages in which conditions are written. */
export type Language = 'cel' | 'cue' | 'rego';

/** A text of a policy language, and what is asked of it. */
export type ProgramText =
  /** A CEL expression over the named variables (cel-spec, "Language Definition"). */
  | { readonly language: 'cel'; readonly source: string; readonly variables: readonly string[] }
  /**
   * A CUE value. `unify`: the input is unified with it and the result validated (policy-controller); `validate`: the result has to be final (cosign's
   * `--policy`); `concrete`: and every field that the text constrains has to have a value (`cue vet -c`).
   */
  | { readonly language: 'cue'; readonly source: string; readonly mode: 'unify' | 'validate' | 'concrete' }
  /** A Rego module and a query such as `data.sigstore.isCompliant`. */
  | { readonly language: 'rego'; readonly source: string; readonly query: string; readonly version: 'v0' | 'v1' };

/** What an evaluation said: a value (of a CUE text: `true`), or the engine's own words for why there is none. */
export type Answer = { readonly value: unknown } | { readonly error: string };

/** A compiled text. */
export interface Program {
  /**
   * Evaluates the text over an input in JSON: for CEL an object with the variables, for CUE and Rego the document.
   * Throws `policy-unevaluable` when the bounds of time, input, output or memory were reached, or the engine broke.
   */
  evaluate(input: string, signal?: AbortSignal): Promise<Answer>;
}

/** Where texts are compiled and evaluated, bounded in time, input, output and memory (`LIMITS.evaluation…`). */
export interface Evaluator {
  /**
   * Throws `policy-invalid` with line and column where the engine tells them, `engine-missing` when the engine of the language was not built,
   * and `policy-unevaluable` when the bounds of time or memory were reached: engines evaluate what they can while they compile.
   */
  compile(text: ProgramText): Promise<Program>;
  /** Ends the workers. */
  close(): Promise<void>;
}
