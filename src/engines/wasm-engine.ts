/** One instance of the module that holds the official CUE and Rego engines (`engines/main_wasip1.go` names its functions). */

import { messageOf } from '../errors.ts';
import type { ProgramText } from '../policy/language/evaluator.ts';
import type { Engine, Fault, WorkerAnswer } from './messages.ts';
import { createSystem } from './system.ts';
import { type WasmMemory, type WasmModule, webAssembly } from './webassembly.ts';

/** What the module exports. Pointers and sizes are signed 32-bit numbers; an answer is its address and its size in one 64-bit number. */
interface Exports {
  readonly memory: WasmMemory;
  readonly _initialize: () => void;
  readonly reserve: (size: number) => number;
  readonly prepare: (program: number, size: number) => bigint;
  readonly evaluate: (program: number, size: number) => bigint;
  readonly release: (program: number) => void;
}

/** `answer` of `engines/engine.go`. */
interface Told {
  readonly value?: unknown;
  readonly error?: string;
  readonly fault?: Fault;
  readonly broken?: string;
}

/** Bytes that a character of a JavaScript string needs in UTF-8 at most. */
const BYTES_PER_CHARACTER = 3;

/** Strings up to this length are encoded in one pass, into room for their longest form. */
const SHORT = 65_536;

/** Garbage per used memory, in percent, at which Go collects: measured, 100 costs a third of the speed and 400 brings nothing more. */
const COLLECT_PERCENT = '200';

/** Thrown when the module traps or ends itself: it is of no more use. */
export class EngineEnd extends Error {
  /** Whether it was for want of memory. */
  readonly outOfMemory: boolean;

  constructor(cause: unknown, lastWords: string) {
    const [first = ''] = lastWords.split('\n');
    super(first === '' ? messageOf(cause) : first, { cause });
    this.name = 'EngineEnd';
    this.outOfMemory = /out of memory|cannot allocate memory/.test(lastWords);
  }
}

/** Starts an instance. `softMemoryBytes`: where Go's collector begins to work hard. Throws `EngineEnd`. */
export function startWasmEngine(module: WasmModule, softMemoryBytes: number): Engine {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const names = webAssembly.Module.imports(module).map(({ name }) => name);
  const system = createSystem(
    names,
    new Map([
      ['GOMEMLIMIT', String(softMemoryBytes)],
      ['GOGC', COLLECT_PERCENT],
    ]),
  );
  const instance = new webAssembly.Instance(module, { wasi_snapshot_preview1: system.imports });
  const engine = instance.exports as unknown as Exports;
  system.attach(engine.memory);
  guarded(() => engine._initialize());

  function guarded<T>(call: () => T): T {
    try {
      return call();
    } catch (error) {
      throw new EngineEnd(error, system.lastWords());
    }
  }
  function write(text: string): number {
    const room = text.length <= SHORT ? text.length * BYTES_PER_CHARACTER : Buffer.byteLength(text);
    const start = guarded(() => engine.reserve(room)) >>> 0;
    return encoder.encodeInto(text, new Uint8Array(engine.memory.buffer, start, room)).written;
  }
  /** The answer's bytes, which the next call overwrites. */
  function bytesOf(answer: bigint): Uint8Array {
    return new Uint8Array(engine.memory.buffer, Number((answer >> 32n) & 0xffffffffn), Number(answer & 0xffffffffn));
  }
  function told(bytes: Uint8Array): Told {
    const said = JSON.parse(decoder.decode(bytes)) as Told;
    if (said.broken !== undefined) throw new Error(said.broken);
    return said;
  }

  return {
    prepare(program, text: ProgramText) {
      const size = write(JSON.stringify(text));
      return told(bytesOf(guarded(() => engine.prepare(program, size)))).fault;
    },
    evaluate(program, input, outputBytes): WorkerAnswer {
      const size = write(input);
      const bytes = bytesOf(guarded(() => engine.evaluate(program, size)));
      if (bytes.length > outputBytes) return { said: 'too-long', bytes: bytes.length };
      const { value, error } = told(bytes);
      const memoryBytes = engine.memory.buffer.byteLength;
      return error === undefined ? { said: 'value', value, memoryBytes } : { said: 'error', error, memoryBytes };
    },
    release: engine.release,
  };
}
