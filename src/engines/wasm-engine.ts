/** One instance of the module that holds the official CUE and Rego engines (`engines/main_wasip1.go` names its functions). */
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

/** Starts an instance. `softMemoryBytes`: where Go's collector begins to work hard. Throws what the module throws. */
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
  engine._initialize();

  function write(text: string): number {
    const room = text.length <= SHORT ? text.length * BYTES_PER_CHARACTER : Buffer.byteLength(text);
    const start = engine.reserve(room) >>> 0;
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
      return told(bytesOf(engine.prepare(program, write(JSON.stringify(text))))).fault;
    },
    evaluate(program, input, outputBytes): WorkerAnswer {
      const bytes = bytesOf(engine.evaluate(program, write(input)));
      if (bytes.length > outputBytes) return { said: 'too-long', bytes: bytes.length };
      const { value, error } = told(bytes);
      const memoryBytes = engine.memory.buffer.byteLength;
      return error === undefined ? { said: 'value', value, memoryBytes } : { said: 'error', error, memoryBytes };
    },
    release: engine.release,
  };
}
