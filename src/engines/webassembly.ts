/** The part of WebAssembly's JavaScript interface that is used here (W3C, "WebAssembly JavaScript Interface"): Node's types have little of it. */

/** A module's memory; `buffer` is another one after it has grown. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

/** A compiled module, which threads may share. */
export type WasmModule = object & { readonly __wasmModule?: never };

/** Functions that a module imports, by name. */
export type WasmImports = Readonly<Record<string, (...args: never[]) => unknown>>;

interface WebAssemblyInterface {
  readonly compile: (bytes: Uint8Array) => Promise<WasmModule>;
  readonly Instance: new (module: WasmModule, imports: Readonly<Record<string, WasmImports>>) => { readonly exports: object };
  readonly Module: { readonly imports: (module: WasmModule) => readonly { readonly module: string; readonly name: string }[] };
}

/** The interface itself. */
export const webAssembly = Reflect.get(globalThis, 'WebAssembly') as WebAssemblyInterface;
