import type { IncomingMessage } from 'node:http';

/** An answer of the test registry before it is sent; a fault may bend it. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A request of which the body was read. */
export interface Asked {
  readonly method: string;
  /** Path and query as they were sent. */
  readonly target: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

const CODES: ReadonlyMap<number, string> = new Map([
  [400, 'UNSUPPORTED'],
  [401, 'UNAUTHORIZED'],
  [403, 'DENIED'],
  [404, 'NAME_UNKNOWN'],
  [405, 'UNSUPPORTED'],
  [429, 'TOOMANYREQUESTS'],
]);

/** A success. */
export function answer(status: number, headers: Readonly<Record<string, string>> = {}, body: Buffer | string = ''): Answer {
  return { status, headers, body: Buffer.from(body) };
}

/** A success with a JSON body. */
export function json(value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return answer(200, { 'Content-Type': 'application/json', ...headers }, JSON.stringify(value));
}

/** A refusal as the distribution spec has it ("Error Codes"). */
export function refuse(
  status: number,
  code = CODES.get(status) ?? 'UNKNOWN',
  message = 'refused',
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return answer(status, { 'Content-Type': 'application/json', ...headers }, JSON.stringify({ errors: [{ code, message }] }));
}

/** The whole body of a request. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
