/** The evaluator of policy texts: every language in worker threads, every evaluation bounded. */
import { existsSync } from 'node:fs';
import { AssayError, isAssayError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import type { Answer, Evaluator, Program, ProgramText } from '../policy/language/evaluator.ts';
import { compiledModule } from './compiled-module.ts';
import { type EngineFiles, engineFiles, enginesMissing } from './location.ts';
import type { Fault, WorkerAnswer } from './messages.ts';
import { createPool, type Place, type Pool } from './pool.ts';
import { startThread, type Thread, ThreadLost } from './thread.ts';

/** Bounds that a caller may draw closer or wider, each one of `LIMITS` by default. */
export interface EvaluatorOptions {
  /** Where the files are; default: this package's `dist/engines`. */
  readonly files?: EngineFiles;
  /** For small inputs; larger ones get `LIMITS.evaluationMsPerMiB` more. */
  readonly evaluationMs?: number;
  readonly compileMs?: number;
  readonly memoryBytes?: number;
  readonly inputBytes?: number;
  readonly outputBytes?: number;
  readonly workers?: number;
}

/** The programs that a thread has compiled, the one used last at the end. */
type Prepared = Set<number>;

/** One program, wherever it is compiled. */
interface Known {
  readonly id: number;
  readonly text: ProgramText;
  readonly pool: Pool<Prepared>;
  /** Whether its last evaluation took more than it was allowed. */
  suspect: boolean;
}

const NAMES = { cel: 'CEL', cue: 'CUE', rego: 'Rego' } as const;

const MiB = 1024 * 1024;

/** How much of the memory may be used before Go's collector works hard. */
const SOFT_SHARE = 0.85;

/** What a bound that was reached means for whoever wrote the policy. */
const UNEVALUABLE = {
  retryable: false,
  hint: 'make the policy or its input simpler: nothing is allowed that could not be evaluated',
} as const;

/** Makes an evaluator; threads and engines are started when they are first needed, and keep no process alive while nothing is asked. */
export function createEvaluator(options: EvaluatorOptions = {}): Evaluator {
  const bounds = {
    evaluationMs: options.evaluationMs ?? LIMITS.evaluationMs,
    compileMs: options.compileMs ?? LIMITS.programCompileMs,
    memoryBytes: options.memoryBytes ?? LIMITS.evaluationMemoryBytes,
    inputBytes: options.inputBytes ?? LIMITS.evaluationInputBytes,
    outputBytes: options.outputBytes ?? LIMITS.evaluationOutputBytes,
  };
  const size = options.workers ?? LIMITS.evaluationWorkers;
  const pools = new Map<'cel' | 'engines', Pool<Prepared>>();
  let located: EngineFiles | undefined = options.files;
  let programs = 0;

  async function start(kind: 'cel' | 'engines'): Promise<Thread> {
    const { worker, engines } = files();
    const module = kind === 'engines' ? await compiledModule(engines, bounds.memoryBytes) : undefined;
    const softMemoryBytes = Math.floor(bounds.memoryBytes * SOFT_SHARE);
    return startThread({
      file: worker,
      start: module === undefined ? {} : { engines: { module, softMemoryBytes } },
      heapBytes: bounds.memoryBytes,
      startMilliseconds: LIMITS.engineStartMs,
    });
  }

  function files(): EngineFiles {
    located ??= engineFiles();
    return located;
  }

  function poolOf({ language }: ProgramText): Pool<Prepared> {
    const kind = language === 'cel' ? 'cel' : 'engines';
    const { engines } = files();
    if (kind === 'engines' && !existsSync(engines)) throw enginesMissing(engines);
    const pool =
      pools.get(kind) ??
      createPool<Prepared>(
        size,
        () => start(kind),
        () => new Set(),
      );
    pools.set(kind, pool);
    return pool;
  }

  /** Has the program compiled in a thread, unless it is. */
  async function prepare({ thread, memory }: Place<Prepared>, { id, text }: Known): Promise<Fault | undefined> {
    if (memory.delete(id)) {
      memory.add(id);
      return undefined;
    }
    const answer = await thread.ask({ do: 'prepare', program: id, text }, bounds.compileMs);
    if (answer.said === 'fault') return answer.fault;
    memory.add(id);
    const [oldest] = memory;
    if (memory.size > LIMITS.preparedPrograms && oldest !== undefined) {
      memory.delete(oldest);
      thread.tell({ do: 'release', program: oldest });
    }
    return undefined;
  }

  async function compile(text: ProgramText): Promise<Program> {
    if (Buffer.byteLength(text.source) > LIMITS.programBytes) {
      throw new AssayError('policy-invalid', `the ${NAMES[text.language]} text is longer than ${LIMITS.programBytes} bytes`);
    }
    const known: Known = { id: ++programs, text, pool: poolOf(text), suspect: false };
    const fault = await known.pool
      .run(false, (place) => prepare(place, known))
      .catch((error: unknown) => {
        throw lostError(error, text, 'compiled');
      });
    if (fault !== undefined) throw invalid(text, fault);
    return { evaluate: (input, signal) => evaluate(known, input, signal) };
  }

  async function evaluate(known: Known, input: string, signal: AbortSignal | undefined): Promise<Answer> {
    const bytes = input.length > bounds.inputBytes ? input.length : Buffer.byteLength(input);
    if (bytes > bounds.inputBytes) throw unevaluable(known.text, `its input has ${bytes} bytes, more than ${bounds.inputBytes}`);
    if (known.pool.waiting() >= LIMITS.evaluationsWaiting) throw unevaluable(known.text, 'too many evaluations wait', true);
    const answer = known.pool.run(known.suspect, async (place) => {
      if (signal?.aborted) throw cancelled(signal);
      const fault = await prepare(place, known);
      if (fault !== undefined) throw invalid(known.text, fault);
      try {
        const said = await place.thread.ask(
          { do: 'evaluate', program: known.id, input, outputBytes: bounds.outputBytes },
          deadlineFor(bytes, bounds.evaluationMs),
        );
        known.suspect = false;
        if ('memoryBytes' in said && said.memoryBytes > LIMITS.evaluationKeptBytes) place.retired = true;
        return said;
      } catch (error) {
        if (error instanceof ThreadLost && error.loss.why !== 'closed') known.suspect = true;
        throw error;
      }
    });
    return answerOf(
      await orAborted(answer, signal).catch((error: unknown) => {
        throw lostError(error, known.text, 'evaluated');
      }),
      known.text,
      bounds.outputBytes,
    );
  }

  return {
    compile,
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.close()));
    },
  };
}

/** Milliseconds for an evaluation over so many bytes. */
function deadlineFor(bytes: number, least: number): number {
  return Math.max(least, Math.min(LIMITS.evaluationMostMs, least + Math.round((bytes / MiB) * LIMITS.evaluationMsPerMiB)));
}

function answerOf(answer: WorkerAnswer, text: ProgramText, outputBytes: number): Answer {
  if (answer.said === 'value') return { value: answer.value };
  if (answer.said === 'error') return { error: answer.error };
  if (answer.said === 'too-long') throw unevaluable(text, `its answer has ${answer.bytes} bytes, more than ${outputBytes}`);
  throw new AssayError('internal', `a worker answered "${answer.said}" to an evaluation`);
}

/** The promise, or the signal's error when that comes first: what runs on is bounded and its answer is dropped. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(cancelled(signal));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

function cancelled(signal: AbortSignal): AssayError {
  const reason: unknown = signal.reason;
  return reason instanceof AssayError ? reason : new AssayError('cancelled', 'cancelled while a policy was evaluated', { cause: reason });
}

function lostError(error: unknown, text: ProgramText, what: 'compiled' | 'evaluated'): unknown {
  if (isAssayError(error) || !(error instanceof ThreadLost)) return error;
  const { why, detail } = error.loss;
  if (why === 'closed') return new AssayError('cancelled', 'the evaluator was closed', { cause: error });
  const reason = {
    deadline: `it was not ${what} in time: ${detail}`,
    memory: 'it needs more memory than is allowed',
    broken: `the engine failed: ${detail}`,
  };
  return unevaluable(text, reason[why]);
}

function unevaluable({ language }: ProgramText, why: string, retryable = false): AssayError {
  return new AssayError('policy-unevaluable', `the ${NAMES[language]} policy cannot be evaluated: ${why}`, { ...UNEVALUABLE, retryable });
}

/** The engine's words; CEL's own message has its frame already. */
function invalid({ language }: ProgramText, { message, line, column }: Fault): AssayError {
  const at = { ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
  return new AssayError('policy-invalid', language === 'cel' ? message : `the ${NAMES[language]} text does not compile: ${message}`, {
    at,
  });
}
