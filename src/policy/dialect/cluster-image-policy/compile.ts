import { encodeHex, utf8 } from '../../../bytes/index.ts';
import { sha256 } from '../../../crypto/index.ts';
import { AssayError } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import type { EvidenceSource, Requirement, Verdict } from '../../../verify/index.ts';
import type { PolicyDocument } from '../../documents.ts';
import type { CompiledDocument, CompiledPolicy, ImageSubject, PolicyMode } from '../../policy.ts';
import { type PolicyResources, SYSTEM_NAMESPACE } from '../../resources.ts';
import { denialText, frame } from './denial.ts';
import { type CompiledAuthority, compileAuthority } from './evidence/authority.ts';
import { type Glob, meansImage, parseGlob } from './glob.ts';
import { matchesWorkload, selectorProblem } from './match.ts';
import type { PolicySpec, PolicyText } from './model.ts';
import { authorityMatches, includedFacts } from './policy-result.ts';
import { createProblems, policyErrorsOf, policyWarningsOf } from './problems.ts';
import { type CompiledText, compileText } from './program.ts';
import { pullCredentials } from './pull-secrets.ts';
import { compileTrustRoots } from './trust/trust-roots.ts';
import { validateClusterImagePolicy } from './validation/policy.ts';

/** The name under which policy-controller asks a policy about the whole image. */
const WHOLE = 'ClusterImagePolicy';

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
    applies: (image: ImageSubject) => isAbout(spec, image),
  } as const;
  if (checked.errors.length > 0) {
    const errors = policyErrorsOf(checked.errors, document);
    return { policies: [neverMet(base, errors)], errors, warnings };
  }
  const problems = createProblems(document);
  const sources = { resources, trustRoots: compileTrustRoots(all, resources), problems };
  const compiled = await Promise.all((spec.authorities ?? []).map((a, i) => compileAuthority(a, i, name, sources)));
  const whole = spec.policy === undefined ? 'none' : await compileText(spec.policy, ['spec', 'policy'], resources, problems);
  lint(spec, problems.warn);
  const authorities = compiled.flatMap((c) => (c === undefined ? [] : [c]));
  const done = { errors: problems.errors, warnings: [...warnings, ...problems.warnings] };
  if (problems.errors.length > 0 || whole === undefined || authorities.length < compiled.length)
    return { policies: [neverMet(base, problems.errors)], ...done };
  return {
    policies: [policyOf(base, authorities, whole === 'none' ? undefined : { text: whole, asks: spec.policy ?? {} }, resources)],
    ...done,
  };
}

type Base = Pick<CompiledPolicy, 'name' | 'dialect' | 'mode' | 'applies'>;

interface WholePolicy {
  readonly text: CompiledText;
  readonly asks: PolicyText;
}

function modeOf({ mode }: PolicySpec): PolicyMode {
  return mode === 'warn' ? 'warn' : 'enforce';
}

/** Whether the policy is about an image. Throws when a glob or the image's name cannot be read: the image is then denied. */
function isAbout({ images = [], match = [] }: PolicySpec, image: ImageSubject): boolean {
  // Nothing that can be read says what the policy is about: it may be this image.
  if (images.length === 0) throw new AssayError('policy-invalid', 'the policy names no images');
  if (match.some((m) => m.selector !== undefined && selectorProblem(m.selector) !== undefined))
    throw new AssayError('policy-invalid', 'policy with wrong match label selector');
  if (!matchesWorkload(match, image.workload)) return false;
  // Every glob is asked: one that cannot be read denies, whatever the others say.
  return images.map(({ glob = '' }) => meansImage(globOf(glob), image)).includes(true);
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

/** A policy that cannot be judged: it is never met, and says why. */
function neverMet(base: Base, errors: readonly AssayError[]): CompiledPolicy {
  const reasons = errors.map((e) => e.message);
  const reason = `policy ${base.name} cannot be judged: ${reasons.join('; ')}`;
  return {
    ...base,
    requirement: { kind: 'static', met: false, outcome: 'inconclusive', reason, label: { policy: base.name } },
    denial: (_verdict, image) => [frame(base.name, base.mode, image, reasons)],
  };
}

function policyOf(
  base: Base,
  authorities: readonly CompiledAuthority[],
  whole: WholePolicy | undefined,
  resources: PolicyResources,
): CompiledPolicy {
  const made = new Map<string, Requirement>();
  return {
    ...base,
    requirement: (image) => {
      const key = questionOf(authorities, whole, image);
      const known = made.get(key);
      if (known !== undefined) return known;
      const requirement = requirementOf(base.name, authorities, whole, image, resources);
      if (made.size >= LIMITS.requirementsKept) made.clear();
      made.set(key, requirement);
      return requirement;
    },
    denial: (verdict, image) =>
      authorities.length === 0
        ? [frame(base.name, base.mode, image, [nobody(base.name)])]
        : [denialText({ policy: base.name, mode: base.mode, authorities, ...found(verdict) }, image)],
  };
}

/** What of the image and its workload the requirement depends on. */
function questionOf(authorities: readonly CompiledAuthority[], whole: WholePolicy | undefined, image: ImageSubject): string {
  const { workload } = image;
  const asks = whole?.asks;
  const question = JSON.stringify([
    authorities.some((a) => a.pullSecrets.length > 0) ? namespaceOf(image) : '',
    asks?.fetchConfigFile === true ? image.digest : '',
    asks?.includeSpec === true ? workload?.spec : undefined,
    asks?.includeObjectMeta === true ? workload?.metadata : undefined,
    asks?.includeTypeMeta === true ? [workload?.kind, workload?.apiVersion] : undefined,
  ]);
  return encodeHex(sha256(utf8(question)));
}

function requirementOf(
  policy: string,
  authorities: readonly CompiledAuthority[],
  whole: WholePolicy | undefined,
  image: ImageSubject,
  resources: PolicyResources,
): Requirement {
  const label = { policy };
  // Nobody is trusted. policy-controller admits the image when it was told to accept such a policy.
  if (authorities.length === 0) return { kind: 'static', met: false, reason: nobody(policy), label };
  const of = authorities.map((a) => (a.pullSecrets.length === 0 ? a.requirement : withCredentials(a, namespaceOf(image), resources)));
  const any: Requirement = { kind: 'anyOf', of, label };
  if (whole === undefined) return any;
  return {
    kind: 'judged',
    of: any,
    label,
    conditions: [
      {
        name: WHOLE,
        async evaluate(verdict, signal) {
          const result = { ...authorityMatches(authorities, verdict), ...(await includedFacts(whole.asks, image)) };
          return whole.text(WHOLE, JSON.stringify(result), signal);
        },
      },
    ],
  };
}

function nobody(policy: string): string {
  return `failed to process policy: ${policy} (it names no authorities)`;
}

function namespaceOf({ workload }: ImageSubject): string {
  const namespace = workload?.metadata.namespace;
  return typeof namespace === 'string' && namespace !== '' ? namespace : 'default';
}

/** The same authority with the credentials of the workload's namespace for the place of its evidence. */
function withCredentials(authority: CompiledAuthority, namespace: string, resources: PolicyResources): Requirement {
  const credentials = pullCredentials(namespace, authority.pullSecrets, resources);
  const at = (source: EvidenceSource | undefined): EvidenceSource => ({ ...source, credentials });
  const { requirement } = authority;
  if (requirement.kind === 'evidence') return { ...requirement, source: at(requirement.source) };
  if (requirement.kind !== 'allOf') return requirement;
  return { ...requirement, of: requirement.of.map((r) => (r.kind === 'evidence' ? { ...r, source: at(r.source) } : r)) };
}

/** The judgement of the authorities, and what the policy about the whole image made of it. */
function found(verdict: Verdict): { readonly judged: Verdict; readonly whole: string | undefined } {
  const [judged] = verdict.parts;
  if (verdict.requirement.kind !== 'judged' || judged === undefined) return { judged: verdict, whole: undefined };
  const said = verdict.conditions.get(WHOLE);
  return { judged, whole: said === undefined || said.result === 'pass' ? undefined : said.reason };
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
