import { encodeHex, utf8 } from '../../../bytes/index.ts';
import { sha256 } from '../../../crypto/index.ts';
import type { AssayError } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import type { EvidenceSource, Requirement, Verdict } from '../../../verify/index.ts';
import type { CompiledPolicy, ImageSubject } from '../../policy.ts';
import { type PolicyResources, SYSTEM_NAMESPACE } from '../../resources.ts';
import { denialText, frame } from './denial.ts';
import type { CompiledAuthority } from './evidence/authority.ts';
import type { PolicyText } from './model.ts';
import { authorityMatches, includedFacts } from './policy-result.ts';
import type { CompiledText } from './program.ts';
import { pullCredentials } from './pull-secrets.ts';

/** The name under which policy-controller asks a policy about the whole image. */
const WHOLE = 'ClusterImagePolicy';

/** What of a policy does not depend on its authorities. */
export type Base = Pick<CompiledPolicy, 'name' | 'dialect' | 'mode' | 'applies' | 'about'>;

/** A policy about the whole image, and what it asks to be told. */
export interface WholePolicy {
  readonly text: CompiledText;
  readonly asks: PolicyText;
}

/** A policy that cannot be judged: it is never met, and says why. */
export function neverMet(base: Base, errors: readonly AssayError[]): CompiledPolicy {
  const reasons = errors.map((e) => e.message);
  const reason = `policy ${base.name} cannot be judged: ${reasons.join('; ')}`;
  return {
    ...base,
    requirement: { kind: 'static', met: false, outcome: 'inconclusive', reason, label: { policy: base.name } },
    denial: (_verdict, image) => [frame(base.name, base.mode, image, reasons)],
  };
}

/** A policy whose parts are all there. */
export function policyOf(
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
    authorities.some((a) => a.pullSecrets.length > 0) ? namespacesOf(image) : '',
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
  const of = authorities.map((a) => (a.pullSecrets.length === 0 ? a.requirement : withCredentials(a, namespacesOf(image), resources)));
  const anyone: Requirement = { kind: 'anyOf', of, label };
  if (whole === undefined) return anyone;
  return {
    kind: 'judged',
    of: anyone,
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

/** Where Secrets with credentials are looked for: the workload's namespace; where there is no workload, the usual one and policy-controller's own. */
function namespacesOf({ workload }: ImageSubject): readonly string[] {
  if (workload === undefined) return ['default', SYSTEM_NAMESPACE];
  const { namespace } = workload.metadata;
  return [typeof namespace === 'string' && namespace !== '' ? namespace : 'default'];
}

/** The same authority with the credentials of the workload's namespace for the place of its evidence. */
function withCredentials(authority: CompiledAuthority, namespaces: readonly string[], resources: PolicyResources): Requirement {
  const credentials = pullCredentials(namespaces, authority.pullSecrets, resources);
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
