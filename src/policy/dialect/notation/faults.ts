import { nearest } from '../../../codec/nearest.ts';
import { AssayError } from '../../../errors.ts';
import type { PolicyDocument } from '../../documents.ts';
import type { PolicyRemark } from '../../policy.ts';

/** Where something stands in a document: names and indices from the top. */
export type Path = readonly (string | number)[];

/** Collects what is wrong or doubtful in a trust policy, each with its place. */
export interface Faults {
  readonly errors: readonly AssayError[];
  readonly warnings: readonly PolicyRemark[];
  /** Notes an error (`policy-invalid`). */
  error(path: Path, message: string, hint?: string): undefined;
  /** Notes an error that was thrown elsewhere, with its place. */
  caught(path: Path, error: AssayError): undefined;
  warn(path: Path, code: string, message: string): void;
}

/** An empty collection for a document. */
export function createFaults({ file, positionOf }: PolicyDocument): Faults {
  const errors: AssayError[] = [];
  const warnings: PolicyRemark[] = [];
  const at = (path: Path): PolicyRemark['at'] => ({ ...positionOf(path), path: pathText(path) });
  const add = (path: Path, message: string, more: { readonly hint?: string | undefined; readonly cause?: unknown }): undefined => {
    const { hint, ...rest } = more;
    const options = { ...rest, at: at(path) ?? {}, ...(hint === undefined ? {} : { hint }) };
    errors.push(new AssayError('policy-invalid', `${file}: ${message}`, options));
  };
  return {
    errors,
    warnings,
    error: (path, message, hint) => add(path, message, { hint }),
    caught: (path, error) => add(path, error.message, { hint: error.hint, cause: error }),
    warn(path, code, message) {
      warnings.push({ code, message: `${file}: ${message}`, at: at(path) ?? {} });
    },
  };
}

/** A path as text: `trustPolicies[0].registryScopes[1]`. */
export function pathText(path: Path): string {
  return path.map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i === 0 ? '' : '.'}${step.slice(0, 100)}`)).join('');
}

/** What a word may have been meant to be, as a hint. */
export function meant(word: string, candidates: readonly string[]): string {
  const near = candidates.find((c) => c.toLowerCase() === word.toLowerCase()) ?? nearest(word, candidates);
  return near === undefined ? `one of ${candidates.join(', ')}` : `did you mean: ${near}`;
}

/** A foreign text in a message: bounded, on one line. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
