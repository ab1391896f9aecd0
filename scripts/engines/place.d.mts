/** The programs as they were last built from the sources as they are now; paths. */
export function builtEngines(
  wanted: readonly ('wasm' | 'native')[],
): { readonly wasm: string; readonly native: string; readonly versions: Readonly<Record<string, string>> } | undefined;
