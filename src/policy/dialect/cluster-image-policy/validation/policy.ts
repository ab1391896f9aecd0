import { messageOf } from '../../../../errors.ts';
import { parseGlob } from '../glob.ts';
import { selectorProblem } from '../match.ts';
import type { MatchResource, PolicySpec, Resource } from '../model.ts';
import { authorityErrors, type Validated } from './authority.ts';
import { type FieldError, type FieldPath, invalid, missing } from './field-error.ts';
import { CLUSTER_IMAGE_POLICY } from './fields.ts';
import { policyErrors } from './policy-text.ts';
import { fitted } from './shape.ts';

const VERSIONS: ReadonlySet<string> = new Set(['policy.sigstore.dev/v1alpha1', 'policy.sigstore.dev/v1beta1']);

/** What policy-controller's webhook knows by name; other resources only in groups of their own (its tester takes those). */
const RESOURCES: ReadonlySet<string> = new Set(['replicasets', 'deployments', 'pods', 'cronjobs', 'jobs', 'statefulsets', 'daemonsets']);
const CORE_GROUPS: ReadonlySet<string> = new Set(['', 'apps', 'batch']);

/** How a ClusterImagePolicy is checked. */
export interface ValidationOptions {
  /** policy-controller's `fail-on-empty-authorities`; default true. */
  readonly failOnEmptyAuthorities?: boolean;
}

/** A checked resource; `resource` holds what has the right form. */
export interface CheckedPolicy extends Validated {
  readonly resource: Resource<PolicySpec>;
}

/** Checks a ClusterImagePolicy as policy-controller's webhook does, and for unknown fields. Never throws for what the value holds. */
export async function validateClusterImagePolicy(value: unknown, options: ValidationOptions = {}): Promise<CheckedPolicy> {
  const errors: FieldError[] = [];
  const resource = (fitted(value, CLUSTER_IMAGE_POLICY, [], errors) ?? {}) as Resource<PolicySpec>;
  errors.push(...headErrors(resource, VERSIONS));
  const { images = [], authorities = [], mode = '', match = [], policy } = resource.spec ?? {};
  const spec = ['spec'] as const;
  if (images.length === 0) errors.push(missing(spec, 'images'));
  for (const [i, { glob = '' }] of images.entries()) errors.push(...globErrors(glob, [...spec, 'images', i]));
  if (authorities.length === 0 && (options.failOnEmptyAuthorities ?? true)) errors.push(missing(spec, 'authorities'));
  const each = await Promise.all(authorities.map((a, i) => authorityErrors(a, [...spec, 'authorities', i])));
  errors.push(...each.flatMap((v) => v.errors));
  if (mode !== '' && mode !== 'enforce' && mode !== 'warn') errors.push(invalid(mode, [...spec, 'mode'], 'unsupported mode'));
  for (const [i, entry] of match.entries()) errors.push(...matchErrors(entry, [...spec, 'match', i]));
  errors.push(...policyErrors(policy, [...spec, 'policy'], 'spec'));
  return { resource, errors, warnings: each.flatMap((v) => v.warnings) };
}

/** What every resource needs: a version that is known, and a name. */
export function headErrors(resource: Resource<unknown>, versions: ReadonlySet<string>): readonly FieldError[] {
  const { apiVersion = '', metadata } = resource;
  return [
    ...(versions.has(apiVersion) ? [] : [invalid(apiVersion, ['apiVersion'], `unknown type, expected ${[...versions].join(' or ')}`)]),
    ...((metadata?.name ?? '') === '' ? [missing(['metadata'], 'name')] : []),
  ];
}

function globErrors(glob: string, path: FieldPath): readonly FieldError[] {
  if (glob === '') return [missing(path, 'glob')];
  try {
    parseGlob(glob);
    return [];
  } catch (error) {
    return [invalid(glob, [...path, 'glob'], `glob is invalid: ${messageOf(error)}`)];
  }
}

function matchErrors(entry: MatchResource, path: FieldPath): readonly FieldError[] {
  const { resource = '', group = '', version = '', selector } = entry;
  const errors: FieldError[] = [];
  if (resource !== '' && CORE_GROUPS.has(group) && !RESOURCES.has(resource))
    errors.push({ ...invalid(resource, [...path, 'resource'], 'unsupported resource name'), hint: [...RESOURCES].join(', ') });
  if (selector === undefined) return errors;
  if (resource === '' && version === '' && group === '')
    errors.push(invalid('', [...path, 'selector'], 'selector requires a resource type to match the labels'));
  const problem = selectorProblem(selector);
  if (problem !== undefined) errors.push(invalid('selector', [...path, 'selector'], `policy with wrong match label selector: ${problem}`));
  return errors;
}
