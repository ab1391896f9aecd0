/** Macros (cel-spec, "Macros"; cel-go's extensions for two variables, bindings, optionals and lists) as comprehensions. */
import { alias, ExpandError, type Scope, variable, variableName, type Walk } from './expand.ts';
import type { Expr } from './library.ts';
import { ACCUMULATOR, bind, bool, call, callMethod, ident, int, list, loop } from './nodes.ts';

/** The macro that a call is, expanded; undefined when it is none. `name` is the whole name of a function without target. */
export function expandMacro(
  walk: Walk,
  id: bigint,
  name: string,
  target: Expr | undefined,
  args: readonly Expr[],
  scope: Scope,
): Expr | undefined {
  if (target === undefined) {
    if (name === 'cel.bind' && args.length === 3) {
      const bound = variableName(args[0], id);
      return bind(id, bound, walk.go(args[1], scope), walk.go(args[2], variable(scope, bound)));
    }
    if ((name === 'math.greatest' || name === 'math.least') && args.length > 0) {
      return call(id, name, [
        list(
          id,
          args.map((arg) => walk.go(arg, scope)),
        ),
      ]);
    }
    return undefined;
  }
  const key = `${name}/${args.length}`;
  switch (key) {
    case 'or/1':
    case 'orValue/1': {
      // The other value is only looked at when it is needed.
      const held = walk.fresh();
      const chosen = name === 'or' ? ident(id, held) : callMethod(id, ident(id, held), 'value', []);
      return bind(
        id,
        held,
        walk.go(target, scope),
        choose(id, callMethod(id, ident(id, held), 'hasValue', []), chosen, walk.go(args[0], scope)),
      );
    }
    case 'optMap/2':
    case 'optFlatMap/2': {
      const held = walk.fresh();
      const bound = variableName(args[0], id);
      const body = bind(id, bound, callMethod(id, ident(id, held), 'value', []), walk.go(args[1], variable(scope, bound)));
      const some = name === 'optMap' ? call(id, 'optional.of', [body]) : body;
      return bind(
        id,
        held,
        walk.go(target, scope),
        choose(id, callMethod(id, ident(id, held), 'hasValue', []), some, call(id, 'optional.none', [])),
      );
    }
    case 'sortBy/2': {
      const bound = variableName(args[0], id);
      const held = walk.fresh();
      const keys = collect(id, ident(id, held), bound, push(id, walk.go(args[1], variable(scope, bound))));
      return bind(id, held, walk.go(target, scope), call(id, '@sortBy', [ident(id, held), keys]));
    }
    case 'all/3':
    case 'exists/3':
    case 'existsOne/3':
    case 'exists_one/3':
    case 'transformList/3':
    case 'transformList/4':
    case 'transformMap/3':
    case 'transformMap/4':
    case 'transformMapEntry/3':
    case 'transformMapEntry/4':
      return twoVariables(walk, id, name, target, args, scope);
    default:
      return undefined;
  }
}

function twoVariables(walk: Walk, id: bigint, name: string, target: Expr, args: readonly Expr[], scope: Scope): Expr {
  const pair = walk.fresh();
  const first = variableName(args[0], id);
  const second = variableName(args[1], id);
  if (first === second) throw new ExpandError(id, `overlapping variable names: '${first}'`);
  let inner = alias(variable(scope, pair), first, (at) => call(at, '@first', [ident(at, pair)]));
  inner = alias(inner, second, (at) => call(at, '@second', [ident(at, pair)]));
  const range = call(id, '@pairs', [walk.go(target, scope)]);
  const body = walk.go(args.at(-1), inner);
  const result = ident(id, ACCUMULATOR);
  if (name === 'all' || name === 'exists') {
    const all = name === 'all';
    return loop(id, {
      range,
      variable: pair,
      start: bool(id, all),
      condition: call(id, '@not_strictly_false', [all ? result : call(id, '!_', [result])]),
      step: call(id, all ? '_&&_' : '_||_', [result, body]),
      result,
    });
  }
  if (name === 'existsOne' || name === 'exists_one') {
    return loop(id, {
      range,
      variable: pair,
      start: int(id, 0n),
      condition: bool(id, true),
      step: choose(id, body, call(id, '_+_', [result, int(id, 1n)]), result),
      result: call(id, '_==_', [result, int(id, 1n)]),
    });
  }
  const filter = args.length === 4 ? walk.go(args[2], inner) : undefined;
  if (name === 'transformList') return collect(id, range, pair, push(id, body), filter);
  const step =
    name === 'transformMap' ? call(id, '@put', [result, call(id, '@first', [ident(id, pair)]), body]) : call(id, '@putAll', [result, body]);
  return collect(id, range, pair, step, filter, '@newMap');
}

function choose(id: bigint, condition: Expr, yes: Expr, no: Expr): Expr {
  return call(id, '_?_:_', [condition, yes, no]);
}

function push(id: bigint, element: Expr): Expr {
  return call(id, '@push', [ident(id, ACCUMULATOR), element]);
}

// Collects into something that grows in place: joining lists would cost the square of their length. An error ends the loop.
function collect(id: bigint, range: Expr, name: string, step: Expr, filter?: Expr, start = '@newList'): Expr {
  const result = ident(id, ACCUMULATOR);
  return loop(id, {
    range,
    variable: name,
    start: call(id, start, []),
    condition: call(id, '@continue', [result]),
    step: filter === undefined ? step : choose(id, filter, step, result),
    result,
  });
}

/** A comprehension of the parser's. */
export function comprehension(walk: Walk, expr: Expr, scope: Scope): Expr {
  if (expr.exprKind.case !== 'comprehensionExpr') return expr;
  const it = expr.exprKind.value;
  const inner = variable(variable(scope, it.accuVar), it.iterVar);
  const collects = it.accuInit?.exprKind.case === 'listExpr';
  if (!collects) {
    return loop(expr.id, {
      range: walk.go(it.iterRange, scope),
      variable: it.iterVar,
      start: walk.go(it.accuInit, scope),
      condition: walk.go(it.loopCondition, inner),
      step: walk.go(it.loopStep, inner),
      result: walk.go(it.result, inner),
    });
  }
  // map: result + [element]; filter and map with a condition: condition ? result + [element] : result.
  const step = it.loopStep?.exprKind;
  const conditional = step?.case === 'callExpr' && step.value.function === '_?_:_' ? step.value.args : undefined;
  const sum = (conditional ? conditional[1] : it.loopStep)?.exprKind;
  const added = sum?.case === 'callExpr' ? sum.value.args[1]?.exprKind : undefined;
  const element = added?.case === 'listExpr' ? added.value.elements[0] : undefined;
  return collect(
    expr.id,
    walk.go(it.iterRange, scope),
    it.iterVar,
    push(expr.id, walk.go(element, inner)),
    conditional && walk.go(conditional[0], inner),
  );
}
