import { AssayError, type ErrorCode } from '../../../errors.ts';
import { abortError } from '../../../oci/abort.ts';
import { withoutSecrets } from '../../../trust/service-client/failure.ts';
import type { FlowOptions } from './flow.ts';

/** Runs work of the OpenID library; what it throws becomes an error of ours, with what the issuer says and without secrets. */
export async function understood<T>({ issuer, clientSecret, signal }: FlowOptions, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const ours = ourOwn(error);
    if (ours !== undefined) throw ours;
    if (signal?.aborted === true) throw abortError(signal, issuer);
    const { code, message, hint } = translated(error);
    // The library's errors carry whole answers, which hold tokens: they are no cause.
    throw new AssayError(
      code,
      `issuer ${issuer}: ${withoutSecrets(message, clientSecret === undefined ? [] : [clientSecret])}`,
      hint === undefined ? {} : { hint },
    );
  }
}

function ourOwn(error: unknown): AssayError | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) if (at instanceof AssayError) return at;
  return undefined;
}

interface LibraryError {
  readonly message: string;
  readonly code?: string;
  readonly status?: number;
  readonly error?: string;
  readonly error_description?: string;
  readonly cause?: { readonly message?: unknown };
}

function translated(error: unknown): { readonly code: ErrorCode; readonly message: string; readonly hint?: string } {
  const { message, code = '', error: refusal, error_description: description, status, cause } = error as LibraryError;
  if (refusal !== undefined) {
    const passing = status !== undefined && (status === 429 || status >= 500);
    return { code: passing ? 'service-unavailable' : 'service-refused', message: [refusal, description].filter(Boolean).join(': ') };
  }
  const why = typeof cause?.message === 'string' && cause.message !== message ? `${message}: ${cause.message}` : message;
  if (code.includes('TIMESTAMP')) return { code: 'service-lied', message: why, hint: "check this machine's clock" };
  if (LIES.test(code)) return { code: 'service-lied', message: why };
  return { code: 'service-unavailable', message: why };
}

/** The token or the answer is not about what was asked: another nonce, audience, issuer, state, a time that is not now. */
const LIES = /JWT|ATTRIBUTE_COMPARISON|INVALID_SERVER_METADATA|HTTP_REQUEST_FORBIDDEN|REQUEST_PROTOCOL_FORBIDDEN/;
