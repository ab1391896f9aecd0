import { nearest } from '../../../codec/nearest.ts';
import { LIMITS } from '../../../limits.ts';
import type { Mistakes, Path } from './mistakes.ts';
import type { Node, ObjectNode, Shape } from './shape.ts';

/**
 * Reads a plain value by its table, noting every mistake that there is. What is wrong is `undefined` in the answer, so a part may be used only where
 * `mistakes.clean` says so of its path.
 */
export function readShape<T>(shape: Shape<T>, value: unknown, path: Path, mistakes: Mistakes): T | undefined {
  return read(shape.node, value, path, mistakes) as T | undefined;
}

function read(node: Node, value: unknown, path: Path, mistakes: Mistakes): unknown {
  if (path.length > LIMITS.jsonDepth) {
    mistakes.add(path, `nested deeper than ${LIMITS.jsonDepth} levels`);
    return undefined;
  }
  switch (node.kind) {
    case 'named':
      return read(node.target(), value, path, mistakes);
    case 'value':
      return value;
    case 'either': {
      const fitting = node.of.find((n) => typeMatches(n, value));
      if (fitting !== undefined) return read(fitting, value, path, mistakes);
      return wrongType(path, node.of.map(typeWords).join(' or '), value, mistakes);
    }
    case 'text':
      return typeof value === 'string' ? readText(node, value, path, mistakes) : wrongType(path, 'a text', value, mistakes, quoted(value));
    case 'number':
      if (typeof value !== 'number' || !Number.isInteger(value)) return wrongType(path, 'a whole number', value, mistakes);
      if (value >= node.least && value <= node.most) return value;
      return mistakes.add(path, `${value} is not from ${node.least} to ${node.most}`);
    case 'boolean':
      if (typeof value !== 'boolean') return wrongType(path, 'true or false', value, mistakes);
      if (node.only && !value) return mistakes.add(path, 'is true or left out');
      return value;
    case 'list':
      if (!Array.isArray(value)) return wrongType(path, 'a list', value, mistakes);
      if (value.length < node.least) mistakes.add(path, 'an empty list');
      return value.map((v: unknown, i) => read(node.of, v, [...path, i], mistakes));
    case 'names':
      return readNames(node, value, path, mistakes);
    case 'object':
      return readObject(node, value, path, mistakes);
  }
}

function readText(node: Node & { kind: 'text' }, value: string, path: Path, mistakes: Mistakes): string | undefined {
  if (node.choices !== undefined && !node.choices.includes(value)) {
    mistakes.add(path, `"${value.slice(0, 60)}" is none of ${node.choices.join(', ')}`, meant(value, node.choices));
    return undefined;
  }
  if (value === '') mistakes.add(path, 'is empty');
  else if (node.pattern !== undefined && !new RegExp(node.pattern.source).test(value))
    mistakes.add(path, `"${value.slice(0, 100)}" is not ${node.pattern.words}`);
  return value;
}

function readNames(node: Node & { kind: 'names' }, value: unknown, path: Path, mistakes: Mistakes): unknown {
  if (!isObject(value)) return wrongType(path, 'an object', value, mistakes);
  const { known } = node;
  return new Map(
    Object.entries(value).map(([name, v]) => {
      if (known !== undefined && !known.includes(name)) mistakes.add([...path, name], 'unknown name', meant(name, known));
      return [name, read(node.of, v, [...path, name], mistakes)] as const;
    }),
  );
}

function readObject(node: ObjectNode, value: unknown, path: Path, mistakes: Mistakes): unknown {
  if (!isObject(value)) return wrongType(path, 'an object', value, mistakes);
  const members = new Map(Object.entries(value));
  for (const name of members.keys())
    if (!node.fields.has(name)) mistakes.add([...path, name], 'unknown field', meant(name, [...node.fields.keys()]));
  for (const [name, field] of node.fields) if (field.required && !members.has(name)) mistakes.add(path, `"${name}" is missing`);
  const chosen = node.oneOf.filter((name) => members.has(name));
  if (node.oneOf.length > 0 && chosen.length === 0) mistakes.add(path, `one of ${node.oneOf.join(', ')} is missing`);
  if (chosen.length > 1) mistakes.add(path, `${chosen.join(' and ')} cannot stand together`, `one of ${node.oneOf.join(', ')}`);
  const known = [...members].flatMap(([name, v]) => {
    const field = node.fields.get(name);
    return field === undefined ? [] : [[name, read(field.node, v, [...path, name], mistakes)] as const];
  });
  return Object.fromEntries(known);
}

function meant(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates) ?? candidates.find((c) => c.toLowerCase() === word.toLowerCase());
  return near === undefined ? `one of ${candidates.join(', ')}` : `did you mean: ${near}`;
}

function typeMatches(node: Node, value: unknown): boolean {
  if (node.kind === 'named') return typeMatches(node.target(), value);
  if (node.kind === 'either') return node.of.some((n) => typeMatches(n, value));
  return typeWords(node) === wordsOf(value);
}

function typeWords(node: Node): string {
  switch (node.kind) {
    case 'named':
      return typeWords(node.target());
    case 'either':
      return node.of.map(typeWords).join(' or ');
    case 'number':
      return 'a number';
    case 'boolean':
      return 'true or false';
    case 'text':
      return 'a text';
    case 'list':
      return 'a list';
    case 'value':
      return 'a value';
    case 'names':
    case 'object':
      return 'an object';
  }
}

function wordsOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return 'a text';
  if (typeof value === 'boolean') return 'true or false';
  return typeof value === 'number' || typeof value === 'bigint' ? 'a number' : 'an object';
}

function wrongType(path: Path, wanted: string, value: unknown, mistakes: Mistakes, hint?: string): undefined {
  mistakes.add(path, `${wanted} is expected, not ${wordsOf(value)}`, hint);
}

// YAML reads 1.10, 2024-01-01 or yes as something else than a text.
function quoted(value: unknown): string | undefined {
  return typeof value === 'number' || typeof value === 'boolean' ? `put it in quotes: "${value}"` : undefined;
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
