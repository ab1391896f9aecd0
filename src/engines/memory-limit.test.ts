import { expect, test } from 'vitest';
import { PAGE_BYTES, withMaximumMemory } from './memory-limit.ts';
import { type WasmMemory, webAssembly } from './webassembly.ts';

const HEAD = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
/** A custom section, whose size takes two bytes, before the memory and an export of it after. */
const CUSTOM = [0, 0x82, 0x00, 1, 0x78];
const EXPORT = [7, 10, 1, 6, ...Buffer.from('memory'), 2, 0];

function module(...memory: readonly number[]): Uint8Array {
  return Uint8Array.of(...HEAD, ...CUSTOM, ...memory, ...EXPORT);
}

async function memoryOf(bytes: Uint8Array): Promise<WasmMemory & { readonly grow: (pages: number) => number }> {
  const instance = new webAssembly.Instance(await webAssembly.compile(bytes), {});
  return Reflect.get(instance.exports, 'memory');
}

test('a memory without a maximum gets one, and ends there', async () => {
  const memory = await memoryOf(withMaximumMemory(module(5, 3, 1, 0, 2), 300 * PAGE_BYTES));
  expect(memory.buffer.byteLength).toBe(2 * PAGE_BYTES);
  memory.grow(298);
  expect(() => memory.grow(1)).toThrow();
});

test('a maximum that was there is replaced', async () => {
  const memory = await memoryOf(withMaximumMemory(module(5, 5, 1, 1, 1, 0xff, 0x7f), 3 * PAGE_BYTES));
  memory.grow(2);
  expect(() => memory.grow(1)).toThrow();
});

test('part of a page is no page', async () => {
  const memory = await memoryOf(withMaximumMemory(module(5, 3, 1, 0, 1), 2 * PAGE_BYTES - 1));
  expect(() => memory.grow(1)).toThrow();
});

test.each([
  ['no module', Uint8Array.of(1, 2, 3)],
  ['nothing', new Uint8Array()],
  ['no memory', module()],
  ['a memory that is shared', module(5, 4, 1, 3, 1, 2)],
  ['two memories', module(5, 5, 2, 0, 1, 0, 1)],
  ['a memory of more than is allowed', module(5, 3, 1, 0, 101)],
  ['a size that does not end', Uint8Array.of(...HEAD, 0, 0xff, 0xff, 0xff, 0xff, 0xff)],
])('%s is refused', (_name, bytes) => {
  expect(() => withMaximumMemory(bytes, 100 * PAGE_BYTES)).toThrow(expect.objectContaining({ code: 'internal' }));
});
