import type { AssayError } from '../../errors.ts';
import { exitCodeOf, UNKNOWN } from '../exit-codes.ts';
import type { Sink } from '../io.ts';
import { printable } from '../text/printable.ts';

/** An error in every JSON that Assay prints. */
export interface ErrorJson {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly retryable: boolean;
}

/** The error as JSON (CONTRACT, "JSON of verify"). */
export function errorJson(error: AssayError): ErrorJson {
  return {
    code: error.code,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    retryable: error.retryable,
  };
}

/** The one object of a run that ended with an error. The shape of `verify` keeps its members; its outcome is said when it is known. */
export function failedRun(schema: string, error: AssayError): object {
  if (schema !== 'assay/verify/v1') return { schema, errors: [errorJson(error)] };
  const outcome = exitCodeOf(error) === UNKNOWN ? { outcome: 'inconclusive' } : {};
  return { schema, ...outcome, images: [], warnings: [], errors: [errorJson(error)] };
}

/** The error for people, on stderr: what, its code, what to do. The stack only when `debug` asks for it. */
export function printError(stderr: Sink, error: AssayError, debug: boolean): void {
  stderr.write(`error: ${printable(error.message, 2000)}        code: ${error.code}\n`);
  if (error.hint !== undefined) stderr.write(`hint:  ${printable(error.hint, 2000)}\n`);
  if (!debug) return;
  for (let e: unknown = error, prefix = ''; e instanceof Error; e = e.cause, prefix = 'caused by: ') {
    stderr.write(
      `${prefix}${(e.stack ?? e.message)
        .split('\n')
        .map((line) => printable(line, 2000))
        .join('\n')}\n`,
    );
  }
}
