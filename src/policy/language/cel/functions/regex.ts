/** Regular expressions in linear time: `matches` of the specification, `find` and `findAll` of Kubernetes' regex library. */
import { messageOf } from '../../../../errors.ts';
import { LIMITS } from '../../../../limits.ts';
import { compileExpression, type Expression } from '../../../../verify/expression.ts';
import type { CelFunc, CelInput } from '../library.ts';
import { func, INT, method, STRING } from '../library.ts';
import { boundedList, fail } from '../values.ts';

const patterns = new Map<string, Expression>();

/** A compiled expression, from among those that were asked for lately. */
export function expression(pattern: string): Expression {
  let found = patterns.get(pattern);
  if (found === undefined) {
    if (pattern.length > LIMITS.regexpLength) fail(`a regular expression is longer than ${LIMITS.regexpLength} characters`);
    try {
      found = compileExpression(pattern);
    } catch (error) {
      return fail(messageOf(error));
    }
    if (patterns.size >= LIMITS.expressionPatterns) patterns.clear();
    patterns.set(pattern, found);
  }
  return found;
}

function matches(text: string, pattern: string): boolean {
  return expression(pattern).contains(text);
}

function findAll(text: string, pattern: string, limit = -1n): CelInput {
  const most = LIMITS.expressionListLength + 1;
  return boundedList(expression(pattern).find(text, limit < 0n || limit > BigInt(most) ? most : Number(limit)));
}

/** The functions. */
export function regexFunctions(): CelFunc[] {
  return [
    func('matches', [STRING, STRING], matches),
    method('find', STRING, [STRING], (text: string, pattern: string) => expression(pattern).find(text, 1)[0] ?? ''),
    method('findAll', STRING, [STRING], findAll),
    method('findAll', STRING, [STRING, INT], findAll),
  ];
}
