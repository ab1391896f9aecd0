import path from 'node:path';
import { AssayError } from '../../errors.ts';
import type { Evaluator, Program } from '../../policy/index.ts';
import type { Condition, ConditionResult } from '../../verify/index.ts';
import type { Call } from '../command.ts';
import { readInput } from './files.ts';

/** A compiled file, asked about a statement in JSON. */
type Ask = (
  program: Program,
  input: string,
  signal?: AbortSignal,
) => Promise<{ readonly result: 'pass' | 'fail'; readonly message?: string }>;

/** cosign's `--policy` of `verify-attestation`: CUE and Rego files that every verified attestation of the type has to satisfy. Throws `policy-invalid`, `usage-invalid`. */
export async function attestationPolicies(call: Call): Promise<readonly Condition[]> {
  const files = call.options.has('policy') ? call.options.list('policy') : [];
  if (files.length === 0) return [];
  const { createEvaluator } = await import('../../engines/index.ts');
  const evaluator = createEvaluator();
  return Promise.all(files.map((file) => conditionOf(file, evaluator, call)));
}

async function conditionOf(file: string, evaluator: Evaluator, call: Call): Promise<Condition> {
  const source = (await readInput(file, 'policy', call.io)).toString('utf8');
  const { text, ask } = await readerOf(file, source);
  const program = await evaluator.compile(text);
  return {
    name: path.basename(file),
    async evaluate({ findings, signal }): Promise<ConditionResult> {
      if (findings.payload === undefined) return { result: 'inconclusive', reason: 'the attestation has no payload' };
      const said = await ask(program, Buffer.from(findings.payload).toString('utf8'), signal);
      return said.result === 'pass' ? { result: 'pass' } : { result: 'fail', reason: said.message ?? 'the policy says no' };
    },
  };
}

async function readerOf(file: string, source: string): Promise<{ readonly text: Parameters<Evaluator['compile']>[0]; readonly ask: Ask }> {
  if (file.endsWith('.cue')) {
    const { cosignCueText, evaluateCosignCue } = await import('../../policy/language/cue.ts');
    return { text: cosignCueText(source), ask: evaluateCosignCue };
  }
  if (file.endsWith('.rego')) {
    const { cosignRegoText, evaluateCosignRego } = await import('../../policy/language/rego.ts');
    return { text: cosignRegoText(source), ask: evaluateCosignRego };
  }
  throw new AssayError('usage-invalid', `--policy takes .cue and .rego files here, not ${file}`, {
    hint: 'assay verify --policy FILE takes ImagePolicy, ClusterImagePolicy and others',
  });
}
