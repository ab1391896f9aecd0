/** CEL (cel-spec v0.25), with the functions that users of Kubernetes have. Pure and synchronous: deadlines and memory are the caller's. */

import { messageOf } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import type { Answer } from '../evaluator.ts';
import { newEngine } from './engine.ts';
import { ExpandError, expand } from './expand.ts';
import { fromJson, parseExactly, toJson } from './json.ts';
import type { CelInput, CelResult, Engine, Expr } from './library.ts';
import { celError, isCelError, parseTextWithPositions, syntaxPosition } from './library.ts';
import { rewriteOptionals, syntaxError } from './rewrite.ts';

/** A compiled expression. */
export interface CelProgram {
  /** Evaluates over the variables, given as one JSON object. A variable that is not in it is an error where it is used. */
  evaluate(inputJson: string): Answer;
}

let shared: Engine | undefined;

/** Compiles an expression over the named variables, each any value of JSON. Throws `policy-invalid` with line and column. */
export function compileCel(source: string, variables: readonly string[]): CelProgram {
  shared ??= newEngine();
  const declared = new Set(variables);
  const run = compileWith(shared, source, (name) => declared.has(name));
  return {
    evaluate(inputJson) {
      try {
        const result = run(bindings(inputJson, variables));
        return isCelError(result) ? { error: result.message } : { value: toJson(result) };
      } catch (error) {
        return { error: words(error) };
      }
    },
  };
}

function bindings(inputJson: string, variables: readonly string[]): Record<string, CelInput> {
  const { value: input, mark } = parseExactly(inputJson);
  if (typeof input !== 'object' || input === null || Array.isArray(input)) throw new TypeError('the input is not a JSON object');
  // Without a prototype: variables are looked up by name.
  const found: Record<string, CelInput> = Object.create(null);
  for (const name of variables) {
    // The library hands an error that is bound to a variable to whoever asks for it.
    const value = Object.hasOwn(input, name)
      ? fromJson((input as Record<string, unknown>)[name], mark)
      : celError(`no such attribute: ${name}`);
    found[name] = value as CelInput;
  }
  return found;
}

function words(error: unknown): string {
  return error instanceof RangeError && /call stack/.test(error.message) ? 'the values are nested too deeply' : messageOf(error);
}

/** Compiles with an engine of the caller's. */
export function compileWith(
  engine: Engine,
  source: string,
  declared: (name: string) => boolean,
): (bindings: Record<string, CelInput>) => CelResult {
  if (Buffer.byteLength(source) > LIMITS.expressionBytes)
    throw syntaxError(source, 0, `the expression is longer than ${LIMITS.expressionBytes} bytes`);
  const { text, original } = rewriteOptionals(source);
  let positions: Readonly<Record<string, number>> = {};
  try {
    const parsed = parseTextWithPositions(text);
    positions = parsed.positions;
    const expanded: Expr = expand(parsed.expr, { declared, hasFunction: engine.hasFunction, hasType: engine.hasType });
    return engine.plan(expanded);
  } catch (error) {
    if (error instanceof ExpandError) throw syntaxError(source, original(positions[`${error.id}`] ?? 0), error.message);
    const syntax = syntaxPosition(error);
    if (syntax !== undefined) throw syntaxError(source, original(syntax.offset), `Syntax error: ${syntax.message}`);
    throw syntaxError(source, 0, error instanceof RangeError ? 'the expression is nested too deeply' : messageOf(error), error);
  }
}
