import { AssayError, isAssayError } from '../../errors.ts';

/** The error of a token that breaks a rule of its form. */
export function invalid(why: string): AssayError {
  return new AssayError('timestamp-invalid', why);
}

/** What `parse` returns; whatever it finds wrong is `timestamp-invalid`, except for `limit`. */
export function asTimestamp<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!isAssayError(error) || error.code === 'limit' || error.code === 'timestamp-invalid') throw error;
    throw new AssayError('timestamp-invalid', `timestamp cannot be read: ${error.message}`, { cause: error });
  }
}
