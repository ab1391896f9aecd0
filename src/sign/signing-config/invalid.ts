import { AssayError } from '../../errors.ts';

/** The error of everything about signing configurations. */
export function invalid(why: string, hint?: string, cause?: unknown): AssayError {
  return new AssayError('signing-config-invalid', `signing configuration: ${why}`, {
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
  });
}

/** protobuf's JSON reads the names of the schema too: `rekor_tlog_urls`. */
export function snake(name: string): string {
  return name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
}
