/** The cases of cel-spec's conformance suite, run by Assay's CEL: a judge that none of us wrote. */

import type { ExprValue } from '@bufbuild/cel-spec/cel/expr/eval_pb.js';
import type { Value } from '@bufbuild/cel-spec/cel/expr/value_pb.js';
import { getTestRegistry } from '@bufbuild/cel-spec/testdata/registry.js';
import { getConformanceSuite, type IncrementalTest, type IncrementalTestSuite } from '@bufbuild/cel-spec/testdata/tests.js';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { newEngine } from '../../src/policy/language/cel/engine.ts';
import { compileWith } from '../../src/policy/language/cel/index.ts';
import type { CelInput, CelResult, CelValue, Engine } from '../../src/policy/language/cel/library.ts';
import {
  celError,
  celList,
  celMap,
  celUint,
  isCelError,
  isCelList,
  isCelMap,
  isCelUint,
  typeName,
} from '../../src/policy/language/cel/library.ts';

/** One case: `file/section/name`. */
export interface Case {
  readonly name: string;
  readonly test: IncrementalTest['original'];
}

const registry = getTestRegistry();
const engines = new Map<string, Engine>();

function engineOf(container: string): Engine {
  let engine = engines.get(container);
  if (engine === undefined) {
    engine = newEngine(registry, container);
    engines.set(container, engine);
  }
  return engine;
}

/** Every case of the suite. */
export function conformanceCases(): Case[] {
  const cases: Case[] = [];
  const visit = (suite: IncrementalTestSuite, path: string) => {
    for (const test of suite.tests) cases.push({ name: `${path}${test.name}`, test: test.original });
    for (const inner of suite.suites) visit(inner, `${path}${inner.name}/`);
  };
  visit(getConformanceSuite(), '');
  return cases;
}

function toInput(value: Value | undefined): CelInput {
  const kind = value?.kind;
  switch (kind?.case) {
    case 'nullValue':
      return null;
    case 'uint64Value':
      return celUint(kind.value);
    case 'enumValue':
      return BigInt(kind.value.value);
    case 'listValue':
      return celList(kind.value.values.map(toInput));
    case 'mapValue':
      return celMap(new Map(kind.value.entries.map((entry) => [toInput(entry.key) as string, toInput(entry.value)])));
    case 'objectValue': {
      const message = anyUnpack(kind.value, registry);
      if (message === undefined) throw new Error(`unknown message ${kind.value.typeUrl}`);
      return message as CelInput;
    }
    case 'typeValue':
    case undefined:
      // A value of a type is compared by its name, elsewhere.
      throw new Error('not a value for a binding');
    default:
      return kind?.value ?? null;
  }
}

function outcome(it: ExprValue | undefined): CelInput {
  if (it?.kind.case === 'value') return toInput(it.kind.value);
  return celError('an error of the test') as unknown as CelInput;
}

/** Why a case does not pass; undefined when it does. */
export function runCase({ test }: Case): string | undefined {
  if (test.checkOnly) return 'check only';
  const strict = engineOf(test.container);
  // Cases that switch the checker off expect errors of evaluation for names that nobody declared.
  const engine = test.disableCheck ? { ...strict, hasFunction: () => true } : strict;
  const candidates = (name: string) => [name, ...test.container.split('.').map((_, i, all) => `${all.slice(0, i + 1).join('.')}.${name}`)];
  const names = new Set([...Object.keys(test.bindings), ...test.typeEnv.map((declaration) => declaration.name)]);
  const declared = (name: string) =>
    candidates(name).some((candidate) => names.has(candidate)) || (test.disableCheck && !name.includes('.'));
  let result: CelResult;
  try {
    const bindings = Object.fromEntries(Object.entries(test.bindings).map(([name, value]) => [name, outcome(value)]));
    result = compileWith(engine, test.expr, declared)(bindings);
  } catch (error) {
    result = celError(error);
  }
  const expected = test.resultMatcher;
  switch (expected.case) {
    case 'evalError':
    case 'anyEvalErrors':
      return isCelError(result) ? undefined : `no error but ${describe(result)}`;
    case 'unknown':
    case 'anyUnknowns':
      return 'unknowns';
    default: {
      if (isCelError(result)) return `error: ${result.message}`;
      const value = expected.case === 'typedResult' ? expected.value.result : expected.value;
      if (value === undefined) return result === true ? undefined : `not true but ${describe(result)}`;
      if (value.kind.case === 'typeValue') {
        const shown = typeof result === 'object' && result !== null && 'name' in result ? result.name : describe(result);
        return shown === value.kind.value ? undefined : `type ${String(shown)}`;
      }
      const wanted = compileWith(engine, 'wanted', () => true)({ wanted: toInput(value) });
      if (isCelError(wanted)) return `error in the expectation: ${wanted.message}`;
      return identical(result, wanted, engine) ? undefined : `${describe(result)} instead of ${describe(wanted)}`;
    }
  }
}

// Equality alone says that 1 is 1.0: types are compared too, also within lists and maps.
function identical(a: CelValue, b: CelValue, engine: Engine): boolean {
  if (typeof a === 'number' && typeof b === 'number') return Object.is(a, b) || a === b;
  if (typeName(a) !== typeName(b)) return false;
  if (isCelList(a) && isCelList(b)) {
    const others = [...b];
    return a.size === b.size && [...a].every((element, i) => identical(element, others[i] ?? null, engine));
  }
  if (isCelMap(a) && isCelMap(b)) {
    return (
      a.size === b.size &&
      [...a].every(([key, value]) => {
        const other = b.get(key);
        return other !== undefined && identical(value, other, engine);
      })
    );
  }
  return compileWith(engine, 'a == b', () => true)({ a: a as CelInput, b: b as CelInput }) === true;
}

function describe(value: CelValue): string {
  if (isCelUint(value)) return `${value.value}u`;
  if (isCelList(value)) return `[${[...value].map(describe).join(', ')}]`;
  if (isCelMap(value)) return `{${[...value].map(([key, inner]) => `${describe(key)}: ${describe(inner)}`).join(', ')}}`;
  return `${typeName(value)} ${String(value)}`;
}
