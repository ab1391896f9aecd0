import { type Answer, type Asked, answer } from '../registry/answer.ts';

/** A success with a JSON body. */
export function jsonReply(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return answer(status, { 'Content-Type': 'application/json', ...headers }, JSON.stringify(value));
}

/** A success with a text body. */
export function textReply(text: string, type: string, status = 200): Answer {
  return answer(status, { 'Content-Type': type }, text);
}

/** Codes of gRPC by the status that its gateway answers with. */
const GRPC: ReadonlyMap<number, number> = new Map([
  [400, 3],
  [401, 16],
  [403, 7],
  [404, 5],
  [405, 12],
  [409, 6],
  [429, 8],
  [500, 13],
  [501, 12],
  [503, 14],
]);

/** A refusal that becomes an answer: in the form of a gRPC gateway (Fulcio, Rekor v2), of Rekor v1, or of OAuth (RFC 6749 §5.2). */
export class Refusal extends Error {
  readonly status: number;
  readonly form: 'grpc' | 'rekor' | 'oauth';
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, form: Refusal['form'] = 'grpc', headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.form = form;
    this.headers = headers;
  }
}

/** The answer that a refusal is. */
export function refusalReply({ status, message, form, headers }: Refusal): Answer {
  const bodies = {
    grpc: { code: GRPC.get(status) ?? 2, message, details: [] },
    rekor: { code: status, message },
    oauth: { error: message.split(': ')[0], error_description: message },
  };
  return jsonReply(bodies[form], status, headers);
}

/** The JSON object that was sent; refuses what is none, in the words of Go's parser. */
export function bodyOf(asked: Asked, form: Refusal['form'] = 'grpc'): Record<string, unknown> {
  const text = asked.body.toString();
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Answered below.
  }
  throw new Refusal(400, `invalid character '${text[0] ?? ''}' looking for beginning of value`, form);
}

/** A member of a value, by path; `undefined` where there is none. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found = value;
  for (const step of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = (found as Record<string | number, unknown>)[step];
  }
  return found;
}

/** A text at a path; empty where there is none. */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : '';
}

/** The bytes of a base64 text at a path; empty where there is none. */
export function bytesAt(value: unknown, ...path: readonly (string | number)[]): Buffer {
  return Buffer.from(textAt(value, ...path), 'base64');
}
