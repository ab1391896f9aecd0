/** YAML. The only file that loads the library; loaded on demand. */
import { type Alias, type Document, isMap, isNode, isScalar, LineCounter, parseAllDocuments, stringify, visit } from 'yaml';
import { AssayError, type TextPosition } from '../errors.ts';

/** A document of a YAML text: its value, and where in the text a part of it stands. */
export interface YamlDocument {
  readonly value: unknown;
  /** Line and column (from 1) of the value at a path of names and indices, of its name where that stands on a line before, or of what comes nearest to it. */
  readonly positionOf: (path: readonly (string | number)[]) => TextPosition;
}

/** Every document of a YAML text; aliases are bounded, equal keys refused. Throws `input-invalid` with the position, naming `what`. */
export function parseYamlDocuments(text: string, what: string): readonly YamlDocument[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: true });
  return documents.map((document) => {
    const [error] = document.errors;
    if (error !== undefined) {
      const { line, col } = lines.linePos(error.pos[0]);
      throw new AssayError('input-invalid', `${what} is not valid YAML: ${error.message.split('\n')[0]?.replace(/:$/, '')}`, {
        cause: error,
        at: { line, column: col },
      });
    }
    return { value: plain(document, what, lines), positionOf: (path) => positionOf(document, path, lines) };
  });
}

/** Every document of a YAML text as plain values; aliases are bounded. Throws `input-invalid`, naming `what`. */
export function parseYaml(text: string, what: string): readonly unknown[] {
  return parseYamlDocuments(text, what).map((d) => d.value);
}

/** A plain value as YAML, without aliases. */
export function toYaml(value: unknown): string {
  return stringify(value, { aliasDuplicateObjects: false });
}

function plain(document: Document, what: string, lines: LineCounter): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    const alias = unknownAlias(document);
    if (alias !== undefined) {
      const { line, col } = lines.linePos(alias.range?.[0] ?? 0);
      throw new AssayError('input-invalid', `${what}: *${alias.source} is an alias of YAML, and nothing has that name`, {
        cause,
        hint: `a text that begins with * stands in quotes: "*${alias.source}"`,
        at: { line, column: col },
      });
    }
    throw new AssayError('input-invalid', `${what} has too many aliases`, { cause });
  }
}

/** The first alias that refers to nothing, as a pattern that nobody has quoted. */
function unknownAlias(document: Document): Alias | undefined {
  const anchors = new Set<string>();
  let found: Alias | undefined;
  visit(document, {
    Value(_key, { anchor }) {
      if (anchor !== undefined) anchors.add(anchor);
    },
    Alias(_key, node) {
      if (anchors.has(node.source)) return undefined;
      found = node;
      return visit.BREAK;
    },
  });
  return found;
}

/** The place of a value, or of its name where that stands on a line before. */
function positionOf(document: Document, path: readonly (string | number)[], lines: LineCounter): TextPosition {
  for (let length = path.length; length >= 0; length--) {
    const node = nodeAt(document, path.slice(0, length));
    if (!isNode(node) || node.range === null || node.range === undefined) continue;
    const { line, col } = lines.linePos(node.range[0]);
    const name = length === 0 ? undefined : nameOf(nodeAt(document, path.slice(0, length - 1)), path[length - 1]);
    const named = name === undefined ? undefined : lines.linePos(name);
    return named !== undefined && named.line < line ? { line: named.line, column: named.col } : { line, column: col };
  }
  return {};
}

function nodeAt(document: Document, path: readonly (string | number)[]): unknown {
  return path.length === 0 ? document.contents : document.getIn(path, true);
}

function nameOf(parent: unknown, name: string | number | undefined): number | undefined {
  if (!isMap(parent)) return undefined;
  const pair = parent.items.find(({ key }) => isScalar(key) && key.value === name);
  return isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
}
