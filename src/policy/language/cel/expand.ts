/**
 * From the parser's tree to the one that is planned: macros that the library does not have, optionals, selection and indexing by
 * functions of our own (the library's return "false" for a field of what has no fields), and names that must be declared.
 */
import { LIMITS } from '../../../limits.ts';
import type { Expr } from './library.ts';
import { comprehension, expandMacro } from './macros.ts';
import { bool, call, list, text } from './nodes.ts';
import { fieldName, OPTIONAL, OPTIONAL_FIELD, QUOTED_FIELD } from './rewrite.ts';

/** Names that a comprehension or binding brings, the innermost first; `value` builds what the name stands for, if it is no variable. */
export type Scope = { readonly name: string; readonly value: ((id: bigint) => Expr) | undefined; readonly outer: Scope } | undefined;

/** What an expression may name. */
export interface Names {
  readonly declared: (name: string) => boolean;
  readonly hasFunction: (name: string) => boolean;
  readonly hasType: (name: string) => boolean;
}

/** A mistake at a node. */
export class ExpandError extends Error {
  readonly id: bigint;
  constructor(id: bigint, message: string) {
    super(message);
    this.id = id;
  }
}

/** The walk through one expression. */
export interface Walk {
  readonly names: Names;
  readonly go: (expr: Expr | undefined, scope: Scope) => Expr;
  /** A name that no expression can contain and no other call has returned. */
  readonly fresh: () => string;
}

/** Expands an expression. Throws `ExpandError`. */
export function expand(expr: Expr, names: Names): Expr {
  let depth = 0;
  let made = 0;
  const walk: Walk = {
    names,
    fresh: () => `@v${made++}`,
    go(inner, scope) {
      if (inner === undefined) throw new ExpandError(expr.id, 'incomplete expression');
      if (++depth > LIMITS.expressionTreeDepth)
        throw new ExpandError(inner.id, `the expression is nested deeper than ${LIMITS.expressionTreeDepth} levels`);
      const result = visit(walk, inner, scope);
      depth--;
      return result;
    },
  };
  return walk.go(expr, undefined);
}

function visit(walk: Walk, expr: Expr, scope: Scope): Expr {
  const { id, exprKind } = expr;
  switch (exprKind.case) {
    case 'identExpr':
      return name(walk, expr, exprKind.value.name, scope);
    case 'constExpr':
      checkRange(id, exprKind.value.constantKind);
      return expr;
    case 'selectExpr':
      return select(walk, expr, scope);
    case 'callExpr':
      return visitCall(walk, expr, scope);
    case 'listExpr': {
      const optional = exprKind.value.elements.map(optionalContent);
      const elements = list(
        id,
        exprKind.value.elements.map((element, i) => walk.go(optional[i] ?? element, scope)),
      );
      if (!optional.some((content) => content !== undefined)) return elements;
      return call(id, '@list', [
        elements,
        list(
          id,
          optional.map((content) => bool(id, content !== undefined)),
        ),
      ]);
    }
    case 'structExpr': {
      const { entries } = exprKind.value;
      const optional = entries.map((entry) => (entry.keyKind.case === 'mapKey' ? optionalContent(entry.keyKind.value) : undefined));
      // The library looks at the types of keys before their values: 0 and 0u would be two keys. Of texts it finds all that are equal.
      if (exprKind.value.messageName !== '' || entries.every((entry) => isText(entry.keyKind.value))) {
        const walked = entries.map((entry) => ({
          ...entry,
          keyKind:
            entry.keyKind.case === 'mapKey' ? { case: entry.keyKind.case, value: walk.go(entry.keyKind.value, scope) } : entry.keyKind,
          value: walk.go(entry.value, scope),
        }));
        return { ...expr, exprKind: { case: 'structExpr', value: { ...exprKind.value, entries: walked } } };
      }
      const flat = entries.flatMap((entry, i) => [
        walk.go(optional[i] ?? (entry.keyKind.case === 'mapKey' ? entry.keyKind.value : undefined), scope),
        walk.go(entry.value, scope),
        bool(id, optional[i] !== undefined),
      ]);
      return call(id, '@map', [list(id, flat)]);
    }
    case 'comprehensionExpr':
      return comprehension(walk, expr, scope);
    default:
      return expr;
  }
}

function checkRange(id: bigint, constant: { readonly case: string | undefined; readonly value?: unknown }): void {
  const { value } = constant;
  if (constant.case === 'doubleValue' && !Number.isFinite(value)) throw new ExpandError(id, 'invalid double literal');
  if (typeof value !== 'bigint') return;
  const signed = constant.case === 'int64Value';
  if (value !== (signed ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value)))
    throw new ExpandError(id, `invalid ${signed ? 'int' : 'uint'} literal`);
}

function isText(key: unknown): boolean {
  if (typeof key !== 'object' || key === null || !('exprKind' in key)) return false;
  // A key of a map literal is a node.
  const { exprKind } = key as Expr;
  return exprKind.case === 'constExpr' && exprKind.value.constantKind.case === 'stringValue';
}

function optionalContent(expr: Expr): Expr | undefined {
  return expr.exprKind.case === 'callExpr' && expr.exprKind.value.function === OPTIONAL ? expr.exprKind.value.args[0] : undefined;
}

/** The scope's entry for a name. */
export function lookup(scope: Scope, wanted: string): Scope {
  for (let at = scope; at !== undefined; at = at.outer) if (at.name === wanted) return at;
  return undefined;
}

function name(walk: Walk, expr: Expr, wanted: string, scope: Scope): Expr {
  const found = lookup(scope, wanted);
  if (found !== undefined) return found.value?.(expr.id) ?? expr;
  if (walk.names.declared(wanted) || walk.names.hasType(wanted)) return expr;
  throw new ExpandError(expr.id, `undeclared reference to '${wanted}' (in container '')`);
}

// Names of types and of namespaces have a few parts. Longer chains are selections of fields, whose beginnings are looked at in turn.
const NAME_PARTS = 16;

/** `a.b.c` as a name, and its first part. */
function qualified(expr: Expr | undefined): { readonly full: string; readonly root: string } | undefined {
  const parts: string[] = [];
  let at = expr;
  while (at?.exprKind.case === 'selectExpr' && !at.exprKind.value.testOnly && parts.length < NAME_PARTS) {
    parts.push(at.exprKind.value.field);
    at = at.exprKind.value.operand;
  }
  if (at?.exprKind.case !== 'identExpr') return undefined;
  const root = at.exprKind.value.name;
  return { full: [root, ...parts.reverse()].join('.'), root };
}

function select(walk: Walk, expr: Expr, scope: Scope): Expr {
  if (expr.exprKind.case !== 'selectExpr') return expr;
  const { operand, field, testOnly } = expr.exprKind.value;
  const dotted = qualified(expr);
  if (dotted !== undefined && lookup(scope, dotted.root) === undefined) {
    if (isDottedName(walk, dotted.full)) return expr;
    if (!walk.names.declared(dotted.root)) throw new ExpandError(expr.id, `undeclared reference to '${dotted.root}' (in container '')`);
  }
  if (field.startsWith(OPTIONAL_FIELD)) {
    if (testOnly) throw new ExpandError(expr.id, 'invalid argument to has() macro');
    return call(expr.id, '@optSelect', [walk.go(operand, scope), text(expr.id, fieldName(field.slice(OPTIONAL_FIELD.length)))]);
  }
  return call(expr.id, testOnly ? '@has' : '@select', [walk.go(operand, scope), text(expr.id, fieldName(field))]);
}

// A type, a value of an enumeration, or (in the conformance suite) a variable whose name has dots, perhaps with fields selected from it.
function isDottedName(walk: Walk, full: string): boolean {
  if (walk.names.hasType(full)) return true;
  for (let end = full.length; end > 0; end = full.lastIndexOf('.', end - 1)) {
    const part = full.slice(0, end);
    if (part.includes('.') && walk.names.declared(part)) return true;
  }
  return false;
}

function visitCall(walk: Walk, expr: Expr, scope: Scope): Expr {
  if (expr.exprKind.case !== 'callExpr') return expr;
  const { target, function: called, args } = expr.exprKind.value;
  const { id } = expr;
  if (called.startsWith(OPTIONAL_FIELD) || called.startsWith(QUOTED_FIELD))
    throw new ExpandError(id, 'unsupported syntax: a call of an optional or quoted name');
  if (called === '_[_]') {
    const [operand, index] = args;
    const optional = index && optionalContent(index);
    return call(id, optional ? '@optIndex' : '@index', [walk.go(operand, scope), walk.go(optional ?? index, scope)]);
  }
  if (called === 'has' && target === undefined) throw new ExpandError(id, 'invalid argument to has() macro');
  const space = qualified(target);
  const namespaced = space !== undefined && lookup(scope, space.root) === undefined && !walk.names.declared(space.root);
  const macro = expandMacro(walk, id, namespaced ? `${space.full}.${called}` : called, namespaced ? undefined : target, args, scope);
  if (macro !== undefined) return macro;
  if (namespaced && !walk.names.hasFunction(`${space.full}.${called}`)) {
    throw new ExpandError(id, `undeclared reference to '${space.full}.${called}' (in container '')`);
  }
  const walked = args.map((arg) => walk.go(arg, scope));
  if (namespaced) return call(id, `${space.full}.${called}`, walked);
  if (!walk.names.hasFunction(called) && !OPERATORS.has(called)) {
    throw new ExpandError(id, `undeclared reference to '${called}' (in container '')`);
  }
  if (target === undefined) return call(id, called, walked);
  return { ...expr, exprKind: { case: 'callExpr', value: { ...expr.exprKind.value, target: walk.go(target, scope), args: walked } } };
}

// Operators that the planner knows without a function. `@` names come only from the parser.
const OPERATORS = new Set(['_&&_', '_||_', '_?_:_', '@not_strictly_false']);

/** A variable in a scope. */
export function variable(scope: Scope, added: string): Scope {
  return { name: added, value: undefined, outer: scope };
}

/** A name in a scope that stands for an expression. */
export function alias(scope: Scope, added: string, value: (id: bigint) => Expr): Scope {
  return { name: added, value, outer: scope };
}

/** The name that an argument of a macro is. */
export function variableName(expr: Expr | undefined, id: bigint): string {
  if (expr?.exprKind.case === 'identExpr' && !expr.exprKind.value.name.includes('.')) return expr.exprKind.value.name;
  throw new ExpandError(id, 'argument must be a simple name');
}
