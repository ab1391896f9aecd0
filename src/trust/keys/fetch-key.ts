import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';

/** The text of a public key at a URL. No redirects. Throws `key-unavailable`, `key-refused`, `limit`; `name` stands for the URL in messages. */
export async function fetchKey(url: string, name: string, signal: AbortSignal | undefined): Promise<string> {
  let answer: Response;
  try {
    answer = await fetch(url, { redirect: 'error', headers: { Accept: '*/*' }, ...(signal === undefined ? {} : { signal }) });
  } catch (cause) {
    throw new AssayError('key-unavailable', `cannot fetch ${name}: ${reasonOf(cause)}`, { cause });
  }
  if (!answer.ok || answer.body === null) {
    await answer.body?.cancel();
    const gone = answer.status >= 500 || answer.status === 429;
    throw new AssayError(gone ? 'key-unavailable' : 'key-refused', `${name} answered ${answer.status}`);
  }
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const part of answer.body as unknown as AsyncIterable<Uint8Array>) {
      size += part.length;
      if (size > LIMITS.keyTextBytes) throw new AssayError('limit', `${name} is longer than ${LIMITS.keyTextBytes} bytes`);
      parts.push(part);
    }
  } catch (cause) {
    if (cause instanceof AssayError) throw cause;
    throw new AssayError('key-unavailable', `cannot fetch ${name}: ${reasonOf(cause)}`, { cause });
  }
  return Buffer.concat(parts).toString('utf8');
}

// The platform's client says "fetch failed" and keeps the reason in the cause.
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && cause.message !== '' ? cause.message : String(error instanceof Error ? error.message : error);
}
