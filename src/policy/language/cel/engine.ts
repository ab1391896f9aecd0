/** The one engine of all expressions: functions do not depend on the expression. */
import type { Registry } from '@bufbuild/protobuf';
import { addressFunctions } from './functions/addresses.ts';
import { conversionFunctions } from './functions/conversions.ts';
import { coreFunctions } from './functions/core.ts';
import { encoderFunctions } from './functions/encoders.ts';
import { listFunctions } from './functions/lists.ts';
import { mathFunctions } from './functions/math.ts';
import { formatFunctions } from './functions/named-formats.ts';
import { optionalFunctions } from './functions/optional.ts';
import { quantityFunctions } from './functions/quantity.ts';
import { expression, regexFunctions } from './functions/regex.ts';
import { semverFunctions } from './functions/semver.ts';
import { stringFunctions } from './functions/strings.ts';
import { urlFunctions } from './functions/urls.ts';
import type { CelFunc, CelInput, CelResult, CelValue, Engine, Expr } from './library.ts';
import { createEngine, isCelError, parseText } from './library.ts';
import { ident } from './nodes.ts';

/** An engine; registry and namespace are for the conformance suite, policies have neither. */
export function newEngine(registry?: Registry, namespace?: string): Engine {
  const plain = createEngine([], () => false, registry, namespace);
  const selections = new Map<string, (bindings: Record<string, CelInput>) => CelResult>();

  // The library's own operation on messages, planned once for each text. The operands are values already.
  function run(key: string, expr: () => Expr, bindings: Record<string, CelValue>): CelValue {
    let planned = selections.get(key);
    if (planned === undefined) {
      planned = plain.plan(expr());
      selections.set(key, planned);
    }
    const result = planned(bindings as Record<string, CelInput>);
    if (isCelError(result)) throw result;
    return result;
  }

  const messages = {
    equal: (a: CelValue, b: CelValue) => run('==', () => parseText('a == b'), { a, b }) === true,
    select: (m: CelValue, field: string) => run(`.${field}`, () => select(field, false), { m }),
    has: (m: CelValue, field: string) => run(`?${field}`, () => select(field, true), { m }) === true,
  };
  return createEngine(allFunctions(messages), (pattern, text) => expression(pattern).contains(text), registry, namespace);
}

function select(field: string, testOnly: boolean): Expr {
  const operand = ident(1n, 'm');
  return { ...operand, id: 2n, exprKind: { case: 'selectExpr', value: { $typeName: 'cel.expr.Expr.Select', operand, field, testOnly } } };
}

function allFunctions(messages: Parameters<typeof coreFunctions>[0]): CelFunc[] {
  return [
    ...coreFunctions(messages),
    ...optionalFunctions(),
    ...conversionFunctions(),
    ...stringFunctions(),
    ...mathFunctions(),
    ...listFunctions(messages.equal),
    ...encoderFunctions(),
    ...regexFunctions(),
    ...quantityFunctions(),
    ...addressFunctions(),
    ...urlFunctions(),
    ...semverFunctions(),
    ...formatFunctions(),
  ];
}
