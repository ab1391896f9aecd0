import { AssayError, type ErrorCode } from '../errors.ts';
import { LIMITS } from '../limits.ts';

/** What could not be read: the first failures as they are, and how many more there were of each kind. */
export interface Failures {
  readonly add: (error: AssayError) => void;
  readonly count: () => number;
  /** At most `LIMITS.reportedErrors`, and one for each code that had more. */
  readonly list: () => readonly AssayError[];
}

/** No failures yet. A crowd of them costs no memory. */
export function createFailures(): Failures {
  const first: AssayError[] = [];
  const more = new Map<ErrorCode, { count: number; readonly example: AssayError }>();
  let count = 0;
  return {
    add(error) {
      count++;
      if (first.length < LIMITS.reportedErrors) {
        first.push(error);
        return;
      }
      const kind = more.get(error.code) ?? { count: 0, example: error };
      kind.count++;
      more.set(error.code, kind);
    },
    count: () => count,
    list: () => [
      ...first,
      ...[...more].map(([code, { count: n, example }]) => {
        const message = n === 1 ? example.message : `${n} further failures, one of them: ${example.message}`;
        return new AssayError(code, message, {
          retryable: example.retryable,
          ...(example.hint === undefined ? {} : { hint: example.hint }),
        });
      }),
    ],
  };
}
