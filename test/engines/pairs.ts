/** Policies with inputs, over which the engines as WebAssembly and natively have to say the same. */

import { cosignCueText, cueText } from '../../src/policy/language/cue.ts';
import type { ProgramText } from '../../src/policy/language/evaluator.ts';
import { cosignRegoText, regoText } from '../../src/policy/language/rego.ts';
import { cyclonedx, REGO_WANTS_TRIVY, WANTS_TRIVY } from './texts.ts';

/** A policy and what it is asked about. */
export interface Pairs {
  readonly name: string;
  readonly text: ProgramText;
  readonly inputs: readonly unknown[];
}

/** A text that is given as it is. */
export class Raw {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

function raw(text: string): Raw {
  return new Raw(text);
}

/** A pod as policy-controller shows it to the policy of an image (`includeSpec`, `includeObjectMeta`, `includeTypeMeta`). */
function pod(container: object, spec: object = {}): object {
  return {
    spec: { containers: [{ name: 'app', image: 'registry.example/app:v1', ...container }], ...spec },
    metadata: { name: 'app', labels: { app: 'web', 'app.kubernetes.io/part-of': 'shop' } },
    typemeta: { kind: 'Pod', apiVersion: 'v1' },
    authorityMatches: { key: { signatures: [{ id: 'e3b0c442' }] }, fixed: { static: true } },
  };
}

const NOT_PRIVILEGED = pod({ securityContext: { privileged: false, allowPrivilegeEscalation: false } });
const PRIVILEGED = pod({ securityContext: { privileged: true } });
const SCAN = (scannedOn: string, severities: readonly string[]): object => ({
  predicateType: 'https://cosign.sigstore.dev/attestation/vuln/v1',
  predicate: {
    metadata: { scanFinishedOn: scannedOn },
    scanner: {
      result: { Results: [{ Vulnerabilities: severities.map((Severity, i) => ({ VulnerabilityID: `CVE-2026-${i}`, Severity })) }] },
    },
  },
});

function cue(name: string, source: string, ...inputs: readonly unknown[]): Pairs {
  return { name, text: cueText(source), inputs };
}
function cosignCue(name: string, source: string, ...inputs: readonly unknown[]): Pairs {
  return { name, text: cosignCueText(source), inputs };
}
function rego(name: string, body: string, ...inputs: readonly unknown[]): Pairs {
  return { name, text: regoText(`package sigstore\n${body}\n`), inputs };
}

/** Unreachable by `JSON.stringify`: given as texts. */
const ODD = ['null', '[]', '1e3', '"a"', 'true', '{"a":1,"a":2}', '{"a":1,"a":1}', '{"":{"#x":1,"_y":2}}', 'nothing', '{'];

/** All pairs. */
export const PAIRS: readonly Pairs[] = [
  cue(
    'classic',
    WANTS_TRIVY,
    JSON.parse(cyclonedx('syft')),
    JSON.parse(cyclonedx('trivy')),
    {},
    { predicate: { metadata: { tools: [] } } },
  ),
  cue('open list', 'predicate: metadata: tools: [...{name: "trivy"}]\n', JSON.parse(cyclonedx('syft')), JSON.parse(cyclonedx('trivy'))),
  cue(
    'definitions are closed',
    '#P: {name: string, version?: string}\npredicate: #P\n',
    { predicate: { name: 'x' } },
    { predicate: { name: 'x', more: 1 } },
  ),
  cue(
    'definitions with dots are open',
    '#P: {name: string, ...}\npredicate: #P\n',
    { predicate: { name: 'x', more: 1 } },
    { predicate: { name: 1 } },
  ),
  cue('disjunction with a default', 'level: *"low" | "medium" | "high"\n', {}, { level: 'high' }, { level: 'none' }),
  cue('comparators', 'n: >=1 & <10\nm?: !=0\n', { n: 5 }, { n: 0 }, { n: 10.5 }, { n: 'x' }, { n: 1, m: 0 }),
  cue('regular expressions', 'name: =~"^[a-z]+$" & !~"x$"\n', { name: 'abc' }, { name: 'abx' }, { name: 'ABC' }),
  cue(
    'lists',
    'import "list"\nall: _\nhas: list.Contains(all, "c") & true\nsome: list.MinItems(1) & list.MaxItems(2)\n',
    { all: ['a', 'b', 'c'], some: [1] },
    { all: ['a', 'b'], some: [1] },
    { all: ['a', 'b', 'c'], some: [] },
    { all: ['a', 'b', 'c'], some: [1, 2, 3] },
  ),
  cue(
    'strings',
    'import "strings"\nname: string\nok: strings.HasPrefix(name, "app-") & true\njoined: strings.Join(["a", "b"], "-") & "a-b"\n',
    { name: 'app-1' },
    { name: 'web-1' },
    {},
  ),
  cue(
    'structs',
    'import "struct"\nlabels: struct.MinFields(1) & struct.MaxFields(2)\n',
    { labels: { a: '1' } },
    { labels: {} },
    { labels: { a: 1, b: 2, c: 3 } },
  ),
  cue(
    'time',
    'import "time"\nat: string\nparsed: time.Parse(time.RFC3339, at)\nis: time.Time\nis: at\n',
    { at: '2026-01-02T03:04:05Z' },
    { at: '2026-13-02T03:04:05Z' },
    { at: 'yesterday' },
  ),
  cue(
    'conditions and interpolation',
    'spec: {\n  kind: string\n  name: string\n  if kind == "Pod" {\n    name: "pod-\\(suffix)"\n  }\n}\nsuffix: "x"\n',
    { spec: { kind: 'Pod', name: 'pod-x' } },
    { spec: { kind: 'Pod', name: 'pod-y' } },
    { spec: { kind: 'Job', name: 'any' } },
  ),
  cue(
    'let and comprehensions',
    'xs: [...int]\nlet big = [for x in xs if x > 10 {x}]\nnone: {count: len(big) & 0}\n',
    { xs: [1, 2] },
    { xs: [1, 20] },
  ),
  cue('references to itself', 'a: {name: string, label: name}\n', { a: { name: 'x', label: 'x' } }, { a: { name: 'x', label: 'y' } }),
  cue('not privileged', 'spec: containers: [...{securityContext?: {privileged?: false, ...}, ...}]\n', NOT_PRIVILEGED, PRIVILEGED, pod({})),
  cue(
    'host namespaces',
    'spec: {hostNetwork?: false, hostPID?: false, hostIPC?: false}\n',
    pod({}),
    pod({}, { hostNetwork: true }),
    pod({}, { hostIPC: true, hostPID: true }),
  ),
  cue('a static authority', 'authorityMatches: fixed: static: true\n', NOT_PRIVILEGED, { authorityMatches: { fixed: { static: false } } }),
  cue('numbers', 'n: int\nf: number\nbig: 123456789012345678901234567890\n', { n: 1, f: 0.1, big: 1 }, { n: 1.5, f: 1 }, { n: 1, f: 1 }),
  cosignCue(
    'the predicate alone',
    'predicateType: "https://slsa.dev/provenance/v1"\npredicate: buildDefinition: buildType!: string\n',
    { predicateType: 'https://slsa.dev/provenance/v1', predicate: { buildDefinition: { buildType: 'x' } } },
    { predicateType: 'https://slsa.dev/provenance/v1', predicate: {} },
  ),
  rego('classic', REGO_WANTS_TRIVY.replace('package sigstore\n', ''), JSON.parse(cyclonedx('syft')), JSON.parse(cyclonedx('trivy')), {}),
  rego('a default', 'default isCompliant = false\nisCompliant { input.ok }', { ok: true }, { ok: false }, {}, []),
  rego(
    'severities',
    `isCompliant[response] {
  found := {s: c | s := ["HIGH", "CRITICAL"][_]; c := count([v | v := input.predicate.scanner.result.Results[_].Vulnerabilities[_]; v.Severity == s])}
  result := found["HIGH"] + found["CRITICAL"] == 0
  response := {"result": result, "error": sprintf("Found HIGH '%d' and CRITICAL '%d' vulnerabilities", [found["HIGH"], found["CRITICAL"]])}
}`,
    SCAN('2026-01-02T03:04:05Z', ['LOW', 'HIGH', 'CRITICAL', 'HIGH']),
    SCAN('2026-01-02T03:04:05Z', ['LOW']),
    {},
  ),
  rego(
    'age of a scan',
    `isCompliant[{"result": r, "error": "Scan exceeds maximum allowed age."}] {
  finished := time.parse_rfc3339_ns(input.predicate.metadata.scanFinishedOn)
  r := (time.now_ns() - finished) < 1296000000000000
}`,
    SCAN('2001-01-02T03:04:05Z', []),
    SCAN('2999-01-02T03:04:05Z', []),
    SCAN('never', []),
  ),
  rego('chained bodies', 'isCompliant { input.a } { input.b }', { a: true }, { b: true }, { c: true }),
  rego(
    'partial sets',
    'bad[name] { c := input.spec.containers[_]; c.securityContext.privileged; name := c.name }\nisCompliant { count(bad) == 0 }',
    NOT_PRIVILEGED,
    PRIVILEGED,
    {},
  ),
  rego(
    'several answers come in order',
    'isCompliant[r] { c := input.xs[_]; r := {"result": c > 10, "error": sprintf("%v", [c]), "warning": "w"} }',
    { xs: [3, 1, 2] },
    { xs: [30, 1] },
    { xs: [] },
  ),
  rego(
    'texts',
    'isCompliant { endswith(input.s, "z"); startswith(input.s, "a"); contains(input.s, "m"); lower(input.s) == input.s; split(input.s, "m")[0] == "a"; trim_suffix(input.s, "z") == "am" }',
    { s: 'amz' },
    { s: 'AMZ' },
    { s: '' },
  ),
  rego('regular expressions', 'isCompliant { regex.match("^v[0-9]+(\\\\.[0-9]+)*$", input.tag) }', { tag: 'v1.2.3' }, { tag: 'latest' }),
  rego(
    'globs',
    'isCompliant { glob.match("registry.example/*", ["/"], input.image) }',
    { image: 'registry.example/app' },
    { image: 'registry.example/a/b' },
  ),
  rego(
    'objects',
    'isCompliant = object.union(object.get(input, "a", {"d": 0}), {"b": json.marshal(input)})',
    { a: { c: [1, 2, { x: null }] } },
    {},
  ),
  rego(
    'sets',
    'isCompliant = {"union": {1, 2} | {3}, "minus": {1, 2} - {2}, "and": {1, 2} & {2}, "sorted": sort([3, 1, 2]), "sum": sum(input.n)}',
    { n: [1, 2.5, 1e3] },
    { n: [] },
  ),
  rego(
    'codecs',
    'isCompliant = [base64.encode(input.s), base64.decode(base64.encode(input.s)), crypto.sha256(input.s), hex.encode(input.s), urlquery.encode(input.s), yaml.marshal(input)]',
    { s: 'ä ö/ü' },
    { s: '' },
  ),
  rego(
    'semantic versions',
    'isCompliant = semver.compare(input.a, input.b)',
    { a: '1.2.3', b: '1.10.0' },
    { a: '1.0.0-rc.1', b: '1.0.0' },
    { a: 'x', b: '1.0.0' },
  ),
  rego(
    'zones',
    'isCompliant = [time.clock([input.ns, "America/New_York"]), time.weekday(input.ns), time.add_date(input.ns, 0, 1, 0), time.format([input.ns, "Europe/Berlin"])]',
    { ns: 1767323045000000000 },
    { ns: 0 },
  ),
  rego(
    'networks',
    'isCompliant { net.cidr_contains(input.net, input.ip) }',
    { net: '10.0.0.0/8', ip: '10.1.2.3' },
    { net: '10.0.0.0/8', ip: '11.1.2.3' },
  ),
  rego('walks', 'isCompliant = [p | walk(input, [p, v]); v == "x"]', { a: ['x', { b: 'x' }], c: 'y' }),
  rego(
    'with and every',
    'import future.keywords.every\nok { input.n > 1 }\nisCompliant { every x in input.all { ok with input as {"n": x} } }',
    { all: [2, 3] },
    { all: [1, 3] },
    { all: [] },
  ),
  rego('conflicts', 'isCompliant = x { x := input.all[_] }', { all: [true] }, { all: [true, false] }, { all: [] }),
  rego('exact numbers', 'isCompliant = [input.n, input.n + 1, input.n / 3, input.n % 7]', { n: 10 }, { n: 0.1 }, { n: -7 }),
  {
    name: "cosign's allow",
    text: cosignRegoText('package signature\nallow { input.predicate.Data == "ok" }\n'),
    inputs: [{ predicate: { Data: 'ok' } }, { predicate: { Data: 'no' } }],
  },
  cue('odd values', 'a?: int\n', ...ODD.map(raw)),
  rego('odd values', 'isCompliant = input', ...ODD.map(raw)),
];

/** The input as the engine gets it. */
export function inputText(input: unknown): string {
  return input instanceof Raw ? input.text : JSON.stringify(input);
}
