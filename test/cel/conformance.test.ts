/** cel-spec's conformance suite: every case passes, or stands in a table with the reason why it does not. */
import { getParsingSuite, type IncrementalTestSuite } from '@bufbuild/cel-spec/testdata/tests.js';
import { expect, test } from 'vitest';
import { newEngine } from '../../src/policy/language/cel/engine.ts';
import { compileWith } from '../../src/policy/language/cel/index.ts';
import { conformanceCases, runCase } from './conformance.ts';

const PROTO_FIELDS = 'fields of protobuf messages that are quoted or optional: policies have no messages';
const PROTO_EXTENSIONS = 'extensions of protobuf messages: policies have no messages';
const STRONG_ENUMS = 'enumerations as types of their own: policies have no enumerations, and cel-go has none either';
const BLOCK = 'cel.block, cel.index and cel.iterVar are what optimisers write, never people';
const CHECKER =
  'asks for the types that a static checker finds: the values of policies are JSON, whose types are known when they are evaluated';

/** Cases that do not pass. A name that ends in "/" is a section of which none passes. */
const NOT_PASSED: Readonly<Record<string, readonly string[]>> = {
  [PROTO_EXTENSIONS]: ['proto2/extensions_has/', 'proto2/extensions_get/', 'proto2_ext/has_ext/', 'proto2_ext/get_ext/'],
  [PROTO_FIELDS]: [
    'proto2/quoted_fields/set_field_with_quoted_name',
    'proto2/quoted_fields/get_field_with_quoted_name',
    'proto3/quoted_fields/set_field',
    'proto3/quoted_fields/get_field',
    'optionals/optionals/has_optional_ofNonZeroValue_struct_optional_ofNonZeroValue_map_optindex_field',
    'optionals/optionals/optional_ofNonZeroValue_struct_optional_ofNonZeroValue_map_optindex_field',
    'optionals/optionals/struct_map_optindex_field',
    'optionals/optionals/struct_optional_ofNonZeroValue_map_optindex_field',
    'optionals/optionals/struct_map_optindex_field_nested',
  ],
  [STRONG_ENUMS]: [
    ...[
      'type_global',
      'type_nested',
      'field_type',
      'assign_standalone_int',
      'convert_int_inrange',
      'convert_int_big',
      'convert_int_neg',
    ].flatMap((name) => [`enums/strong_proto2/${name}`, `enums/strong_proto3/${name}`]),
    'enums/strong_proto2/convert_string',
    'enums/strong_proto3/convert_string',
    'enums/strong_proto3/assign_standalone_int_big',
    'enums/strong_proto3/assign_standalone_int_neg',
  ],
  [BLOCK]: ['block_ext/basic/'],
  [CHECKER]: [
    'type_deductions/flexible_type_parameter_assignment/',
    'type_deductions/wrappers/',
    'type_deductions/type_parameters/',
    'type_deductions/functions/function_result_type',
    'type_deductions/legacy_nullable_types/null_assignable_to_abstract_parameter_candidate',
  ],
};

/** Counted, so that neither a case nor a section disappears unseen. Both numbers only change with the version of the suite or of this code. */
const CASES = 2344;
const PASSED = 2219;

test('the conformance suite passes but for the cases in the table', () => {
  const excused = Object.values(NOT_PASSED).flat();
  const isExcused = (name: string) => excused.some((entry) => (entry.endsWith('/') ? name.startsWith(entry) : name === entry));
  const cases = conformanceCases();
  const failed: string[] = [];
  const passedAfterAll: string[] = [];
  let passed = 0;
  for (const it of cases) {
    const why = runCase(it);
    if (why === undefined) passed++;
    if (why !== undefined && !isExcused(it.name)) failed.push(`${it.name}: ${it.test.expr}: ${why}`);
    if (why === undefined && isExcused(it.name)) passedAfterAll.push(it.name);
  }
  console.info(`cel-spec: ${passed} of ${cases.length} cases pass (${((100 * passed) / cases.length).toFixed(1)} %)`);
  expect(failed).toEqual([]);
  expect(passedAfterAll).toEqual([]);
  expect(excused.filter((entry) => !cases.some(({ name }) => name.startsWith(entry)))).toEqual([]);
  expect([passed, cases.length]).toEqual([PASSED, CASES]);
});

test('what the parser of cel-go refuses is refused', () => {
  // Their cases are parsed without optionals and quoted names, and with lower bounds of nesting.
  const ofTheirOptions = /unsupported syntax|recursion/;
  // A name that is no accumulator here.
  const ofTheirNames = /iteration variable overwrites accumulator/;
  const engine = newEngine();
  const accepted: string[] = [];
  let refused = 0;
  const visit = (suite: IncrementalTestSuite) => {
    for (const { ast, error, original } of suite.tests) {
      if (ast !== undefined || error === undefined || ofTheirOptions.test(error) || ofTheirNames.test(error)) continue;
      try {
        compileWith(engine, original.expr, () => true);
        accepted.push(original.expr);
      } catch {
        refused++;
      }
    }
    suite.suites.forEach(visit);
  };
  visit(getParsingSuite());
  expect(accepted).toEqual([]);
  expect(refused).toBeGreaterThan(30);
});
