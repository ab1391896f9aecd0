import { wantedPredicateType } from '../../attestation/index.ts';
import type { Condition, EvidenceLeaf, Label, Requirement, RevocationList, WantedEvidence } from '../../verify/index.ts';
import { slsaConditions } from '../expectation/slsa/expectation.ts';
import type { PolicyResources } from '../resources.ts';
import type { NamedAuthority } from './authority/authority.ts';
import type { AuthorityRegistry } from './authority/registry.ts';
import { compileConditions, slsaExpectation } from './condition.ts';
import type { Mistakes, Path } from './fields/mistakes.ts';
import type { LeafFields, RequirementFields } from './fields/requirement.ts';
import { leafRequirement } from './leaf.ts';

/** What compiling a requirement is given. */
export interface RequirementContext {
  readonly policy: string;
  readonly authorities: AuthorityRegistry;
  readonly revoked: RevocationList | undefined;
  readonly mistakes: Mistakes;
  readonly resources: PolicyResources;
}

type Nodes = readonly (RequirementFields | undefined)[];

/** The requirement that the fields mean; `undefined` when something in it is wrong, which is noted. */
export async function compileRequirement(
  fields: RequirementFields | undefined,
  path: Path,
  context: RequirementContext,
): Promise<Requirement | undefined> {
  if (typeof fields !== 'object' || fields === null) return undefined;
  const { allOf, anyOf, atLeast, signature, attestation, artifact, name } = fields;
  const label: Label = { policy: context.policy, ...(name === undefined ? {} : { rule: name }) };
  if (Array.isArray(allOf)) return group('allOf', allOf, [...path, 'allOf'], label, context);
  if (Array.isArray(anyOf)) return group('anyOf', anyOf, [...path, 'anyOf'], label, context);
  if (atLeast !== undefined) {
    const of = await parts(atLeast.of ?? [], [...path, 'atLeast', 'of'], context);
    if (of !== undefined && atLeast.count > of.length)
      context.mistakes.add([...path, 'atLeast', 'count'], `${atLeast.count} of ${of.length} parts can never be met`);
    return of === undefined ? undefined : { kind: 'atLeast', count: atLeast.count, of, label };
  }
  if (!context.mistakes.clean(path)) return undefined;
  if (fields.static !== undefined) {
    const { result, reason } = fields.static;
    if (result === 'allow') context.mistakes.warn([...path, 'static'], 'weakened', 'this part is met without any evidence');
    return { kind: 'static', met: result === 'allow', reason, label };
  }
  if (signature !== undefined) {
    const { annotations } = signature;
    return leaf(signature, { kind: 'signature' }, annotations === undefined ? {} : { annotations }, [...path, 'signature'], label, context);
  }
  if (attestation !== undefined) {
    const at = [...path, 'attestation'];
    const predicateType = await context.mistakes.attempt([...at, 'type'], () => wantedPredicateType(attestation.type));
    if (predicateType === undefined) return undefined;
    const slsa = attestation.slsa === undefined ? [] : slsaConditions(slsaExpectation(attestation.slsa, [...at, 'slsa'], context.mistakes));
    return leaf(attestation, { kind: 'attestation', predicateType }, { conditions: slsa }, at, label, context);
  }
  if (artifact !== undefined) {
    const wanted = { kind: 'artifact', artifactType: artifact.type } as const;
    return leaf(artifact, wanted, {}, [...path, 'artifact'], label, context);
  }
  return undefined;
}

async function group(
  kind: 'allOf' | 'anyOf',
  list: Nodes,
  path: Path,
  label: Label,
  context: RequirementContext,
): Promise<Requirement | undefined> {
  const of = await parts(list, path, context);
  return of === undefined ? undefined : { kind, of, label };
}

async function parts(list: Nodes, path: Path, context: RequirementContext): Promise<readonly Requirement[] | undefined> {
  const of: (Requirement | undefined)[] = [];
  for (const [i, node] of list.entries()) of.push(await compileRequirement(node, [...path, i], context));
  return of.every((r) => r !== undefined) ? of : undefined;
}

interface Extra {
  readonly annotations?: ReadonlyMap<string, string>;
  readonly conditions?: readonly Condition[];
}

async function leaf(
  fields: LeafFields,
  wanted: WantedEvidence,
  extra: Extra,
  path: Path,
  label: Label,
  context: RequirementContext,
): Promise<Requirement | undefined> {
  const { mistakes } = context;
  const by: readonly NamedAuthority[] | undefined = await context.authorities.resolve(fields.by, [...path, 'by']);
  const where = await compileConditions(fields.where ?? [], [...path, 'where'], context);
  const { threshold = 1, formats, source } = fields;
  if (by !== undefined && threshold > by.length)
    mistakes.add(
      [...path, 'threshold'],
      `${threshold} of ${by.length} ${by.length === 1 ? 'authority' : 'authorities'} can never sign`,
      'each counts once',
    );
  if (source !== undefined && source.repository === undefined && source.tagPrefix === undefined)
    mistakes.add([...path, 'source'], 'it says nothing', 'repository or tagPrefix');
  if (by === undefined || !mistakes.clean(path)) return undefined;
  const common: Pick<EvidenceLeaf, 'formats' | 'source'> = {
    ...(formats === undefined ? {} : { formats }),
    ...(source === undefined ? {} : { source }),
  };
  return leafRequirement({
    wanted,
    authorities: by,
    threshold,
    conditions: [...(extra.conditions ?? []), ...where],
    annotations: extra.annotations,
    revoked: context.revoked,
    label,
    common,
  });
}
