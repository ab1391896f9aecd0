import type { Bytes } from '../../../bytes/index.ts';
import { LIMITS } from '../../../limits.ts';
import type { OpenAnswer } from './transport.ts';

/** What happens around an answer that comes in pieces. */
export interface StreamEvents {
  /** Nothing came for `LIMITS.requestTimeoutMs`: has to end the connection. */
  readonly late: () => void;
  /** What to throw in the place of an error of the platform's. */
  readonly failed: (error: unknown) => Error;
  /** Nothing more is read. */
  readonly ended: () => void;
}

/** The body of an answer, piece by piece. Time counts only while a piece is waited for: how slow its reader is, is the reader's own affair. */
export async function* receive(open: OpenAnswer, events: StreamEvents): AsyncGenerator<Bytes> {
  const pieces = open.body[Symbol.asyncIterator]();
  let done = false;
  try {
    for (;;) {
      const timer = setTimeout(events.late, LIMITS.requestTimeoutMs);
      const step = await pieces.next().finally(() => clearTimeout(timer));
      done = step.done === true;
      if (step.done === true) return;
      yield step.value;
    }
  } catch (error) {
    done = true;
    throw events.failed(error);
  } finally {
    events.ended();
    if (!done) open.discard();
  }
}
