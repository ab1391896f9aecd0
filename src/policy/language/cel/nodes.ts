/** Nodes of the syntax tree, made. They carry the id of the node that they stand for. */
import type { Expr, ExprKind } from './library.ts';

/** The accumulator's name in the parser's own comprehensions. */
export const ACCUMULATOR = '@result';

function node(id: bigint, exprKind: ExprKind): Expr {
  return { $typeName: 'cel.expr.Expr', id, exprKind };
}

/** A call of a function. */
export function call(id: bigint, name: string, args: Expr[]): Expr {
  return node(id, { case: 'callExpr', value: { $typeName: 'cel.expr.Expr.Call', function: name, args } });
}

/** A call of a method. */
export function callMethod(id: bigint, target: Expr, name: string, args: Expr[]): Expr {
  return node(id, { case: 'callExpr', value: { $typeName: 'cel.expr.Expr.Call', function: name, target, args } });
}

/** A name. */
export function ident(id: bigint, name: string): Expr {
  return node(id, { case: 'identExpr', value: { $typeName: 'cel.expr.Expr.Ident', name } });
}

/** A text as a constant. */
export function text(id: bigint, value: string): Expr {
  return node(id, { case: 'constExpr', value: { $typeName: 'cel.expr.Constant', constantKind: { case: 'stringValue', value } } });
}

/** A truth value as a constant. */
export function bool(id: bigint, value: boolean): Expr {
  return node(id, { case: 'constExpr', value: { $typeName: 'cel.expr.Constant', constantKind: { case: 'boolValue', value } } });
}

/** A whole number as a constant. */
export function int(id: bigint, value: bigint): Expr {
  return node(id, { case: 'constExpr', value: { $typeName: 'cel.expr.Constant', constantKind: { case: 'int64Value', value } } });
}

/** A list. */
export function list(id: bigint, elements: Expr[]): Expr {
  return node(id, { case: 'listExpr', value: { $typeName: 'cel.expr.Expr.CreateList', elements, optionalIndices: [] } });
}

/** What a comprehension consists of. */
export interface Loop {
  readonly range: Expr;
  readonly variable: string;
  readonly accumulator?: string;
  readonly start: Expr;
  readonly condition: Expr;
  readonly step: Expr;
  readonly result: Expr;
}

/** A comprehension. */
export function loop(id: bigint, it: Loop): Expr {
  return node(id, {
    case: 'comprehensionExpr',
    value: {
      $typeName: 'cel.expr.Expr.Comprehension',
      iterVar: it.variable,
      iterVar2: '',
      iterRange: it.range,
      accuVar: it.accumulator ?? ACCUMULATOR,
      accuInit: it.start,
      loopCondition: it.condition,
      loopStep: it.step,
      result: it.result,
    },
  });
}

/** `body` with `name` bound to a value: a comprehension over nothing, whose accumulator is the name. */
export function bind(id: bigint, name: string, value: Expr, body: Expr): Expr {
  return loop(id, {
    range: list(id, []),
    variable: '@unused',
    accumulator: name,
    start: value,
    condition: bool(id, false),
    step: ident(id, name),
    result: body,
  });
}
