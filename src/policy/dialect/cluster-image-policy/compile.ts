import { AssayError } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import type { PolicyDocument } from '../../documents.ts';
import type { CompiledDocument, ImageSubject, PolicyMode, PolicyRemark } from '../../policy.ts';
import { type PolicyResources, SYSTEM_NAMESPACE } from '../../resources.ts';
import { compileAuthority } from './evidence/authority.ts';
import { type Glob, meansImage, parseGlob } from './glob.ts';
import { matchesWorkload } from './match.ts';
import type { PolicySpec } from './model.ts';
import { createProblems, policyErrorsOf, policyWarningsOf } from './problems.ts';
import { compileText } from './program.ts';
import { neverMet, policyOf } from './requirement.ts';
import { compileTrustRoots } from './trust/trust-roots.ts';
import type { FieldError } from './validation/field-error.ts';
import { validateClusterImagePolicy } from './validation/policy.ts';

/**
 * Compiles a ClusterImagePolicy (policy.sigstore.dev v1alpha1 or v1beta1). `all`: every document at hand, for TrustRoots. A policy with mistakes is
 * still there, about the images that it can be told to be about, and is never met.
 */
export async function compileClusterImagePolicy(
  document: PolicyDocument,
  all: readonly PolicyDocument[],
  resources: PolicyResources,
): Promise<CompiledDocument> {
  const settings = await resources.configMap(SYSTEM_NAMESPACE, 'config-policy-controller');
  const checked = await validateClusterImagePolicy(document.value, {
    failOnEmptyAuthorities: settings?.get('fail-on-empty-authorities') !== 'false',
  });
  const warnings = policyWarningsOf(checked.warnings, document);
  const spec = checked.resource.spec ?? {};
  const name = checked.resource.metadata?.name ?? '';
  const base = {
    name,
    dialect: 'cluster-image-policy',
    mode: modeOf(spec),
    about: aboutOf(spec),
    applies: (image: ImageSubject) => isAbout(spec, image),
  } as const;
  if (checked.errors.length > 0) {
    const errors = policyErrorsOf(checked.errors, document);
    const applies = isBlurred(checked.errors) ? () => true : base.applies;
    return { policies: [neverMet({ ...base, applies }, errors)], errors, warnings };
  }
  const problems = createProblems(document);
  const asked = (spec.authorities ?? []).reduce((n, a) => n + Math.max(1, a.attestations?.length ?? 0), 0);
  if (asked > LIMITS.requirementLeaves) {
    problems.add(new AssayError('limit', `${asked} signatures and attestations are asked for (at most ${LIMITS.requirementLeaves})`), [
      'spec',
      'authorities',
    ]);
    return { policies: [neverMet(base, problems.errors)], errors: problems.errors, warnings };
  }
  const sources = { resources, trustRoots: compileTrustRoots(all, resources), problems };
  const compiled = await Promise.all((spec.authorities ?? []).map((a, i) => compileAuthority(a, i, name, sources)));
  const whole = spec.policy === undefined ? 'none' : await compileText(spec.policy, ['spec', 'policy'], resources, problems);
  lint(spec, problems.warn);
  const authorities = compiled.flatMap((c) => (c === undefined ? [] : [c]));
  // What lives in the cluster or elsewhere and is not at hand is no mistake of the policy's text; the policy is never met without it.
  const absent = problems.errors.filter((e) => e.code === 'policy-reference-missing' || e.code === 'offline' || e.group === 'transport');
  const done = {
    errors: problems.errors.filter((e) => !absent.includes(e)),
    warnings: [...warnings, ...problems.warnings, ...absent.map(neverMetWithout)],
  };
  if (problems.errors.length > 0 || whole === undefined || authorities.length < compiled.length)
    return { policies: [neverMet(base, problems.errors)], ...done };
  return {
    policies: [policyOf(base, authorities, whole === 'none' ? undefined : { text: whole, asks: spec.policy ?? {} }, resources)],
    ...done,
  };
}

function neverMetWithout({ code, message, hint, at }: AssayError): PolicyRemark {
  const why = `${message}: the policy is never met without it${hint === undefined ? '' : ` (${hint})`}`;
  return { code, message: why, ...(at === undefined ? {} : { at }) };
}

/** The globs, and which objects the images have to stand in. */
function aboutOf({ images = [], match = [] }: PolicySpec): readonly string[] {
  const kinds = match.map(
    ({ resource = '', selector }) => `${resource || 'any object'}${selector === undefined ? '' : ' with certain labels'}`,
  );
  const where = kinds.length === 0 ? '' : ` in ${kinds.join(' or ')}`;
  return images.flatMap(({ glob }) => (typeof glob === 'string' ? [`${glob}${where}`] : []));
}

function modeOf({ mode }: PolicySpec): PolicyMode {
  return mode === 'warn' ? 'warn' : 'enforce';
}

/** Whether a mistake leaves open what the policy is about: then it is about everything. */
function isBlurred(errors: readonly FieldError[]): boolean {
  return errors.some((e) => e.at.some(([, part]) => part === undefined || part === 'images' || part === 'match'));
}

/** Whether the policy is about an image. Throws when the image's name cannot be read: the image is then denied. */
function isAbout({ images = [], match = [] }: PolicySpec, image: ImageSubject): boolean {
  if (!matchesWorkload(match, image.workload)) return false;
  return images.some(({ glob = '' }) => meansImage(globOf(glob), image));
}

const globs = new Map<string, Glob>();

function globOf(text: string): Glob {
  const known = globs.get(text);
  if (known !== undefined) return known;
  const made = parseGlob(text);
  if (globs.size >= LIMITS.decisions) globs.clear();
  globs.set(text, made);
  return made;
}

function lint(spec: PolicySpec, warn: (code: string, message: string, path: readonly (string | number)[]) => void): void {
  const names = (spec.authorities ?? []).map((a, i) => a.name || `authority-${i}`);
  for (const [i, name] of names.entries())
    if (names.indexOf(name) < i)
      warn('duplicate-authority', `a second authority is called ${name}: policies cannot tell them apart`, ['spec', 'authorities', i]);
  for (const [i, { glob = '' }] of (spec.images ?? []).entries()) {
    if (onlyMatchesShortNames(glob))
      warn(
        'glob-not-qualified',
        `"${glob}" names no registry and only matches images that are written without one; write index.docker.io/… in full`,
        ['spec', 'images', i, 'glob'],
      );
  }
}

// A name in full begins with a registry: with a point, a colon or `localhost` before the first slash.
function onlyMatchesShortNames(glob: string): boolean {
  if (glob === '' || glob === '*' || glob === '*/*' || glob.includes('**')) return false;
  const slash = glob.indexOf('/');
  return slash < 0 || !/[.:*]|^localhost$/.test(glob.slice(0, slash));
}
