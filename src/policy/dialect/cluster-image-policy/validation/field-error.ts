/** Where in a document something stands: names and indices. */
export type FieldPath = readonly (string | number)[];

/** A mistake in a resource, in the words and with the paths of policy-controller (knative's `FieldError`). */
export interface FieldError {
  readonly message: string;
  /** As policy-controller writes them: `spec.authorities[0].key.data`. */
  readonly paths: readonly string[];
  readonly details?: string;
  /** Where the mistake stands in the document. */
  readonly at: readonly FieldPath[];
  /** What to do about it, in our own words. */
  readonly hint?: string;
}

/** A path as policy-controller writes it: attestations are named without their index, which its validation leaves out. */
export function pathText(path: FieldPath): string {
  let text = '';
  for (const [i, part] of path.entries()) {
    if (typeof part === 'number') text += path[i - 1] === 'attestations' ? '' : `[${part}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}

/** The place in the document that a path of policy-controller's means: it writes `secretref` for `secretRef`. */
export function documentPath(path: FieldPath): FieldPath {
  return path.map((p) => (p === 'secretref' ? 'secretRef' : p));
}

/** Fields that are needed and absent, below a path. */
export function missing(path: FieldPath, ...names: readonly string[]): FieldError {
  return error('missing field(s)', path, names);
}

/** Fields of which exactly one is needed, and none is there. */
export function neither(path: FieldPath, ...names: readonly string[]): FieldError {
  return error('expected exactly one, got neither', path, names);
}

/** Fields of which exactly one is allowed, and several are there. */
export function both(path: FieldPath, ...names: readonly string[]): FieldError {
  return error('expected exactly one, got both', path, names);
}

/** A field that may not stand where it does. */
export function disallowed(path: FieldPath): FieldError {
  return error('must not set the field(s)', path, []);
}

/** A value that is none of those allowed; `details` on a line of its own. */
export function invalid(value: string, path: FieldPath, details?: string): FieldError {
  return { ...error(`invalid value: ${value}`, path, []), ...(details === undefined ? {} : { details }) };
}

function error(message: string, path: FieldPath, names: readonly string[]): FieldError {
  const paths = names.length === 0 ? [path] : names.map((n) => [...path, n]);
  return { message, paths: paths.map(pathText).sort(), at: paths.map(documentPath) };
}

/** Equal messages with all their paths, in the order of message and details: as knative merges and sorts them. */
export function merged(errors: readonly FieldError[]): readonly FieldError[] {
  const groups = new Map<string, FieldError>();
  for (const e of errors) {
    const key = JSON.stringify([e.message, e.details ?? '']);
    const known = groups.get(key);
    groups.set(
      key,
      known === undefined
        ? e
        : {
            ...known,
            paths: [...new Set([...known.paths, ...e.paths])].sort(),
            at: [...known.at, ...e.at],
            ...(known.hint === undefined && e.hint !== undefined ? { hint: e.hint } : {}),
          },
    );
  }
  return [...groups.values()].sort((a, b) => compare(a.message, b.message) || compare(a.details ?? '', b.details ?? ''));
}

/** One error in policy-controller's words. */
export function fieldErrorText({ message, paths, details }: FieldError): string {
  return `${message}: ${paths.join(', ')}${details === undefined || details === '' ? '' : `\n${details}`}`;
}

/** All errors as the one text that policy-controller answers with. */
export function validationText(errors: readonly FieldError[]): string {
  return merged(errors).map(fieldErrorText).join('\n');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
