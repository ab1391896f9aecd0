import type { ClientRequest } from 'node:http';
import { AssayError } from '../../../errors.ts';
import type { StreamBody } from './message.ts';

/**
 * Sends a body piece by piece, as fast as the connection takes it. Ends early, and lets the connection go, when the answer comes first: a registry that
 * refuses does not read to the end. Throws what the source throws, and `internal` when it gives another number of bytes than it said.
 */
export async function sendPieces(request: ClientRequest, body: StreamBody, answered: AbortSignal): Promise<void> {
  let sent = 0;
  for await (const piece of body.open()) {
    if (answered.aborted || request.destroyed) return;
    sent += piece.length;
    if (sent > body.size) throw wrongSize(body, sent);
    if (!request.write(piece)) await drained(request, answered);
  }
  if (answered.aborted || request.destroyed) return;
  if (sent < body.size) throw wrongSize(body, sent);
  request.end();
}

function wrongSize(body: StreamBody, sent: number): AssayError {
  return new AssayError('internal', `a body of ${body.size} bytes has ${sent}`);
}

function drained(request: ClientRequest, answered: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    function go(): void {
      for (const name of ['drain', 'close', 'error']) request.off(name, go);
      answered.removeEventListener('abort', go);
      resolve();
    }
    for (const name of ['drain', 'close', 'error']) request.on(name, go);
    answered.addEventListener('abort', go, { once: true });
  });
}
