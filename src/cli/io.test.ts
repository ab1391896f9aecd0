import { Writable } from 'node:stream';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { processIo } from './io.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** Ends a process whose stdout fails with `code`, after something was written; answers how it ended. */
async function endedAfter(
  code: string | undefined,
  exitCode: number,
): Promise<{ readonly exits: readonly unknown[]; readonly said: string }> {
  const stdout = new Writable({
    write: (_chunk, _encoding, done) => done(code === undefined ? null : Object.assign(new Error(code), { code })),
  });
  const said: string[] = [];
  const stderr = new Writable({
    write(chunk: Buffer, _encoding, done) {
      said.push(chunk.toString());
      done();
    },
  });
  vi.spyOn(process, 'stdout', 'get').mockReturnValue(stdout as never);
  vi.spyOn(process, 'stderr', 'get').mockReturnValue(stderr as never);
  const exits: unknown[] = [];
  await new Promise<void>((resolve) => {
    vi.spyOn(process, 'exit').mockImplementation(((with_: number) => {
      exits.push(with_);
      resolve();
    }) as never);
    const io = processIo();
    io.stdout.write('the result');
    io.end(exitCode);
  });
  return { exits, said: said.join('') };
}

describe('the end of a process', () => {
  test('what was written is out', async () => {
    expect(await endedAfter(undefined, 0)).toEqual({ exits: [0], said: '' });
  });

  test.each([
    [0, 3],
    [1, 1],
    [3, 3],
  ])('with %i on a full disk is %i, and said', async (code, ends) => {
    const { exits, said } = await endedAfter('ENOSPC', code);
    expect(exits[0]).toBe(ends);
    expect(said).toContain('file-unwritable');
    expect(said).toContain('disk is full');
  });

  test('a reader that has gone has what it wanted', async () => {
    const { exits, said } = await endedAfter('EPIPE', 0);
    expect(exits[0]).toBe(0);
    expect(said).toBe('');
  });
});
