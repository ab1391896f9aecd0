import { AssayError } from '../../errors.ts';
import { withoutSecrets } from '../service-client/failure.ts';

/** What is known of a failure that a vendor's library threw. */
export interface ServiceFailure {
  /** The status of the service's answer; absent where none came. */
  readonly status?: number | undefined;
  /** What the service or library calls it. */
  readonly code?: string | undefined;
  readonly message: string;
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
  const { status, code, message } = failure;
  const said = withoutSecrets(`${code === undefined ? '' : `${code}: `}${message}`.replace(/\s+/g, ' '), []).slice(0, 300);
  const answered = status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429;
  if (answered) return new AssayError('key-refused', `${key}: the key service refuses (status ${status}): ${said}`, { retryable: false });
  return new AssayError('key-unavailable', `${key}: the key service does not answer: ${said}`);
}
