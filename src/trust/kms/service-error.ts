import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { withoutSecrets } from '../service-client/failure.ts';

/** What is known of a failure that a vendor's library threw. */
export interface ServiceFailure {
  /** The status of the service's answer; absent where none came. */
  readonly status?: number | undefined;
  /** What the service or library calls it. */
  readonly code?: string | undefined;
  readonly message: string;
  /** What must not be repeated, whoever says it. */
  readonly secrets?: readonly (string | undefined)[];
}

/** Names of variables that vendors' libraries sign in with. */
const SECRET_VARIABLES = [
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AZURE_CLIENT_SECRET',
  'AZURE_CLIENT_CERTIFICATE_PASSWORD',
  'AZURE_PASSWORD',
  'VAULT_TOKEN',
  'BAO_TOKEN',
];

/** What an environment holds that signs in to a key service. */
export function secretsOf(env: Readonly<Record<string, string | undefined>>): readonly (string | undefined)[] {
  return SECRET_VARIABLES.map((name) => env[name]);
}

/**
 * The error for a failure of a key service: refused where it answered that this is not to be, unavailable where it gave no answer. The library's own error is not kept as the cause:
 * it may hold the request with its credentials.
 */
export function serviceError(key: string, failure: ServiceFailure, signal?: AbortSignal): AssayError {
  if (signal?.aborted)
    return signal.reason instanceof AssayError
      ? signal.reason
      : new AssayError('key-unavailable', `${key}: no answer of the key service in time`);
  const { status, code, message, secrets = [] } = failure;
  const said = foreignText(`${code === undefined ? '' : `${code}: `}${message}`, secrets).slice(0, 300);
  const answered = status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429;
  if (answered) return new AssayError('key-refused', `${key}: the key service refuses (status ${status}): ${said}`, { retryable: false });
  return new AssayError('key-unavailable', `${key}: the key service does not answer: ${said}`);
}

/** What a key service or plugin says, on one line and without secrets, those that anybody would recognise and those that are known. */
export function foreignText(text: string, secrets: readonly (string | undefined)[]): string {
  const known = secrets.filter((s) => s !== undefined && s.length >= 8) as readonly string[];
  return withoutSecrets(text.replace(/\s+/g, ' ').replace(TOKENS, '$1[hidden]'), known);
}

/** How a key service is asked. */
export interface ServiceCall {
  /** The caller's own end. */
  readonly signal: AbortSignal | undefined;
  /** What a failure means, by what the vendor's library threw. */
  readonly failureOf: (error: unknown) => ServiceFailure | AssayError;
  /** Milliseconds; default `LIMITS.keyServiceMs`. */
  readonly timeoutMs?: number;
}

/**
 * Asks a key service through a vendor's library, which is given a signal and, where it does not heed it, not waited for. Throws `key-refused`, `key-unavailable`
 * (no answer, in time or at all), the reason of a signal that ends it before, and what `failureOf` makes of the failure.
 */
export async function askService<T>(
  key: string,
  request: (signal: AbortSignal) => Promise<T>,
  { signal, failureOf, timeoutMs = LIMITS.keyServiceMs }: ServiceCall,
): Promise<T> {
  const clock = AbortSignal.timeout(timeoutMs);
  const either = signal === undefined ? clock : AbortSignal.any([signal, clock]);
  if (either.aborted) throw serviceError(key, { message: '' }, either);
  let stop = (): void => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(either.reason);
  });
  either.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([request(either), stopped]);
  } catch (error) {
    const failure = failureOf(error);
    throw failure instanceof AssayError && !either.aborted ? failure : serviceError(key, messageIn(failure), either);
  } finally {
    either.removeEventListener('abort', stop);
  }
}

function messageIn(failure: ServiceFailure | AssayError): ServiceFailure {
  return failure instanceof AssayError ? { message: failure.message } : failure;
}

// AWS repeats the request that it computed another signature of; Google's tokens have a form of their own.
const TOKENS = /(x-amz-security-token[:=] ?|\bbearer )\S+|\bya29\.[\w.-]+/gi;
