import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';

/** What the keystrokes so far amount to. */
export type Typed =
  | { readonly kind: 'more' }
  | { readonly kind: 'line'; readonly bytes: Buffer }
  | { readonly kind: 'end' }
  | { readonly kind: 'cancelled' };

/** A line that is being typed. What was typed ahead stays for the next line. */
export interface Keystrokes {
  /** Takes bytes of a terminal, and says what stands there now; with nothing to take, what was typed ahead. Throws `limit`. */
  readonly take: (bytes: Uint8Array) => Typed;
}

const CTRL_C = 0x03;
const CTRL_D = 0x04;
const BACKSPACE = 0x08;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const CTRL_U = 0x15;
const CTRL_W = 0x17;
const DELETE = 0x7f;

/** An empty line. In raw mode the terminal edits nothing by itself: Backspace, Ctrl-U, Ctrl-W, Ctrl-C and Ctrl-D are done here. */
export function emptyLine(): Keystrokes {
  let line: number[] = [];
  let ahead = Buffer.alloc(0);
  const take = (bytes: Uint8Array): Typed => {
    const all = Buffer.concat([ahead, bytes]);
    ahead.fill(0);
    ahead = Buffer.alloc(0);
    try {
      for (const [at, byte] of all.entries()) {
        const typed = press(byte);
        if (typed === undefined) continue;
        // A terminal may send both for one press of the key.
        const next = byte === RETURN && all[at + 1] === LINE_FEED ? at + 2 : at + 1;
        if (typed.kind !== 'cancelled') ahead = Buffer.from(all.subarray(next));
        return typed;
      }
      return { kind: 'more' };
    } finally {
      all.fill(0);
    }
  };
  const press = (byte: number): Typed | undefined => {
    if (byte === CTRL_C) {
      line = [];
      return { kind: 'cancelled' };
    }
    if (byte === LINE_FEED || byte === RETURN || byte === CTRL_D) {
      const typed: Typed = byte === CTRL_D && line.length === 0 ? { kind: 'end' } : { kind: 'line', bytes: Buffer.from(line) };
      line.fill(0);
      line = [];
      return typed;
    }
    if (byte === BACKSPACE || byte === DELETE) dropCharacter();
    else if (byte === CTRL_U || byte === CTRL_W) line = [];
    else line.push(byte);
    if (line.length > LIMITS.passwordBytes) throw new AssayError('limit', `what is typed is longer than ${LIMITS.passwordBytes} bytes`);
    return undefined;
  };
  // A character of UTF-8 is its first byte and what continues it (0b10xxxxxx).
  const dropCharacter = (): void => {
    while (line.length > 0 && ((line.pop() ?? 0) & 0xc0) === 0x80);
  };
  return { take };
}
