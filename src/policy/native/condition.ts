import type { Json } from '../../codec/json.ts';
import type { Condition } from '../../verify/index.ts';
import { listsComponents } from '../expectation/bill-of-materials.ts';
import { parseAge } from '../expectation/duration.ts';
import { notOlderThan } from '../expectation/freshness.ts';
import { CEL_VARIABLES, programHolds } from '../expectation/program.ts';
import { type SlsaExpectation, slsaConditions } from '../expectation/slsa/expectation.ts';
import { fewVulnerabilities, type Severity } from '../expectation/vulnerabilities.ts';
import type { Language, ProgramText } from '../language/evaluator.ts';
import type { PolicyResources } from '../resources.ts';
import type { ConditionFields, SlsaFields } from './fields/condition.ts';
import type { Mistakes, Path } from './fields/mistakes.ts';
import type { RegoSource, Source } from './fields/source.ts';
import { loadProgram } from './source.ts';

/** What compiling conditions is given. */
export interface ConditionContext {
  readonly mistakes: Mistakes;
  readonly resources: PolicyResources;
}

/** The conditions that the fields mean, each with the name and message of the policy; what is wrong is noted. */
export async function compileConditions(
  list: readonly ConditionFields[],
  path: Path,
  context: ConditionContext,
): Promise<readonly Condition[]> {
  const compiled = await Promise.all(list.map((fields, i) => compileCondition(fields, [...path, i], context)));
  return compiled.flat();
}

async function compileCondition(fields: ConditionFields, path: Path, context: ConditionContext): Promise<readonly Condition[]> {
  const { mistakes } = context;
  if (!mistakes.clean(path)) return [];
  const { cel, cue, rego, maxAge, slsa, vulnerabilities, sbom, message } = fields;
  if (cel !== undefined) return program('cel', cel, fields, path, context);
  if (cue !== undefined) return program('cue', cue, fields, path, context);
  if (rego !== undefined) return program('rego', rego, fields, path, context);
  const made = await mistakes.attempt(path, (): readonly Condition[] => {
    if (maxAge !== undefined)
      return [typeof maxAge === 'string' ? notOlderThan(parseAge(maxAge), 'verified') : notOlderThan(parseAge(maxAge.is), maxAge.of)];
    if (slsa !== undefined) return slsaConditions(slsaExpectation(slsa, [...path, 'slsa'], mistakes));
    if (sbom !== undefined) return [listsComponents(sbom.minComponents)];
    if (vulnerabilities === undefined) return [];
    const { ignore = [], ...most } = vulnerabilities;
    if (Object.keys(most).length === 0)
      mistakes.add([...path, 'vulnerabilities'], 'it bounds nothing', 'how many there may be: critical: 0');
    return [fewVulnerabilities({ most: new Map(Object.entries(most) as [Severity, number][]), ignore: new Set(ignore) })];
  });
  return (made ?? []).map((c) => renamed(c, fields.name, message));
}

async function program(
  language: Language,
  source: Source | RegoSource,
  { name, message }: ConditionFields,
  path: Path,
  { mistakes, resources }: ConditionContext,
): Promise<readonly Condition[]> {
  const compiled = await mistakes.attempt([...path, language], async () => {
    const { text } = await loadProgram(source, `the ${language} text`, resources);
    const evaluator = await resources.evaluator();
    return evaluator.compile(programText(language, text, source));
  });
  if (compiled === undefined) return [];
  return [programHolds({ language, name: name ?? language, program: compiled, message })];
}

function programText(language: Language, source: string, from: Source | RegoSource): ProgramText {
  if (language === 'cel') return { language, source, variables: CEL_VARIABLES };
  // What the text constrains (`age: >3`) or requires (`field!:`) has to be there, which unification alone does not ask.
  if (language === 'cue') return { language, source, mode: 'concrete' };
  const rego: Exclude<RegoSource, string> = typeof from === 'string' ? {} : from;
  const { query = 'data.sigstore.isCompliant', version = 'v1' } = rego;
  return { language, source, query, version: version === 'v0' ? 'v0' : 'v1' };
}

function renamed(condition: Condition, name: string | undefined, message: string | undefined): Condition {
  if (name === undefined && message === undefined) return condition;
  return {
    name: name ?? condition.name,
    async evaluate(subject) {
      const said = await condition.evaluate(subject);
      return said.result === 'fail' && message !== undefined ? { ...said, reason: `${message}: ${said.reason}` } : said;
    },
  };
}

/** The expectation that the fields mean; what contradicts itself is noted. */
export function slsaExpectation(fields: SlsaFields, path: Path, mistakes: Mistakes): SlsaExpectation {
  const { source, builder, buildType, level, parameters, provenBy = 'builder' } = fields;
  if (source !== undefined) {
    const refs = (['ref', 'branch', 'tag', 'versionedTag'] as const).filter((name) => source[name] !== undefined);
    if (refs.length > 1) mistakes.add([...path, 'source'], `${refs.join(' and ')} cannot stand together`, 'one of them says which ref');
  }
  if (source === undefined && builder === undefined && level === undefined && buildType === undefined && parameters === undefined)
    mistakes.add(path, 'it expects nothing', 'source, builder, buildType, level or parameters');
  const { equal, allow = [], unsafeAllowAny } = parameters ?? {};
  if (unsafeAllowAny && (equal !== undefined || allow.length > 0))
    mistakes.add([...path, 'parameters', 'unsafeAllowAny'], 'contradicts the parameters that are named');
  if (unsafeAllowAny) mistakes.warn([...path, 'parameters', 'unsafeAllowAny'], 'weakened', 'parameters of the build are not judged');
  return {
    ...(source === undefined ? {} : { source }),
    ...(builder === undefined ? {} : { builder: typeof builder === 'string' ? { id: builder } : builder }),
    ...(buildType === undefined ? {} : { buildType }),
    ...(level === undefined ? {} : { level }),
    provenBy,
    parameters: unsafeAllowAny ? undefined : { equal: (equal ?? new Map()) as ReadonlyMap<string, Json>, allow: new Set([...allow]) },
  };
}
