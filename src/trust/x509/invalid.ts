import { AssayError } from '../../errors.ts';

/** The error of a certificate that breaks a rule of its form. */
export function invalid(why: string): AssayError {
  return new AssayError('certificate-invalid', why);
}
