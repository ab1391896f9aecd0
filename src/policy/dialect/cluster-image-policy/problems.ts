import { AssayError, type TextPosition, toAssayError } from '../../../errors.ts';
import type { PolicyDocument } from '../../documents.ts';
import type { PolicyRemark } from '../../policy.ts';
import { documentPath, type FieldError, type FieldPath, fieldErrorText, merged, pathText } from './validation/field-error.ts';

/** What is wrong with a policy, collected while it is compiled. */
export interface Problems {
  readonly errors: readonly AssayError[];
  readonly warnings: readonly PolicyRemark[];
  /** Notes whatever was thrown about a part of the document. */
  readonly add: (error: unknown, path: FieldPath) => void;
  readonly warn: (code: string, message: string, path: FieldPath) => void;
  /** Where a part of the document stands. */
  readonly placeOf: (path: FieldPath) => TextPosition;
  /** Does a part of the work; notes what it throws, and answers `undefined` then. */
  readonly during: <T>(path: FieldPath, work: () => Promise<T>) => Promise<T | undefined>;
}

/** An empty collection of problems of a document. */
export function createProblems(document: Pick<PolicyDocument, 'positionOf'>): Problems {
  const errors: AssayError[] = [];
  const warnings: PolicyRemark[] = [];
  const add = (error: unknown, path: FieldPath): void => {
    const { code, message, hint, at } = toAssayError(error);
    const position = { ...positionAt(document, path), ...at, path: fullPath(path) };
    errors.push(
      new AssayError(code, `${fullPath(path)}: ${message}`, { at: position, cause: error, ...(hint === undefined ? {} : { hint }) }),
    );
  };
  return {
    errors,
    warnings,
    add,
    placeOf: (path) => positionAt(document, path),
    warn: (code, message, path) => warnings.push({ code, message: `${fullPath(path)}: ${message}`, at: positionAt(document, path) }),
    async during(path, work) {
      try {
        return await work();
      } catch (error) {
        add(error, path);
        return undefined;
      }
    },
  };
}

/** Errors of validation in policy-controller's words, merged and sorted as there; each stands where its first path is, and names the other places. */
export function policyErrorsOf(errors: readonly FieldError[], document: Pick<PolicyDocument, 'positionOf'>): readonly AssayError[] {
  return merged(errors).map((e) => {
    const hint = hintOf(e, document);
    return new AssayError('policy-invalid', `validation failed: ${fieldErrorText(e)}`, {
      at: positionAt(document, e.at[0] ?? []),
      ...(hint === undefined ? {} : { hint }),
    });
  });
}

/** Warnings of validation, one for each place. */
export function policyWarningsOf(warnings: readonly FieldError[], document: Pick<PolicyDocument, 'positionOf'>): readonly PolicyRemark[] {
  return warnings.map((w) => ({ code: 'deprecated-predicate-type', message: fieldErrorText(w), at: positionAt(document, w.at[0] ?? []) }));
}

/** Where a path stands in the document. */
export function positionAt(document: Pick<PolicyDocument, 'positionOf'>, path: FieldPath): TextPosition {
  return { ...document.positionOf(documentPath(path)), path: fullPath(path) };
}

function hintOf({ hint, at }: FieldError, document: Pick<PolicyDocument, 'positionOf'>): string | undefined {
  const [first, ...others] = [...new Set(at.map((p) => document.positionOf(p).line))];
  const also = first === undefined || others.length === 0 ? undefined : `also in line ${others.join(', ')}`;
  return hint === undefined || also === undefined ? (hint ?? also) : `${hint}; ${also}`;
}

function fullPath(path: FieldPath): string {
  const attested = path.indexOf('attestations');
  if (attested < 0) return pathText(documentPath(path));
  const [head, index, ...tail] = [pathText(path.slice(0, attested + 1)), path[attested + 1], ...path.slice(attested + 2)];
  const below = tail.length === 0 ? '' : `.${pathText(tail)}`;
  return `${head}${index === undefined ? '' : `[${index}]`}${below}`;
}
