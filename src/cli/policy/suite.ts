import path from 'node:path';
import { nearest } from '../../codec/nearest.ts';
import { parseYamlDocuments } from '../../codec/yaml.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { Outcome } from '../../verify/index.ts';

/** One expectation of a suite. */
export interface PolicyTest {
  readonly name: string;
  readonly image: string;
  /** A file with the Kubernetes object that the image stands in. */
  readonly resource: string | undefined;
  readonly expect: 'allow' | 'warn' | 'deny';
  readonly outcome: Outcome | undefined;
  /** A text that one of the reasons or warnings has to contain. */
  readonly because: string | undefined;
}

/** A suite of tests of policies. Paths are relative to the suite's file. */
export interface PolicySuite {
  readonly file: string;
  readonly name: string;
  readonly policies: readonly string[];
  readonly trustedRoot: string | undefined;
  readonly tests: readonly PolicyTest[];
}

const SUITE = ['apiVersion', 'kind', 'metadata', 'policies', 'trustedRoot', 'tests'];
const API_VERSION = 'assay.dev/v1alpha1';
const METADATA = ['name', 'labels', 'annotations'];
const TEST = ['name', 'image', 'resource', 'expect', 'outcome', 'because'];
const OUTCOMES: readonly Outcome[] = ['verified', 'inconclusive', 'denied', 'revoked', 'expired', 'untrusted', 'invalid', 'unsigned'];

/** Parses a suite. Throws `input-invalid` with line and column. */
export function parseSuite(text: string, file: string): PolicySuite {
  const [document, second] = parseYamlDocuments(text, file);
  const fail = (message: string, at: readonly (string | number)[]): AssayError => {
    const position = document?.positionOf(at) ?? {};
    return new AssayError('input-invalid', `${file}: ${message} (line ${position.line ?? 1}, column ${position.column ?? 1})`, {
      at: position,
    });
  };
  if (document === undefined || second !== undefined) throw fail('a suite is one document', []);
  if (isObject(document.value) && document.value.kind !== 'PolicyTest') throw fail('kind is not PolicyTest', ['kind']);
  const suite = objectAt(document.value, SUITE, [], fail);
  if (suite.apiVersion !== undefined && suite.apiVersion !== API_VERSION) throw fail(`apiVersion is not ${API_VERSION}`, ['apiVersion']);
  if (!Array.isArray(suite.tests) || suite.tests.length === 0) throw fail('a suite has at least one test', ['tests']);
  if (suite.tests.length > LIMITS.policyTests) throw fail(`more than ${LIMITS.policyTests} tests`, ['tests']);
  const here = (p: string): string => (path.isAbsolute(p) ? p : path.join(path.dirname(file), p));
  const text_ = (value: unknown, at: readonly (string | number)[]): string => {
    if (typeof value === 'string' && value !== '') return value;
    throw fail(`${at.join('.')} is ${value === undefined ? 'missing' : 'not a text'}`, at);
  };
  const optional = (value: unknown, at: readonly (string | number)[]): string | undefined =>
    value === undefined ? undefined : text_(value, at);
  const metadata = suite.metadata === undefined ? {} : objectAt(suite.metadata, METADATA, ['metadata'], fail);
  const name = optional(metadata.name, ['metadata', 'name']);
  if (!Array.isArray(suite.policies) || suite.policies.length === 0) throw fail('a suite names its policies', ['policies']);
  const root = optional(suite.trustedRoot, ['trustedRoot']);
  return {
    file,
    name: name ?? file,
    policies: suite.policies.map((p: unknown, i) => here(text_(p, ['policies', i]))),
    trustedRoot: root === undefined ? undefined : here(root),
    tests: suite.tests.map((value: unknown, i): PolicyTest => {
      const at = ['tests', i] as const;
      const t = objectAt(value, TEST, at, fail);
      const verdict = text_(t.expect, [...at, 'expect']);
      if (verdict !== 'allow' && verdict !== 'warn' && verdict !== 'deny')
        throw fail(`expect is allow, warn or deny, not "${verdict}"`, [...at, 'expect']);
      const outcome = optional(t.outcome, [...at, 'outcome']);
      const known = OUTCOMES.find((o) => o === outcome);
      if (outcome !== undefined && known === undefined)
        throw fail(`"${outcome}" is no outcome (${OUTCOMES.join(', ')})`, [...at, 'outcome']);
      const resource = optional(t.resource, [...at, 'resource']);
      const image = text_(t.image, [...at, 'image']);
      return {
        name: optional(t.name, [...at, 'name']) ?? `test ${i + 1}`,
        image: image.replace(/^(oci(?:-archive)?:)(?!\/)(.*)$/s, (_all, scheme: string, rest: string) => `${scheme}${here(rest)}`),
        resource: resource === undefined ? undefined : here(resource),
        expect: verdict,
        outcome: known,
        because: optional(t.because, [...at, 'because']),
      };
    }),
  };
}

function objectAt(
  value: unknown,
  names: readonly string[],
  at: readonly (string | number)[],
  fail: (message: string, at: readonly (string | number)[]) => AssayError,
): Readonly<Record<string, unknown>> {
  if (!isObject(value)) throw fail('this is no object', at);
  for (const name of Object.keys(value)) {
    if (names.includes(name)) continue;
    const near = nearest(name, names);
    throw fail(`unknown field "${name}"${near === undefined ? '' : `, did you mean "${near}"?`}`, [...at, name]);
  }
  return value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
