import { AssayError, messageOf } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import { abortError } from '../../abort.ts';
import { receive } from './answer-stream.ts';
import { createEnding, type Ending } from './ending.ts';
import { bodySize, type HttpAnswer, type HttpRequest, printable } from './message.ts';
import type { OpenAnswer, Transport } from './transport.ts';

/**
 * One try of one request: sends it and reads the whole answer within `LIMITS.requestTimeoutMs`.
 *
 * Throws `registry-timeout`, `registry-unreachable`, `content-truncated` (the body broke off), `limit` (a successful
 * answer's body is larger than `maxBytes`; at most one piece more than that is read), `cancelled`.
 */
export async function exchange(transport: Transport, request: HttpRequest): Promise<HttpAnswer> {
  const { signal } = request;
  if (signal?.aborted) throw abortError(signal, printable(request.url));
  const ending = createEnding();
  const stop = (): void => ending.end(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  const expected = Math.max(request.expectBytes ?? 0, bodySize(request.body));
  let timer = setTimeout(() => ending.end(tooLate(expected)), timeFor(expected));
  let began = false;
  let handedOn = false;
  try {
    const open = await transport.dispatch(request, ending);
    began = true;
    if (request.streamed === true && isSuccess(open)) {
      handedOn = true;
      return handOn(open, request, ending, stop);
    }
    const stated = Number(open.headers['content-length'] ?? 0);
    if (stated > expected && stated <= request.maxBytes) {
      clearTimeout(timer);
      timer = setTimeout(() => ending.end(tooLate(stated)), timeFor(stated));
    }
    return await readAnswer(open, request);
  } catch (error) {
    if (error instanceof AssayError && error !== signal?.reason) throw error;
    if (signal?.aborted) throw abortError(signal, `${request.method} ${printable(request.url)}`);
    throw failure(error, request, began);
  } finally {
    clearTimeout(timer);
    if (!handedOn) signal?.removeEventListener('abort', stop);
  }
}

function handOn(open: OpenAnswer, request: HttpRequest, ending: Ending, stop: () => void): HttpAnswer {
  const { signal, url } = request;
  const stream = receive(open, {
    late: () => ending.end(new DOMException(`nothing came for ${LIMITS.requestTimeoutMs / 1000} s`, 'TimeoutError')),
    failed: (error) => {
      if (error instanceof AssayError && error !== signal?.reason) return error;
      return signal?.aborted ? abortError(signal, `${request.method} ${printable(url)}`) : failure(error, request, true);
    },
    ended: () => signal?.removeEventListener('abort', stop),
  });
  return { status: open.statusCode, headers: headersOf(open.headers), body: Buffer.alloc(0), stream, asked: url, url };
}

function isSuccess(open: OpenAnswer): boolean {
  return open.statusCode >= 200 && open.statusCode < 300;
}

/** Milliseconds for one try that transfers so many bytes. */
function timeFor(bytes: number): number {
  return LIMITS.requestTimeoutMs + (bytes / LIMITS.slowestBytesPerSecond) * 1000;
}

function tooLate(bytes: number): DOMException {
  return new DOMException(`no complete answer within ${Math.round(timeFor(bytes) / 1000)} s`, 'TimeoutError');
}

async function readAnswer(open: OpenAnswer, request: HttpRequest): Promise<HttpAnswer> {
  const headers = headersOf(open.headers);
  const ok = isSuccess(open);
  const most = ok ? request.maxBytes : LIMITS.refusalBytes;
  const stated = Number(headers.get('content-length') ?? Number.NaN);
  if (ok && request.method !== 'HEAD' && stated > most) {
    open.discard();
    throw tooLarge(request, stated);
  }
  const parts = await open.collect(most);
  const size = parts.reduce((n, part) => n + part.length, 0);
  if (size > most && ok) throw tooLarge(request, undefined);
  const [first] = parts;
  const body = parts.length === 1 && first instanceof Buffer ? first : Buffer.concat(parts);
  // Of a refusal that is too long it is enough to have its beginning.
  return { status: open.statusCode, headers, body: body.subarray(0, most), asked: request.url, url: request.url };
}

function headersOf(raw: OpenAnswer['headers']): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(raw)) {
    if (value !== undefined) headers.set(name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value);
  }
  return headers;
}

function tooLarge(request: HttpRequest, stated: number | undefined): AssayError {
  const size = stated === undefined ? `more than ${request.maxBytes}` : `${stated}`;
  return new AssayError('limit', `${request.method} ${printable(request.url)}: the answer has ${size} bytes (at most ${request.maxBytes})`);
}

const BROKEN: ReadonlySet<string> = new Set([
  'UND_ERR_SOCKET',
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_ABORTED',
]);

function failure(error: unknown, request: HttpRequest, began: boolean): AssayError {
  const where = `${request.method} ${printable(request.url)}`;
  const code = codeOf(error);
  if (error instanceof Error && error.name === 'TimeoutError') {
    return new AssayError('registry-timeout', `${where}: ${error.message}`, { cause: error });
  }
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') {
    return new AssayError('registry-timeout', `${where}: no connection in time`, { cause: error });
  }
  if (began && (BROKEN.has(code) || code.startsWith('HPE_'))) {
    return new AssayError('content-truncated', `${where}: the answer broke off`, { cause: error });
  }
  const hint = hintOf(code);
  return new AssayError('registry-unreachable', `${where}: ${reasonOf(error, code)}`, {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}

// A failed connection to a name with several addresses is one error with many inside and no message.
function codeOf(error: unknown): string {
  const e = error as { code?: unknown; cause?: { code?: unknown } };
  const code = e?.code ?? e?.cause?.code;
  return typeof code === 'string' ? code : '';
}

function reasonOf(error: unknown, code: string): string {
  if (code === 'ECONNREFUSED') return 'the connection was refused';
  if (code === 'ENOTFOUND') return 'the host name is not known';
  const message = messageOf(error);
  return message === '' ? code : message;
}

function hintOf(code: string): string | undefined {
  if (/SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|DEPTH_ZERO/.test(code))
    return 'name the authority of the registry with --registry-cacert, or SSL_CERT_FILE';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'the certificate is for another host: check the name, or give --registry-server-name';
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'EPROTO')
    return 'if the registry speaks plain HTTP, allow it with --allow-http-registry';
  return undefined;
}

/** Whether the same request may succeed at once: the connection broke, or nothing came in time. */
export function isPassing(error: AssayError): boolean {
  if (error.code === 'content-truncated' || error.code === 'registry-timeout') return true;
  return (
    error.code === 'registry-unreachable' &&
    (BROKEN.has(codeOf(error.cause)) || ['EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH'].includes(codeOf(error.cause)))
  );
}
