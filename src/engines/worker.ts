/** What runs in a worker thread: one engine, one request after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../errors.ts';
import { startCelEngine } from './cel-engine.ts';
import type { Engine, WorkerAnswer, WorkerRequest, WorkerStart } from './messages.ts';
import { EngineEnd, startWasmEngine } from './wasm-engine.ts';

const port = parentPort;
if (port === null) throw new Error('this file runs in a worker thread');

const engine = attempt(() => start(workerData as WorkerStart));
if (engine !== undefined) {
  port.on('message', (request: WorkerRequest) => {
    const answer = attempt(() => answerTo(engine, request));
    if (answer !== undefined) say(answer);
  });
  say({ said: 'ready' });
}

function start({ engines }: WorkerStart): Engine {
  return engines === undefined ? startCelEngine() : startWasmEngine(engines.module, engines.softMemoryBytes);
}

function answerTo(engine: Engine, request: WorkerRequest): WorkerAnswer | undefined {
  switch (request.do) {
    case 'prepare': {
      const fault = engine.prepare(request.program, request.text);
      return fault === undefined ? { said: 'prepared' } : { said: 'fault', fault };
    }
    case 'evaluate':
      return engine.evaluate(request.program, request.input, request.outputBytes);
    case 'release':
      engine.release(request.program);
      return undefined;
  }
}

/** Whatever an engine throws means that it is of no more use. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    say({ said: 'broken', reason: reasonOf(error) });
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof EngineEnd && error.outOfMemory ? 'out of memory' : messageOf(error);
}

function say(answer: WorkerAnswer): void {
  port?.postMessage(answer);
}
