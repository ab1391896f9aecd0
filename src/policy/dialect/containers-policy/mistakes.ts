import { nearest } from '../../../codec/nearest.ts';
import { AssayError } from '../../../errors.ts';
import type { PolicyDocument } from '../../documents.ts';
import type { PolicyRemark } from '../../policy.ts';

/** A path of names and indices in a document. */
export type Path = readonly (string | number)[];

/** An object of a document. */
export type Members = Readonly<Record<string, unknown>>;

/** Collects every mistake of a document, each with its path, line and column. */
export interface Mistakes {
  readonly errors: readonly AssayError[];
  readonly warnings: readonly PolicyRemark[];
  readonly add: (path: Path, why: string, hint?: string, cause?: unknown) => undefined;
  readonly warn: (path: Path, code: string, why: string) => void;
  /** The object at a path with no other names than these; `undefined` (and a mistake) for anything else. */
  readonly members: (value: unknown, path: Path, names: readonly string[]) => Members | undefined;
  /** A text that is not empty. */
  readonly text: (value: unknown, path: Path) => string | undefined;
  /** A list with at least one member. */
  readonly list: (value: unknown, path: Path) => readonly unknown[] | undefined;
}

/** Nothing collected yet. */
export function collectMistakes({ file, positionOf }: Pick<PolicyDocument, 'file' | 'positionOf'>): Mistakes {
  const errors: AssayError[] = [];
  const warnings: PolicyRemark[] = [];
  const at = (path: Path) => ({ ...positionOf(path), path: pathText(path) });
  const add: Mistakes['add'] = (path, why, hint, cause) => {
    const where = path.length === 0 ? '' : `${pathText(path)}: `;
    errors.push(
      new AssayError('policy-invalid', `${file}: ${where}${why}`, {
        at: at(path),
        ...(hint === undefined ? {} : { hint }),
        ...(cause === undefined ? {} : { cause }),
      }),
    );
    return undefined;
  };
  return {
    // Files are read at the same time; a person reads from top to bottom.
    get errors() {
      return errors.sort(byPlace);
    },
    warnings,
    add,
    warn: (path, code, why) => void warnings.push({ code, message: `${pathText(path)}: ${why}`, at: at(path) }),
    members(value, path, names) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return add(path, 'an object is expected');
      const unknown = Object.keys(value).filter((n) => !names.includes(n));
      for (const name of unknown) {
        const near = nearest(name, names);
        const hint = near === undefined ? `one of ${names.join(', ')}` : `did you mean: ${near}`;
        add([...path, name], `"${name.slice(0, 60)}" is no field here`, hint);
      }
      return value as Members;
    },
    text: (value, path) => (typeof value === 'string' && value !== '' ? value : add(path, 'a text that is not empty is expected')),
    list: (value, path) =>
      Array.isArray(value) && value.length > 0 ? (value as readonly unknown[]) : add(path, 'a list that is not empty is expected'),
  };
}

function byPlace(a: AssayError, b: AssayError): number {
  return (a.at?.line ?? 0) - (b.at?.line ?? 0) || (a.at?.column ?? 0) - (b.at?.column ?? 0);
}

/** A path as it is written in messages: `transports.docker["registry.example/ns"][0].type`. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(part)) return `${text}[${JSON.stringify(part)}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}
