/** Policies in CEL, CUE and Rego, evaluated in worker threads, against the native engines. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createEvaluator } from '../../src/engines/index.ts';
import { cueText } from '../../src/policy/language/cue.ts';
import type { Evaluator, ProgramText } from '../../src/policy/language/evaluator.ts';
import { regoText } from '../../src/policy/language/rego.ts';
import { type BenchContext, type Measurement, median, type Row, rounded } from '../row.ts';

const EVALUATIONS = 2_000;
const ROUNDS = 5;
const WARM_ROUNDS = 2;
/** What a busy door has under way at the same time. */
const AT_ONCE = 16;
const TARGET = 1_000;

/** An SBOM has to be made by trivy, in the words of each language. */
const TEXTS: Readonly<Record<ProgramText['language'], ProgramText>> = {
  cel: {
    language: 'cel',
    source: 'predicate.metadata.tools.exists(tool, tool.name == "trivy")',
    variables: ['predicateType', 'predicate'],
  },
  cue: cueText('predicateType: "https://cyclonedx.org/bom"\npredicate: metadata: tools: [{name: "trivy", ...}]\n'),
  rego: regoText('package sigstore\nisCompliant { input.predicate.metadata.tools[_].name == "trivy" }\n'),
};

/** `policy-evaluations`: the slowest language; the others are its details. */
export const policyEvaluations: Measurement = { rows: ['policy-evaluations'], measure };

async function measure({ root, say }: BenchContext): Promise<readonly Row[]> {
  const native = await nativeEngines(root);
  const inputs = Array.from({ length: EVALUATIONS }, (_, i) => statement(i));
  const ours = new Map<string, number>();
  const peers = new Map<string, number>();
  const evaluator = createEvaluator();
  try {
    for (const [language, text] of Object.entries(TEXTS)) {
      say(`policy-evaluations: ${language}`);
      ours.set(language, await perSecond(evaluator, text, inputs));
      if (language !== 'cel') peers.set(language, nativePerSecond(native, text, inputs));
    }
  } finally {
    await evaluator.close();
  }
  const [slowest = 'cue', rate = 0] = [...ours].sort(([, a], [, b]) => a - b)[0] ?? [];
  const peer = peers.get(slowest) ?? Math.min(...peers.values());
  const details = Object.fromEntries([
    ...[...ours].map(([language, n]) => [`${language} evaluations/s`, Math.round(n)]),
    ...[...peers].map(([language, n]) => [`native ${language} evaluations/s`, Math.round(n)]),
    ['evaluations at the same time', AT_ONCE],
    ['memory MiB', Math.round(process.memoryUsage.rss() / 2 ** 20)],
  ]);
  return [
    {
      name: 'policy-evaluations',
      work: `one policy over ${EVALUATIONS} statements, warm, two worker threads; the slowest of CEL, CUE and Rego (${slowest})`,
      ours: rounded(rate),
      peer: rounded(peer),
      peerName: `the native engine of ${peers.has(slowest) ? slowest : 'the slower language'}, one process`,
      unit: 'evaluations/s',
      ratio: rounded(rate / peer),
      target: `at least ${TARGET} a second in each language`,
      met: rate >= TARGET,
      details,
    },
  ];
}

/** Not bundled: the script finds the project by its own place. */
async function nativeEngines(root: string): Promise<string> {
  const place = (await import(
    pathToFileURL(join(root, 'scripts/engines/place.mjs')).href
  )) as typeof import('../../scripts/engines/place.mjs');
  const built = place.builtEngines(['native']);
  if (built === undefined) throw new Error('the native engines are missing: run "node scripts/engines.mjs --native"');
  return built.native;
}

function statement(serial: number): string {
  const subject = [{ name: `registry.example/app-${serial}`, digest: { sha256: serial.toString(16).padStart(64, '0') } }];
  const predicate = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: serial,
    metadata: { tools: [{ vendor: 'aquasecurity', name: 'trivy' }] },
  };
  return JSON.stringify({ _type: 'https://in-toto.io/Statement/v1', predicateType: 'https://cyclonedx.org/bom', subject, predicate });
}

async function perSecond(evaluator: Evaluator, text: ProgramText, inputs: readonly string[]): Promise<number> {
  const program = await evaluator.compile(text);
  const rates: number[] = [];
  for (let round = 0; round < WARM_ROUNDS + ROUNDS; round++) {
    const started = performance.now();
    let next = 0;
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let input = inputs[next++]; input !== undefined; input = inputs[next++]) {
          const answer = await program.evaluate(input);
          if (!('value' in answer) || answer.value !== true) throw new Error(`${text.language} answered ${JSON.stringify(answer)}`);
        }
      }),
    );
    if (round >= WARM_ROUNDS) rates.push((inputs.length / (performance.now() - started)) * 1000);
  }
  return median(rates);
}

/** The time for all inputs without that for one, so that the start does not count. */
function nativePerSecond(native: string, program: ProgramText, inputs: readonly string[]): number {
  const milliseconds = (some: readonly string[]): number => {
    const line = JSON.stringify({ program, inputs: some });
    const started = performance.now();
    const { status } = spawnSync(native, { input: line });
    if (status !== 0) throw new Error(`the native engines ended with ${status}`);
    return performance.now() - started;
  };
  const rates = Array.from(
    { length: ROUNDS },
    () => (inputs.length / Math.max(1, milliseconds(inputs) - milliseconds(inputs.slice(0, 1)))) * 1000,
  );
  return median(rates);
}
