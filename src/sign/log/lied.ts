import { AssayError } from '../../errors.ts';
import { shownAddress } from '../../oci/registry/http/message.ts';

/** The error of an answer that is about something else, or whose proof does not hold. `url`: the log's. */
export function lied(url: string, why: string, cause?: unknown): AssayError {
  return new AssayError('service-lied', `the answer of the transparency log ${shownAddress(url)} is not to be believed: ${why}`, {
    ...(cause === undefined ? {} : { cause }),
    hint: 'nothing was signed with it; ask who runs the log',
  });
}

/** The base address of a service without a slash at its end. */
export function baseOf(url: string): string {
  return url.replace(/\/+$/, '');
}
