import { AssayError, type ErrorCode } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { KeyContext } from './key-handle.ts';

/** What the client of services says, in the words of keys. */
const CODES: ReadonlyMap<ErrorCode, ErrorCode> = new Map<ErrorCode, ErrorCode>([
  ['service-unavailable', 'key-unavailable'],
  ['redirect-refused', 'key-unavailable'],
  ['service-refused', 'key-refused'],
]);

/**
 * The text of a public key at a URL, through proxies and with `SSL_CERT_FILE` as everywhere. No redirects. Throws `key-unavailable`, `key-refused`, `limit`;
 * `name` stands for the URL in messages.
 */
export async function fetchKey(url: string, name: string, { env, signal }: Pick<KeyContext, 'env' | 'signal'>): Promise<string> {
  const { fetchDocument } = await import('../service-client/document.ts');
  const stop = signal === undefined ? {} : { signal };
  try {
    const body = await fetchDocument(url, { env, maxBytes: LIMITS.keyTextBytes, who: 'the place of the key', ...stop });
    return body.toString('utf8');
  } catch (error) {
    const code = error instanceof AssayError ? CODES.get(error.code) : undefined;
    if (!(error instanceof AssayError) || code === undefined) throw error;
    throw new AssayError(code, `cannot fetch ${name}: ${error.message}`, { retryable: error.retryable });
  }
}
