import { AssayError, type TextPosition, toAssayError } from '../../../errors.ts';
import type { PolicyRemark } from '../../policy.ts';

/** Names and indices that lead to a value of a document. */
export type Path = readonly (string | number)[];

/** What is wrong and what is doubtful in a document, each with its place. */
export interface Mistakes {
  readonly errors: readonly AssayError[];
  readonly warnings: readonly PolicyRemark[];
  /** Notes a mistake at a place. */
  add(path: Path, message: string, hint?: string): void;
  /** Notes a doubt at a place. */
  warn(path: Path, code: string, message: string): void;
  /** Whether nothing is wrong at a place or below it. */
  clean(path: Path): boolean;
  /** Does some work; what it throws is a mistake at the place, and the answer `undefined`. */
  attempt<T>(path: Path, work: () => T | Promise<T>): Promise<T | undefined>;
}

/** A path as people write it: `spec.require.allOf[0].signature`. */
export function pathText(path: Path): string {
  return path
    .map((p, i) => (typeof p === 'number' ? `[${p}]` : /^[A-Za-z_][\w-]*$/.test(p) ? `${i > 0 ? '.' : ''}${p}` : `["${p}"]`))
    .join('');
}

/** An empty collection for a document of a file. */
export function createMistakes(file: string, positionOf: (path: Path) => TextPosition): Mistakes {
  const errors: AssayError[] = [];
  const warnings: PolicyRemark[] = [];
  const paths: Path[] = [];
  const at = (path: Path): TextPosition => ({ ...positionOf(path), path: pathText(path) });
  const note = (path: Path, error: AssayError): void => {
    errors.push(error);
    paths.push(path);
  };
  return {
    errors,
    warnings,
    add(path, message, hint) {
      const place = path.length === 0 ? file : pathText(path);
      note(path, new AssayError('policy-invalid', `${place}: ${message}`, { at: at(path), ...(hint === undefined ? {} : { hint }) }));
    },
    warn: (path, code, message) => warnings.push({ code, message: `${pathText(path)}: ${message}`, at: at(path) }),
    clean: (path) => !paths.some((p) => path.every((part, i) => p[i] === part)),
    async attempt(path, work) {
      try {
        return await work();
      } catch (thrown) {
        const error = toAssayError(thrown);
        if (error.code === 'internal') throw thrown;
        // A text of a language inside the document has positions of its own; they are part of the message.
        const inner =
          error.at?.line === undefined
            ? ''
            : ` (line ${error.at.line}${error.at.column === undefined ? '' : `, column ${error.at.column}`} of the text)`;
        note(
          path,
          new AssayError(error.code === 'usage-invalid' ? 'policy-invalid' : error.code, `${pathText(path)}: ${error.message}${inner}`, {
            at: at(path),
            cause: error,
            retryable: error.retryable,
            ...(error.hint === undefined ? {} : { hint: error.hint }),
          }),
        );
        return undefined;
      }
    },
  };
}
