import { expect, test } from 'vitest';
import { createSystem } from './system.ts';

const NAMES = [
  'args_sizes_get',
  'clock_time_get',
  'environ_get',
  'environ_sizes_get',
  'fd_write',
  'path_open',
  'fd_read',
  'poll_oneoff',
  'proc_exit',
  'random_get',
  'sock_accept',
  'fd_prestat_get',
];

function system(): {
  readonly call: (name: string, ...args: readonly (number | bigint)[]) => unknown;
  readonly memory: DataView;
  readonly bytes: Buffer;
  readonly lastWords: () => string;
} {
  const buffer = new ArrayBuffer(4096);
  const { imports, attach, lastWords } = createSystem(
    NAMES,
    new Map([
      ['A', '1'],
      ['LONG', 'two words'],
    ]),
  );
  attach({ buffer });
  return {
    call: (name, ...args) => (imports[name] as (...all: readonly (number | bigint)[]) => unknown)(...args),
    memory: new DataView(buffer),
    bytes: Buffer.from(buffer),
    lastWords,
  };
}

test('files, folders and sockets are not there', () => {
  const { call } = system();
  expect([call('path_open', 3, 0, 0, 0, 0, 0n, 0n, 0, 0), call('sock_accept', 3, 0, 0), call('fd_read', 0, 0, 0, 0)]).toEqual([52, 52, 52]);
  expect([call('fd_prestat_get', 3, 0), call('fd_write', 1, 0, 0, 0)]).toEqual([8, 8]);
});

test('there are no arguments, and only the variables that were given', () => {
  const { call, memory, bytes } = system();
  expect([call('args_sizes_get', 0, 4), memory.getUint32(0, true), memory.getUint32(4, true)]).toEqual([0, 0, 0]);
  expect([call('environ_sizes_get', 0, 4), memory.getUint32(0, true), memory.getUint32(4, true)]).toEqual([0, 2, 19]);
  call('environ_get', 0, 100);
  expect([memory.getUint32(0, true), memory.getUint32(4, true), bytes.toString('latin1', 100, 119)]).toEqual([
    100,
    104,
    'A=1\0LONG=two words\0',
  ]);
});

test('the clock goes and chance is chance', () => {
  const { call, memory, bytes } = system();
  call('clock_time_get', 0, 0n, 0);
  expect(Math.abs(Number(memory.getBigUint64(0, true) / 1_000_000n) - Date.now())).toBeLessThan(10_000);
  call('random_get', 64, 32);
  expect(bytes.subarray(64, 96).equals(Buffer.alloc(32))).toBe(false);
});

test('waiting is for a clock only', () => {
  const { call, memory } = system();
  memory.setBigUint64(0, 77n, true);
  memory.setBigUint64(24, 1_000n, true);
  expect([call('poll_oneoff', 0, 100, 1, 200), memory.getBigUint64(100, true), memory.getUint32(200, true)]).toEqual([0, 77n, 1]);
  memory.setUint8(8, 1);
  expect(call('poll_oneoff', 0, 100, 1, 200)).toBe(52);
});

test('the last words are kept until the end, so many of them', () => {
  const { call, memory, bytes, lastWords } = system();
  bytes.write('fatal error: out of memory\n', 100, 'latin1');
  memory.setUint32(0, 100, true);
  memory.setUint32(4, 27, true);
  for (let i = 0; i < 1000; i++) expect([call('fd_write', 2, 0, 1, 8), memory.getUint32(8, true)]).toEqual([0, 27]);
  expect(() => call('proc_exit', 2)).toThrow('code 2');
  expect(lastWords()).toMatch(/^fatal error: out of memory\n/);
  expect(lastWords()).toHaveLength(4096);
});
