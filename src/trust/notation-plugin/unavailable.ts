import { AssayError, type ErrorOptions } from '../../errors.ts';

/** The error that a plugin gives no answer (`plugin-unavailable`): whatever it was to find out is not known. */
export function unavailable(plugin: string, why: string, options: ErrorOptions = {}): AssayError {
  return new AssayError('plugin-unavailable', `the plugin "${plugin}" ${why}`, { retryable: false, ...options });
}
