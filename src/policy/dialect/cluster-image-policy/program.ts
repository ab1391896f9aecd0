import { encodeHex, utf8Decode } from '../../../bytes/index.ts';
import { sha256 } from '../../../crypto/index.ts';
import { AssayError, messageOf, toAssayError } from '../../../errors.ts';
import type { ConditionResult } from '../../../verify/index.ts';
import { cueFailure, cueText, evaluateCue } from '../../language/cue.ts';
import { evaluateRego, regoFailure, regoText } from '../../language/rego.ts';
import { type PolicyResources, SYSTEM_NAMESPACE } from '../../resources.ts';
import type { PolicyText } from './model.ts';
import type { Problems } from './problems.ts';
import type { FieldPath } from './validation/field-error.ts';

/** A compiled policy in CUE or Rego. `name` is that of the attestation, or `ClusterImagePolicy`. */
export type CompiledText = (name: string, input: string, signal?: AbortSignal) => Promise<ConditionResult>;

/** Reads and compiles a policy; what is wrong with it is noted with its place, and `undefined` answered. */
export async function compileText(
  policy: PolicyText,
  path: FieldPath,
  resources: PolicyResources,
  problems: Problems,
): Promise<CompiledText | undefined> {
  const from = policy.remote !== undefined ? 'remote' : policy.configMapRef !== undefined ? 'configMapRef' : 'data';
  const at = [...path, from];
  const source = await problems.during(at, () => textOf(policy, resources));
  if (source === undefined) return undefined;
  try {
    const evaluator = await resources.evaluator();
    if (policy.type === 'rego') {
      const program = await evaluator.compile(regoText(source));
      return async (name, input, signal) => resultOf(await evaluateRego(program, input, signal), (m) => regoFailure(name, m));
    }
    const program = await evaluator.compile(cueText(source));
    return async (name, input, signal) => resultOf(await evaluateCue(program, input, signal), (m) => cueFailure(name, m));
  } catch (error) {
    problems.add(inText(error, policy.type ?? '', from === 'data' && source.includes('\n'), problems.placeOf(at).line), at);
    return undefined;
  }
}

// policy-controller takes what a policy has to say, though it is content, for a failure.
function resultOf(verdict: Awaited<ReturnType<typeof evaluateCue>>, framed: (message: string) => string): ConditionResult {
  if (verdict.result === 'fail') return { result: 'fail', reason: framed(verdict.message) };
  return verdict.warning === undefined ? { result: 'pass' } : { result: 'fail', reason: verdict.warning };
}

async function textOf({ data, configMapRef, remote }: PolicyText, resources: PolicyResources): Promise<string> {
  if (remote !== undefined) {
    const bytes = await resources.fetch(remote.url ?? '');
    const [wanted, got] = [(remote.sha256sum ?? '').trim().toLowerCase(), encodeHex(sha256(bytes))];
    if (wanted !== got) throw new AssayError('policy-invalid', `failed to check sha256sum from policy remote: ${wanted} got ${got}`);
    return utf8Decode(bytes, 'policy remote');
  }
  if (configMapRef === undefined) return data ?? '';
  const { name = '', key = '', namespace = SYSTEM_NAMESPACE } = configMapRef;
  // policy-controller reads its own namespace whatever is written here; a policy from elsewhere than it says would be a surprise.
  if (namespace !== '' && namespace !== SYSTEM_NAMESPACE) {
    throw new AssayError(
      'policy-invalid',
      `configMapRef.namespace is ${JSON.stringify(namespace.slice(0, 100))}, and only ${SYSTEM_NAMESPACE} is read`,
      {
        hint: `move the ConfigMap to ${SYSTEM_NAMESPACE}, or leave the namespace out`,
      },
    );
  }
  const found = await resources.configMap(SYSTEM_NAMESPACE, name);
  if (found === undefined)
    throw new AssayError('policy-reference-missing', `configmaps "${name}" not found in the namespace ${SYSTEM_NAMESPACE}`);
  const text = found.get(key);
  if (text === undefined) throw new AssayError('policy-invalid', `key ${JSON.stringify(key)} not found in the ConfigMap ${name}`);
  return text;
}

/** A mistake in a text that begins on the line after `start`, as texts of several lines do in YAML. */
function inText(error: unknown, type: string, block: boolean, start: number | undefined): AssayError {
  const { code, hint, at } = toAssayError(error);
  const line = at?.line;
  const where = line === undefined ? '' : ` (line ${line}${at?.column === undefined ? '' : `, column ${at.column}`} of the policy's text)`;
  return new AssayError(code, `the ${type} policy does not compile${where}: ${messageOf(error)}`, {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
    ...(line === undefined || start === undefined || !block ? {} : { at: { line: start + line } }),
  });
}
