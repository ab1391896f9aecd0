/** CEL as an engine of a worker: the language itself is the policy room's. */
import { isAssayError, messageOf } from '../errors.ts';
import { type CelProgram, compileCel } from '../policy/language/cel/index.ts';
import type { ProgramText } from '../policy/language/evaluator.ts';
import type { Engine, Fault, WorkerAnswer } from './messages.ts';

/** Starts it. What it takes is bounded by the worker's heap, so it states no memory of its own. */
export function startCelEngine(): Engine {
  const programs = new Map<number, CelProgram>();
  return {
    prepare(program, text) {
      try {
        programs.set(program, compiled(text));
        return undefined;
      } catch (error) {
        return faultOf(error);
      }
    },
    evaluate(program, input, outputBytes): WorkerAnswer {
      const known = programs.get(program);
      if (known === undefined) throw new Error(`there is no program ${program}`);
      const answer = known.evaluate(input);
      const bytes = Buffer.byteLength(JSON.stringify(answer));
      if (bytes > outputBytes) return { said: 'too-long', bytes };
      return 'error' in answer
        ? { said: 'error', error: answer.error, memoryBytes: 0 }
        : { said: 'value', value: answer.value, memoryBytes: 0 };
    },
    release(program) {
      programs.delete(program);
    },
  };
}

function compiled(text: ProgramText): CelProgram {
  if (text.language !== 'cel') throw new Error(`this worker knows no ${text.language}`);
  return compileCel(text.source, text.variables);
}

function faultOf(error: unknown): Fault {
  if (!isAssayError(error, 'policy-invalid')) throw error;
  const { line, column } = error.at ?? {};
  return { message: messageOf(error), ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
}
