import { AssayError, type ErrorCode } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { type HttpAnswer, type HttpRequest, printable, printableText } from './http/message.ts';
import { isRedirect } from './http/redirect.ts';

/**
 * The error that an answer is which is no success (CONTRACT, "Which answers of a registry mean what"), with the method,
 * the address without secrets, the status and what the registry says about it (distribution spec, "Error Codes"). `not-found` is what
 * was asked for: that there is no place to write to says nothing of it.
 */
export function refusal(answer: HttpAnswer, request: Pick<HttpRequest, 'method'>): AssayError {
  const said = statement(answer);
  const message = `${request.method} ${printable(answer.url)}: status ${answer.status}${said === '' ? '' : ` (${said})`}`;
  const writes = request.method === 'PUT' || request.method === 'POST' || request.method === 'PATCH';
  const code = writes && answer.status === 404 ? 'registry-error' : codeOf(answer);
  const hint = (writes ? hintForWriter(answer.status) : undefined) ?? HINTS.get(code);
  const retryable = answer.status === 429 || answer.status >= 500;
  return new AssayError(code, message, { retryable, ...(hint === undefined ? {} : { hint }) });
}

const HINTS: ReadonlyMap<ErrorCode, string> = new Map<ErrorCode, string>([
  ['registry-unauthorized', 'log in to the registry (assay login), or check the name: many registries answer so for what does not exist'],
  ['registry-forbidden', 'check the name and whether the account may read it: some registries answer so for what does not exist'],
  ['registry-throttled', 'wait, or log in: registries allow more to those they know'],
]);

function hintForWriter(status: number): string | undefined {
  if (status === 403) return 'check the name, whether the account may write there, and whether its quota is used up';
  return status === 404 ? 'check the name: some registries make no repository by themselves' : undefined;
}

function codeOf(answer: HttpAnswer): ErrorCode {
  const { status } = answer;
  if (status === 401) return 'registry-unauthorized';
  if (status === 403) return 'registry-forbidden';
  if (status === 404) return 'not-found';
  if (status === 408) return 'registry-timeout';
  if (status === 429) return 'registry-throttled';
  if (isRedirect(answer)) return 'redirect-refused';
  return status < 400 ? 'registry-protocol' : 'registry-error';
}

// `{"errors":[{"code":"DENIED","message":"…"}]}`; anything else is not repeated.
function statement(answer: HttpAnswer): string {
  try {
    const { errors } = JSON.parse(answer.body.toString('utf8')) as { errors?: unknown };
    const first = (Array.isArray(errors) ? errors[0] : undefined) as { code?: unknown; message?: unknown } | undefined;
    const parts = [first?.code, first?.message].filter((p) => typeof p === 'string' && p !== '');
    return printableText(parts.join(': '), LIMITS.foreignMessageLength);
  } catch {
    return '';
  }
}
