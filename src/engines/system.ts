/**
 * The system that an engine's module sees (WASI preview 1): a clock, chance, one variable and a place for its last words. No files, no
 * network: every other call is answered "not supported". Node's own WASI is experimental and says so on every start.
 */
import { randomFillSync } from 'node:crypto';
import type { WasmImports, WasmMemory } from './webassembly.ts';

const SUCCESS = 0;
const BAD_DESCRIPTOR = 8;
const NOT_SUPPORTED = 52;
const STANDARD_ERROR = 2;
const REALTIME = 0;

/** Characters of the engine's last words that are kept. */
const LAST_WORDS = 4096;

/** The imports of a module, and where it says where its memory is. */
export interface System {
  readonly imports: WasmImports;
  readonly attach: (memory: WasmMemory) => void;
  /** What it wrote to its standard error, which Go does before it ends itself. */
  readonly lastWords: () => string;
}

/**
 * Makes the system for one instance of the module whose imports are named.
 * `variables` are what it finds in its environment.
 */
export function createSystem(names: readonly string[], variables: ReadonlyMap<string, string>): System {
  let memory: WasmMemory | undefined;
  let view = new DataView(new ArrayBuffer(0));
  let words = '';
  const environment = [...variables].map(([name, value]) => Buffer.from(`${name}=${value}\0`));

  // growing the memory leaves the old view without bytes
  function at(): DataView {
    if (memory !== undefined && view.buffer !== memory.buffer) view = new DataView(memory.buffer);
    return view;
  }
  function bytes(start: number, length: number): Uint8Array {
    return new Uint8Array(at().buffer, start >>> 0, length >>> 0);
  }
  function twoNumbers(first: number, second: number, values: readonly [number, number]): number {
    at().setUint32(first, values[0], true);
    at().setUint32(second, values[1], true);
    return SUCCESS;
  }

  const known = new Map<string, (...args: number[]) => number>([
    ['args_sizes_get', (count = 0, size = 0) => twoNumbers(count, size, [0, 0])],
    ['args_get', () => SUCCESS],
    ['environ_sizes_get', (count = 0, size = 0) => twoNumbers(count, size, [environment.length, Buffer.concat(environment).length])],
    [
      'environ_get',
      (pointers = 0, start = 0) => {
        let offset = start;
        for (const [i, entry] of environment.entries()) {
          at().setUint32(pointers + 4 * i, offset, true);
          bytes(offset, entry.length).set(entry);
          offset += entry.length;
        }
        return SUCCESS;
      },
    ],
    [
      'random_get',
      (start = 0, length = 0) => {
        randomFillSync(bytes(start, length));
        return SUCCESS;
      },
    ],
    ['sched_yield', () => SUCCESS],
    ['fd_prestat_get', () => BAD_DESCRIPTOR],
    [
      'fd_write',
      (descriptor = 0, vectors = 0, count = 0, written = 0) => {
        if (descriptor !== STANDARD_ERROR) return BAD_DESCRIPTOR;
        let total = 0;
        for (let i = 0; i < count; i++) {
          const length = at().getUint32(vectors + 8 * i + 4, true);
          if (words.length < LAST_WORDS) words += Buffer.from(bytes(at().getUint32(vectors + 8 * i, true), length)).toString('latin1');
          total += length;
        }
        words = words.slice(0, LAST_WORDS);
        at().setUint32(written, total, true);
        return SUCCESS;
      },
    ],
    [
      'proc_exit',
      (code = 0) => {
        throw new Error(`the engine ended itself with code ${code}`);
      },
    ],
    ['poll_oneoff', (subscription = 0, event = 0, _count = 0, events = 0) => sleep(at(), subscription, event, events)],
  ]);

  const clock = (id: number, _precision: bigint, result: number): number => {
    const nanoseconds = id === REALTIME ? BigInt(Date.now()) * 1_000_000n : process.hrtime.bigint();
    at().setBigUint64(result, nanoseconds, true);
    return SUCCESS;
  };
  const refused = (): number => NOT_SUPPORTED;
  const imports = Object.fromEntries(names.map((name) => [name, name === 'clock_time_get' ? clock : (known.get(name) ?? refused)]));
  return {
    imports,
    attach(exported) {
      memory = exported;
    },
    lastWords: () => words,
  };
}

/** Go waits with one subscription to a clock; what else it may subscribe to does not exist here. */
function sleep(view: DataView, subscription: number, event: number, events: number): number {
  const CLOCK = 0;
  if (view.getUint8(subscription + 8) !== CLOCK) return NOT_SUPPORTED;
  const milliseconds = Number(view.getBigUint64(subscription + 24, true)) / 1e6;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
  view.setBigUint64(event, view.getBigUint64(subscription, true), true);
  view.setUint16(event + 8, SUCCESS, true);
  view.setUint8(event + 10, CLOCK);
  view.setUint32(events, 1, true);
  return SUCCESS;
}
