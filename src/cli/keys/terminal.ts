import { closeSync, openSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { AssayError } from '../../errors.ts';
import type { Terminal } from '../io.ts';
import { emptyLine, type Keystrokes } from './keystrokes.ts';

/** A terminal while a question is open. */
interface OpenTerminal {
  readonly stream: ReadStream;
  readonly write: (text: string) => void;
  readonly close: () => void;
}

/** The terminal that the process belongs to, even where stdin is a pipe; else stdin, if it is one. `undefined` where there is none. */
export function openTerminal(): Terminal | undefined {
  const probe = tryOpen();
  if (probe === undefined) return undefined;
  probe.close();
  const keystrokes = emptyLine();
  return {
    secret: (question, signal) => ask(question, keystrokes, true, signal),
    line: async (question, signal) => (await ask(question, keystrokes, false, signal))?.toString('utf8'),
  };
}

function tryOpen(): OpenTerminal | undefined {
  try {
    const input = openSync('/dev/tty', 'r');
    const output = openSync('/dev/tty', 'w');
    const stream = new ReadStream(input);
    return {
      stream,
      write: (text) => void writeSync(output, text),
      close() {
        stream.destroy();
        closeSync(output);
      },
    };
  } catch {
    // No such device, or the process belongs to no terminal.
  }
  if (!process.stdin.isTTY) return undefined;
  return {
    stream: process.stdin,
    write: (text) => void process.stderr.write(text),
    close: () => void process.stdin.pause(),
  };
}

async function ask(
  question: string,
  keystrokes: Keystrokes,
  hidden: boolean,
  signal: AbortSignal | undefined,
): Promise<Buffer | undefined> {
  const terminal = tryOpen();
  if (terminal === undefined) throw new AssayError('cancelled', 'the terminal has gone');
  const { stream, write, close } = terminal;
  const release = hidden ? hide(stream) : (): void => {};
  try {
    write(question);
    return await lineOf(stream, keystrokes, signal);
  } finally {
    release();
    if (hidden) write('\n');
    close();
  }
}

/** Switches the echo off, and answers what switches it on again; so does whatever ends the process before. */
function hide(stream: ReadStream): () => void {
  const restore = (): void => {
    if (!stream.destroyed) stream.setRawMode(false);
  };
  const killed = (signal: NodeJS.Signals): void => {
    release();
    process.kill(process.pid, signal);
  };
  const release = (): void => {
    process.off('exit', restore);
    for (const name of SIGNALS) process.off(name, killed);
    restore();
  };
  process.on('exit', restore);
  for (const name of SIGNALS) process.on(name, killed);
  stream.setRawMode(true);
  return release;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

function lineOf(stream: ReadStream, keystrokes: Keystrokes, signal: AbortSignal | undefined): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const finish = (end: () => void): void => {
      stream.off('data', taken).off('end', ended).off('error', failed);
      signal?.removeEventListener('abort', aborted);
      stream.pause();
      end();
    };
    const taken = (bytes: Uint8Array): void => {
      try {
        const typed = keystrokes.take(bytes);
        if (typed.kind === 'line') finish(() => resolve(typed.bytes));
        else if (typed.kind === 'end') ended();
        else if (typed.kind === 'cancelled') failed(new AssayError('cancelled', 'cancelled at the terminal'));
      } catch (error) {
        failed(error);
      }
    };
    const ended = (): void => finish(() => resolve(undefined));
    const failed = (error: unknown): void => finish(() => reject(error));
    const aborted = (): void => failed(signal?.reason);
    if (signal?.aborted === true) return aborted();
    signal?.addEventListener('abort', aborted);
    stream.on('data', taken).on('end', ended).on('error', failed);
    taken(new Uint8Array(0));
  });
}
