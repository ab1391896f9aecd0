import { parseYamlDocuments, type YamlDocument } from '../codec/yaml.ts';
import { AssayError, isAssayError, type TextPosition } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import type { DialectName } from './policy.ts';

/** A file of policies and of what they refer to. */
export interface PolicyFile {
  /** For messages. */
  readonly name: string;
  readonly text: string;
}

/** A document of a policy file, recognised by its content: a policy, or what policies refer to. */
export interface PolicyDocument {
  readonly file: string;
  readonly kind: DialectName | 'trust-root' | 'secret' | 'config-map';
  readonly value: Readonly<Record<string, unknown>>;
  readonly positionOf: YamlDocument['positionOf'];
}

/** The documents of a file, and what is wrong with those that are none. */
export interface ReadDocuments {
  readonly documents: readonly PolicyDocument[];
  readonly errors: readonly AssayError[];
}

const KINDS: ReadonlyMap<string, PolicyDocument['kind']> = new Map([
  ['ImagePolicy', 'image-policy'],
  ['ClusterImagePolicy', 'cluster-image-policy'],
  ['TrustRoot', 'trust-root'],
  ['Secret', 'secret'],
  ['ConfigMap', 'config-map'],
]);

/** What a file of this dialect may hold besides. */
const COMPANIONS: ReadonlySet<PolicyDocument['kind']> = new Set(['trust-root', 'secret', 'config-map']);

/** Reads and recognises the documents of a file. Never throws for what the file holds. */
export function readDocuments(file: PolicyFile): ReadDocuments {
  if (Buffer.byteLength(file.text) > LIMITS.policyBytes)
    return failed(new AssayError('limit', `${file.name} has more than ${LIMITS.policyBytes} bytes`));
  let all: readonly YamlDocument[];
  try {
    all = parseYamlDocuments(file.text, file.name);
  } catch (error) {
    if (!isAssayError(error)) throw error;
    return failed(
      new AssayError('policy-invalid', error.message, {
        cause: error,
        ...(error.hint === undefined ? {} : { hint: error.hint }),
        ...(error.at === undefined ? {} : { at: error.at }),
      }),
    );
  }
  if (all.length > LIMITS.policyDocuments)
    return failed(new AssayError('limit', `${file.name} has more than ${LIMITS.policyDocuments} documents`));
  const errors: AssayError[] = [];
  const documents = all
    .filter((d) => d.value !== null && d.value !== undefined)
    .flatMap(unpacked)
    .flatMap((d) => {
      const known = recognise(d, file.name);
      if (!(known instanceof AssayError)) return [known];
      errors.push(known);
      return [];
    });
  if (documents.length === 0 && errors.length === 0)
    errors.push(new AssayError('policy-invalid', `${file.name} holds no policy: it is empty`));
  return { documents, errors: [...errors, ...mixed(documents, file.name)] };
}

function failed(error: AssayError): ReadDocuments {
  return { documents: [], errors: [error] };
}

/** The items of a Kubernetes `List` are documents of their own. */
function unpacked(document: YamlDocument): readonly YamlDocument[] {
  const { value } = document;
  if (!isObject(value) || value.kind !== 'List' || !Array.isArray(value.items)) return [document];
  return value.items.map((item: unknown, i) => ({ value: item, positionOf: (path) => document.positionOf(['items', i, ...path]) }));
}

function recognise(document: YamlDocument, file: string): PolicyDocument | AssayError {
  const { value, positionOf } = document;
  const at = positionOf([]);
  if (!isObject(value)) return wrong(file, 'a policy is an object, this is a plain value', at);
  const signs: PolicyDocument['kind'][] = [
    ...(typeof value.kind === 'string' ? [KINDS.get(value.kind)].filter((k) => k !== undefined) : []),
    ...('trustPolicies' in value ? (['notation'] as const) : []),
    ...('transports' in value || Array.isArray(value.default) ? (['containers-policy'] as const) : []),
  ];
  const [kind, second] = signs;
  if (second !== undefined) return wrong(file, `the document is of two kinds at once: ${signs.join(' and ')}`, at);
  if (kind !== undefined) return { file, kind, value, positionOf };
  if (typeof value.kind === 'string')
    return wrong(file, `kind "${value.kind.slice(0, 100)}" is no policy (${[...KINDS.keys()].join(', ')})`, positionOf(['kind']));
  return wrong(
    file,
    'this is no policy: it has neither a kind, nor trustPolicies (Notation), nor default or transports (containers policy.json)',
    at,
  );
}

/** A file is of one dialect, so that nobody takes the rules of one for those of another. */
function mixed(documents: readonly PolicyDocument[], file: string): readonly AssayError[] {
  const kinds = [...new Set(documents.map((d) => d.kind).filter((k) => !COMPANIONS.has(k)))];
  const second = documents.find((d) => d.kind === kinds[1]);
  if (second === undefined) return [];
  return [wrong(file, `the file holds policies of two kinds, ${kinds.join(' and ')}: give each a file of its own`, second.positionOf([]))];
}

function wrong(file: string, message: string, at: TextPosition): AssayError {
  return new AssayError('policy-invalid', `${file}: ${message}`, { at });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
