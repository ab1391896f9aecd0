import { AssayError, messageOf } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { parseUrl, printable } from '../../oci/registry/http/message.ts';

/** A small text over HTTPS, such as a public key. No redirects to another scheme. Its query is shown nowhere. Throws `usage-invalid`, `registry-unreachable`, `registry-error`, `limit`. */
export async function fetchText(address: string, signal: AbortSignal): Promise<string> {
  const parsed = parseUrl(address);
  if (parsed === undefined || parsed.username !== '' || parsed.password !== '')
    throw new AssayError('usage-invalid', 'the address of a file cannot be read, or has a user or password in it, which is sent nowhere');
  const url = printable(parsed);
  let answer: Response;
  try {
    answer = await fetch(parsed, { signal, redirect: 'error', headers: { Accept: '*/*' } });
  } catch (cause) {
    throw new AssayError('registry-unreachable', `cannot fetch ${url}: ${messageOf(cause)}`, { cause });
  }
  if (!answer.ok || answer.body === null) throw new AssayError('registry-error', `${url} answered ${answer.status}`);
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of answer.body as unknown as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > LIMITS.apiAnswerBytes) throw new AssayError('limit', `${url} is longer than ${LIMITS.apiAnswerBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
