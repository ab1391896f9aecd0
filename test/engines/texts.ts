/** Policy texts and inputs of the tests of the engines. */

import { cueText } from '../../src/policy/language/cue.ts';
import type { ProgramText } from '../../src/policy/language/evaluator.ts';
import { regoText } from '../../src/policy/language/rego.ts';

/** A CycloneDX attestation made by `tool`. */
export function cyclonedx(tool: string): string {
  return JSON.stringify({
    _type: 'https://in-toto.io/Statement/v0.1',
    predicateType: 'https://cyclonedx.org/bom',
    subject: [{ name: 'registry.example/app', digest: { sha256: 'a'.repeat(64) } }],
    predicate: { bomFormat: 'CycloneDX', specVersion: '1.4', metadata: { tools: [{ vendor: 'anchore', name: tool }] } },
  });
}

/** The classic example: the SBOM has to be made by trivy. */
export const WANTS_TRIVY = `predicateType: "https://cyclonedx.org/bom"
predicate: {
  metadata: {
    tools: [{name: "trivy"}]
  }
}
`;

/** The same in Rego. */
export const REGO_WANTS_TRIVY = `package sigstore
isCompliant[response] {
  tool := input.predicate.metadata.tools[_].name
  response := {"result": tool == "trivy", "error": sprintf("the SBOM was made by %s", [tool])}
}
`;

/** The same in CEL. */
export const CEL_WANTS_TRIVY: ProgramText = {
  language: 'cel',
  source: 'predicate.metadata.tools.exists(tool, tool.name == "trivy")',
  variables: ['predicate'],
};

/** Texts that do not end in any useful time, whatever the input. */
export const RUNAWAYS: ReadonlyMap<string, ProgramText> = new Map([
  [
    'rego',
    regoText(`package sigstore
n := numbers.range(0, input.size)
isCompliant { count([1 | a := n[_]; b := n[_]; c := n[_]; a + b + c == 0]) == 1 }
`),
  ],
  [
    'cue',
    cueText(`import "list"
size: *0 | int
all: list.Range(0, size, 1)
found: [for a in all for b in all for c in all if a+b+c < 0 {a}]
`),
  ],
  [
    'cel',
    {
      language: 'cel',
      source: 'n.all(a, n.all(b, n.all(c, n.all(d, n.all(e, a + b + c + d + e >= 0)))))',
      variables: ['n'],
    },
  ],
]);

/** The input with which each of `RUNAWAYS` runs away. */
export const RUNAWAY_INPUT = JSON.stringify({ size: 3000, n: Array.from({ length: 200 }, (_, i) => i) });

/** Texts that take memory without end over `BOMB_INPUT`. */
export const BOMBS: ReadonlyMap<string, ProgramText> = new Map([
  ['rego, a list', regoText('package sigstore\nisCompliant { x := [y | y := numbers.range(1, 100000000)[_]]; count(x) == 0 }\n')],
  [
    'rego, a text',
    regoText('package sigstore\na := replace(input.s, "x", input.s)\nb := replace(a, "x", a)\nisCompliant { count(b) == 3 }\n'),
  ],
  [
    'cue, a text',
    cueText('import "strings"\nsize: *1 | int\nx: strings.Repeat("0123456789", size)\ny: strings.Contains(x, "a") & false\n'),
  ],
  ['cue, a list', cueText('import "list"\nsize: *1 | int\nx: list.Repeat([1, 2, 3], size)\n')],
  ['cel, a list', { language: 'cel', source: 'n.map(a, n.map(b, n.map(c, n.map(d, n.map(e, [a, b, c, d, e])))))', variables: ['n'] }],
  [
    'cel, a text',
    {
      language: 'cel',
      source: `[s]${'.map(s, s + s)'.repeat(40)}`,
      variables: ['s'],
    },
  ],
]);

/** The input over which each of `BOMBS` explodes. */
export const BOMB_INPUT = JSON.stringify({ size: 500_000_000, s: 'x'.repeat(1000), n: Array.from({ length: 200 }, (_, i) => i) });
