import { AssayError, messageOf } from '../../errors.ts';

/** The error of a revocation list or OCSP answer that breaks a rule of its form. */
export function invalid(why: string): AssayError {
  return new AssayError('revocation-invalid', why);
}

/** What a parser returns; whatever it throws becomes `revocation-invalid`, but `limit` stays. */
export function parsed<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (cause instanceof AssayError && (cause.code === 'limit' || cause.code === 'revocation-invalid')) throw cause;
    throw new AssayError('revocation-invalid', `${what} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
