/** The engines' module, read, bounded and compiled once per process: workers share it, so that a new one starts without compiling. */
import { readFile } from 'node:fs/promises';
import { AssayError, messageOf } from '../errors.ts';
import { enginesMissing } from './location.ts';
import { withMaximumMemory } from './memory-limit.ts';
import { type WasmModule, webAssembly } from './webassembly.ts';

const modules = new Map<string, Promise<WasmModule>>();

/** The module in a file, its memory bounded. Throws `engine-missing` when the file is not there, `internal` when it is no such module. */
export function compiledModule(path: string, memoryBytes: number): Promise<WasmModule> {
  const key = `${memoryBytes} ${path}`;
  const known = modules.get(key);
  if (known !== undefined) return known;
  const fresh = compile(path, memoryBytes);
  modules.set(key, fresh);
  fresh.catch(() => modules.delete(key));
  return fresh;
}

async function compile(path: string, memoryBytes: number): Promise<WasmModule> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw enginesMissing(path);
    throw new AssayError('engine-missing', `the engines of CUE and Rego cannot be read: ${messageOf(error)}`);
  }
  try {
    return await webAssembly.compile(withMaximumMemory(bytes, memoryBytes));
  } catch (error) {
    throw new AssayError('internal', `the engines of CUE and Rego do not load: ${messageOf(error)}`, { cause: error });
  }
}
