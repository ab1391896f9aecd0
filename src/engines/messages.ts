/** What a worker is asked, and what it answers. */
import type { ProgramText } from '../policy/language/evaluator.ts';
import type { WasmModule } from './webassembly.ts';

/** What a worker is made with: the engines' compiled module, or nothing when it evaluates CEL. */
export interface WorkerStart {
  readonly engines?: { readonly module: WasmModule; readonly softMemoryBytes: number };
}

/** One thing to do; each is answered by one `WorkerAnswer`, in order. */
export type WorkerRequest =
  | { readonly do: 'prepare'; readonly program: number; readonly text: ProgramText }
  | { readonly do: 'evaluate'; readonly program: number; readonly input: string; readonly outputBytes: number }
  /** Not answered. */
  | { readonly do: 'release'; readonly program: number };

/** Why a text does not compile; line and column count from 1. */
export interface Fault {
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

/** What a worker says. */
export type WorkerAnswer =
  /** It is ready for requests. */
  | { readonly said: 'ready' }
  /** The program is compiled. */
  | { readonly said: 'prepared' }
  | { readonly said: 'fault'; readonly fault: Fault }
  /** An evaluation's answer; `memoryBytes` is what the engine has taken and never gives back. */
  | { readonly said: 'value'; readonly value: unknown; readonly memoryBytes: number }
  | { readonly said: 'error'; readonly error: string; readonly memoryBytes: number }
  /** The answer is longer than was allowed; the worker goes on. */
  | { readonly said: 'too-long'; readonly bytes: number }
  /** The engine failed, and the worker is of no more use. */
  | { readonly said: 'broken'; readonly reason: string };

/** A language's engine inside a worker. Both throw when the engine itself fails. */
export interface Engine {
  prepare(program: number, text: ProgramText): Fault | undefined;
  evaluate(program: number, input: string, outputBytes: number): WorkerAnswer;
  release(program: number): void;
}
