/** `assay policy test`: suites, their mistakes, and what CI systems read of them. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { clusterPolicy, imagePolicy, type Lab, OURS, openLab, SIGNED } from './lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await openLab('policy-test');
  lab.image('signed', { signed: 'ours' });
  lab.image('strange', { signed: 'theirs' });
  lab.image('unsigned');
  lab.write('policies/ours.pub', OURS);
  lab.write('policies/trusted_root.json', '{}');
  lab.write('enforce.yaml', imagePolicy('enforce', SIGNED));
  lab.write('warn.yaml', imagePolicy('warn', SIGNED, '  mode: warn\n'));
  lab.write('bad.yaml', imagePolicy('bad', '{signature: {bye: ours}}'));
});
afterAll(() => lab.close());
afterEach(() => lab.registry.faults.clear());

/** A suite; tests are YAML in one line each, `IMAGE:name` stands for an image of the registry. */
function suite(tests: readonly string[], more = 'policies: [enforce.yaml]'): string {
  const lines = tests.map((t) => `  - ${t.replace(/IMAGE:(\w+)/g, (_, name: string) => `"${lab.ref(name)}"`)}\n`);
  return `kind: PolicyTest\nmetadata: {name: suite}\n${more}\ntests:\n${lines.join('')}`;
}

async function run(text: string, ...more: readonly string[]) {
  lab.write('suite.yaml', text);
  return lab.askJson(['policy', 'test', 'suite.yaml', ...more]);
}

/** A test, whether it passes, and what is said when it does not. */
type Row = [what: string, test: string, passes: boolean, says?: string];

const TESTS: readonly Row[] = [
  ['an image that may run', '{image: IMAGE:signed, expect: allow, outcome: verified}', true],
  ['an image that may not', '{image: IMAGE:strange, expect: deny, outcome: untrusted}', true],
  ['a reason', '{image: IMAGE:strange, expect: deny, because: wanted is a signature by the key ours}', true],
  ['another verdict', '{image: IMAGE:strange, expect: allow}', false, 'the verdict is deny, not allow'],
  ['a denial that does not come', '{image: IMAGE:signed, expect: deny}', false, 'the verdict is allow, not deny'],
  ['another outcome', '{image: IMAGE:unsigned, expect: deny, outcome: untrusted}', false, 'the outcome is unsigned, not untrusted'],
  ['a reason that is not given', '{image: IMAGE:strange, expect: deny, because: the moon}', false, 'no reason contains "the moon"'],
  ['a warning where there is a denial', '{image: IMAGE:strange, expect: warn}', false, 'the verdict is deny, not warn'],
];

describe('policy test', () => {
  test.each<Row>([...TESTS])('%s', async (_what, one, passes, says) => {
    const { exit, json } = await run(suite([one]));
    expect({ exit, schema: json.schema, passed: json.passed, failed: json.failed }).toEqual({
      exit: passes ? 0 : 1,
      schema: 'assay/policy-test/v1',
      passed: passes ? 1 : 0,
      failed: passes ? 0 : 1,
    });
    if (says !== undefined) expect(json.tests[0].difference).toContain(says);
    const { text } = await lab.ask(['policy', 'test', 'suite.yaml']);
    expect(text).toContain(`${passes ? 'ok' : 'FAIL'} suite: test 1\n`);
    expect(text).toContain(`1 test, ${passes ? 0 : 1} failed\n`);
  });

  test('a policy that warns', async () => {
    const { exit } = await run(
      suite(
        ['{image: IMAGE:strange, expect: warn, outcome: untrusted, because: not signed by}', '{image: IMAGE:signed, expect: allow}'],
        'policies: [warn.yaml]',
      ),
    );
    expect(exit).toBe(0);
  });

  test('what could not be asked is a denial that is inconclusive', async () => {
    lab.registry.faults.add({ kind: 'status', status: 500, match: 'referrers' });
    expect((await run(suite(['{image: IMAGE:signed, expect: deny, outcome: inconclusive}']))).exit).toBe(0);
    expect((await run(suite(['{image: IMAGE:signed, expect: allow}']))).exit).toBe(1);
  });

  test('the workload that an image stands in', async () => {
    const image = `${lab.host}/signed@${lab.registry.content.repository('signed').tags.get('v1')}`;
    const pod = (tier: string): string =>
      `apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {tier: ${tier}}}\nspec: {containers: [{name: c, image: "${image}"}]}\n`;
    const match = '  match: [{group: "", version: v1, resource: pods, selector: {matchLabels: {tier: front}}}]\n';
    lab.write('deep/cluster.yaml', clusterPolicy(match, OURS));
    lab.write('deep/pods/front.yaml', pod('front'));
    lab.write('deep/pods/back.yaml', pod('back'));
    const text = suite(
      [
        `{image: "${image}", resource: pods/front.yaml, expect: allow}`,
        `{image: "${image}", resource: ${join(lab.folder, 'deep/pods/back.yaml')}, expect: deny, because: no policy}`,
      ],
      'policies: [cluster.yaml]',
    );
    lab.write('deep/suite.yaml', text);
    const { exit, json } = await lab.askJson(['policy', 'test', 'deep/suite.yaml']);
    expect(json.tests.map((t: { difference: string }) => t.difference)).toEqual(['', '']);
    expect(exit).toBe(0);
  });

  test('paths are relative to the suite, and absolute ones are what they are', async () => {
    const text = suite(['{image: IMAGE:signed, expect: allow}'], `policies: ["${join(lab.folder, 'enforce.yaml')}"]`);
    lab.write('elsewhere/suite.yaml', text);
    expect((await lab.ask(['policy', 'test', 'elsewhere/suite.yaml'])).exit).toBe(0);
    lab.write('elsewhere/suite.yaml', suite(['{image: IMAGE:signed, expect: allow}'], 'policies: [../enforce.yaml]'));
    expect((await lab.ask(['policy', 'test', 'elsewhere/suite.yaml'])).exit).toBe(0);
  });

  test('an image that is not there fails its test, and the others go on', async () => {
    const { exit, json } = await run(suite(['{image: IMAGE:gone, expect: allow}', '{image: IMAGE:signed, expect: allow}']));
    expect({ exit, passed: json.tests.map((t: { passed: boolean }) => t.passed) }).toEqual({ exit: 1, passed: [false, true] });
  });

  /** A suite with a mistake: line and column. */
  const BROKEN: readonly (readonly [what: string, text: () => string, line: number, column: number, says: RegExp])[] = [
    ['another kind', () => 'kind: Suite\n', 1, 7, /kind is not PolicyTest/],
    ['another version', () => `apiVersion: v9\n${suite(['{image: IMAGE:signed, expect: allow}'])}`, 1, 13, /apiVersion/],
    ['two documents', () => `${suite(['{image: IMAGE:signed, expect: allow}'])}---\nkind: PolicyTest\n`, 1, 1, /one document/],
    ['no test', () => 'kind: PolicyTest\npolicies: [enforce.yaml]\ntests: []\n', 3, 8, /at least one test/],
    ['no policy', () => suite(['{image: IMAGE:signed, expect: allow}'], 'policies: []'), 3, 11, /names its policies/],
    [
      'a policy that is no text',
      () => suite(['{image: IMAGE:signed, expect: allow}'], 'policies: [7]'),
      3,
      12,
      /policies\.0 is not a text/,
    ],
    ['a misspelt field', () => suite(['{image: IMAGE:signed, expects: allow}']), 5, 0, /did you mean "expect"/],
    [
      'a misspelt field about the suite',
      () => suite(['{image: IMAGE:signed, expect: allow}']).replace('name:', 'nmae:'),
      2,
      18,
      /did you mean "name"/,
    ],
    ['a verdict that is none', () => suite(['{expect: perhaps, image: IMAGE:signed}']), 5, 14, /allow, warn or deny, not "perhaps"/],
    ['an outcome that is none', () => suite(['{outcome: fine, image: IMAGE:signed, expect: allow}']), 5, 15, /"fine" is no outcome/],
    ['a test without an image', () => suite(['{expect: allow}']), 5, 5, /tests\.0\.image is missing/],
    ['no YAML', () => 'kind: PolicyTest\ntests: [', 2, 0, /./],
  ];
  test.each(BROKEN)('%s is misuse, with its place, before anything is tried', async (_what, text, line, column, says) => {
    lab.write('good-suite.yaml', suite(['{image: IMAGE:signed, expect: allow}']));
    lab.write('suite.yaml', text());
    lab.registry.log.length = 0;
    const { exit, json } = await lab.askJson(['policy', 'test', 'good-suite.yaml', 'suite.yaml']);
    expect(json.errors[0].message).toMatch(says);
    expect(json.errors[0].message).toContain(column === 0 ? `line ${line}, column ` : `(line ${line}, column ${column})`);
    expect({ exit, asked: lab.registry.log.length }).toEqual({ exit: 2, asked: 0 });
  });

  test('a policy that does not compile is misuse', async () => {
    const { exit, json } = await run(suite(['{image: IMAGE:signed, expect: deny}'], 'policies: [bad.yaml]'));
    expect({ exit, code: json.errors[0].code }).toEqual({ exit: 2, code: 'policy-invalid' });
  });
});

describe('policy test --output junit', () => {
  test('is well-formed XML with a case for each test, whatever the texts hold', async () => {
    const name = `"<a> & 'b'" ]]> \\e[2J \\u202e ${'x'.repeat(20)}`;
    const because = '</failure><testcase name=\\"forged\\"/>';
    lab.write(
      'suite.yaml',
      suite([
        `{name: "${name.replaceAll('"', '\\"')}", image: IMAGE:strange, expect: deny, because: "${because}"}`,
        '{name: fine, image: IMAGE:signed, expect: allow}',
      ]).replace('name: suite', 'name: "a \\"suite\\" <1>"'),
    );
    const { exit, text } = await lab.ask(['policy', 'test', 'suite.yaml', '--output', 'junit']);
    expect(exit).toBe(1);
    const elements = elementsOf(text);
    expect(elements.map((e) => e.name)).toEqual(['testsuites', 'testsuite', 'testcase', 'failure', 'testcase']);
    const [whole, one, bad, failure, good] = elements.map((e) => e.attributes);
    expect([whole?.get('tests'), whole?.get('failures')]).toEqual(['2', '1']);
    expect([one?.get('name'), one?.get('tests'), one?.get('failures')]).toEqual(['a "suite" <1>', '2', '1']);
    expect(bad?.get('name')).toContain(`"<a> & 'b'" ]]> \\u{1b}[2J \\u{202e} `);
    expect(failure?.get('message')).toContain('no reason contains "</failure><testcase name="forged"/>"');
    expect(textsOf(text)).toEqual([expect.stringMatching(/wanted is a signature by .*\n.*wanted is/)]);
    expect(good?.get('name')).toBe('fine');
    expect(good?.get('time')).toMatch(/^\d+\.\d{3}$/);
  });

  test('several suites stand in one report', async () => {
    lab.write('one.yaml', suite(['{image: IMAGE:signed, expect: allow}']));
    lab.write('two.yaml', suite(['{image: IMAGE:signed, expect: deny}']).replace('name: suite', 'name: second'));
    const { exit, text } = await lab.ask(['policy', 'test', 'one.yaml', 'two.yaml', '--output', 'junit']);
    const suites = elementsOf(text).filter((e) => e.name === 'testsuite');
    expect(suites.map((s) => [s.attributes.get('name'), s.attributes.get('failures')])).toEqual([
      ['suite', '0'],
      ['second', '1'],
    ]);
    expect(exit).toBe(1);
  });
});

interface Element {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** The elements of a text that has to be well-formed XML 1.0 of one root element; throws where it is not. */
function elementsOf(xml: string): readonly Element[] {
  const rest = xml.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '');
  if (rest === xml) throw new Error('no XML declaration');
  if (/[^\t\n\r -\ud7ff\ue000-\ufffd]/.test(rest)) throw new Error('a character that XML does not allow');
  const elements: Element[] = [];
  const open: string[] = [];
  let end = 0;
  for (const tag of rest.matchAll(/<(\/?)([a-z]+)((?:\s+[a-z]+="[^"<]*")*)\s*(\/?)>/g)) {
    text(rest.slice(end, tag.index), open.length > 0);
    end = tag.index + tag[0].length;
    const [, closing, name = '', attributes = '', empty] = tag;
    if (closing === '/') {
      if (open.pop() !== name) throw new Error(`</${name}> closes nothing`);
      continue;
    }
    if (open.length === 0 && elements.length > 0) throw new Error('a second root');
    elements.push({
      name,
      attributes: new Map([...attributes.matchAll(/([a-z]+)="([^"]*)"/g)].map((a) => [a[1] ?? '', unescaped(a[2] ?? '')])),
    });
    if (empty === '') open.push(name);
  }
  text(rest.slice(end), false);
  if (open.length > 0) throw new Error(`<${open.at(-1)}> is not closed`);
  return elements;
}

/** What stands in failures. */
function textsOf(xml: string): readonly string[] {
  return [...xml.matchAll(/<failure [^>]*>([^<]*)<\/failure>/g)].map((m) => unescaped(m[1] ?? ''));
}

function text(between: string, inside: boolean): void {
  if (!inside && between.trim() !== '') throw new Error(`text outside of the root: ${between}`);
  if (between.includes('<') || between.includes(']]>')) throw new Error(`no text: ${between}`);
  unescaped(between);
}

function unescaped(value: string): string {
  if (/&(?!(?:amp|lt|gt|quot|apos|#\d+);)/.test(value)) throw new Error(`a bare ampersand: ${value}`);
  const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
  return value.replace(/&(?:#(\d+)|([a-z]+));/g, (_, code: string | undefined, name: string) =>
    code === undefined ? (entities[name] ?? '') : String.fromCodePoint(Number(code)),
  );
}
