import type { Findings } from '../../../../verify/index.ts';
import { valueAt } from '../../document.ts';
import { provenBuild } from '../facts.ts';
import { type Refusal, refuse } from '../fault.ts';
import { canonicalRepository } from '../repository.ts';
import { isVersion, isVersionWithin } from '../version.ts';
import { BUILD_TYPE, branchRef, type GithubProvenance, githubProvenance, splitGitUri, tagRef } from './provenance.ts';

/** What is asked about the source of a build, in the words of slsa-verifier's flags. */
export interface SourceQuestion {
  readonly uri: string;
  readonly branch: string | undefined;
  readonly tag: string | undefined;
  readonly versionedTag: string | undefined;
  /** Inputs of a workflow that was started by hand. */
  readonly inputs: ReadonlyMap<string, string>;
}

/** Why what the certificate proves is not the source that was asked for. */
export function certificateSource(findings: Findings, uri: string): Refusal | undefined {
  const { repository } = provenBuild(findings);
  const wanted = canonicalRepository(uri);
  if (repository === wanted) return undefined;
  return refuse('ErrorMismatchSource', `the certificate proves the source ${repository ?? 'of nothing'}, expected is ${wanted}`);
}

/** Why what the builder states is not the source that was asked for: trigger, material, and where both have one, the same ref. */
export function statedSource(findings: Findings, uri: string): Refusal | undefined {
  const p = githubProvenance(findings);
  if (p === undefined) return refuse('ErrorInvalidDssePayload', 'it is no provenance of a builder on GitHub');
  const wanted = canonicalRepository(uri);
  const { trigger, source } = p;
  if (trigger === undefined || !trigger.startsWith('git+'))
    return refuse('ErrorMalformedURI', `the trigger is not stated as a git URI: ${trigger ?? 'it is absent'}`);
  if (source === undefined || !source.startsWith('git+'))
    return refuse('ErrorMalformedURI', `the source is not stated as a git URI: ${source ?? 'it is absent'}`);
  const [triggered, built] = [splitGitUri(trigger), splitGitUri(source)];
  if (canonicalRepository(triggered.repository) !== wanted)
    return refuse('ErrorMismatchSource', `the build was triggered from ${triggered.repository}, expected is ${wanted}`);
  if (triggered.ref === undefined || triggered.ref === '') return refuse('ErrorMalformedURI', `the trigger ${trigger} has no ref`);
  if (canonicalRepository(built.repository) !== wanted)
    return refuse('ErrorMismatchSource', `the source is ${built.repository}, expected is ${wanted}`);
  if (built.ref === undefined || built.ref === '') {
    // The first npm provenance names no ref; a builder for others may build another commit than the one that triggered it.
    if (p.buildType === BUILD_TYPE.npm1 || p.buildType === BUILD_TYPE.delegator) return undefined;
    return refuse('ErrorMalformedURI', `the source ${source} has no ref`);
  }
  return trigger === source ? undefined : refuse('ErrorInvalidDssePayload', `the trigger ${trigger} and the source ${source} differ`);
}

/** Why the ref or the inputs are not those that were asked for. */
export function statedRef(findings: Findings, wanted: SourceQuestion): Refusal | undefined {
  const p = githubProvenance(findings);
  if (p === undefined) return refuse('ErrorInvalidDssePayload', 'it is no provenance of a builder on GitHub');
  return branchProblem(p, wanted.branch) ?? tagProblem(p, wanted) ?? inputProblem(p, wanted.inputs);
}

function branchProblem(p: GithubProvenance, wanted: string | undefined): Refusal | undefined {
  if (wanted === undefined) return undefined;
  const ref = branchRef(p);
  if (ref === undefined || !ref.startsWith('refs/heads/'))
    return refuse('ErrorInvalidRef', `the provenance names no branch, expected is ${wanted}`);
  const branch = ref.slice('refs/heads/'.length);
  return branch === wanted ? undefined : refuse('ErrorMismatchBranch', `the branch is ${branch}, expected is ${wanted}`);
}

function tagProblem(p: GithubProvenance, { tag, versionedTag }: SourceQuestion): Refusal | undefined {
  const wanted = tag ?? versionedTag;
  if (wanted === undefined) return undefined;
  const ref = tagRef(p);
  if (ref === undefined || !ref.startsWith('refs/tags/'))
    return refuse('ErrorInvalidRef', `the provenance names no tag, expected is ${wanted}`);
  const found = ref.slice('refs/tags/'.length);
  if (tag !== undefined && found !== tag) return refuse('ErrorMismatchTag', `the tag is ${found}, expected is ${tag}`);
  return versionedTag === undefined ? undefined : versionProblem(found, versionedTag);
}

/** Why a tag is not of the version that was asked for. */
export function versionProblem(found: string, wanted: string): Refusal | undefined {
  if (!found.startsWith('v') || !isVersion(found)) return refuse('ErrorInvalidSemver', `the tag ${found} is no semantic version`);
  return isVersionWithin(found, wanted)
    ? undefined
    : refuse('ErrorMismatchVersionedTag', `the tag is ${found}, expected is version ${wanted}`);
}

function inputProblem(p: GithubProvenance, wanted: ReadonlyMap<string, string>): Refusal | undefined {
  if (wanted.size === 0) return undefined;
  const event = p.variable('github_event_name');
  if (event !== 'workflow_dispatch')
    return refuse(
      'ErrorMismatchWorkflowInputs',
      `inputs are those of workflow_dispatch, and the build was started by ${String(event ?? 'an unknown event')}`,
    );
  const payload = p.variable('github_event_payload') ?? null;
  const inputs = valueAt(payload, 'inputs');
  for (const [name, value] of wanted) {
    const found =
      typeof inputs === 'object' && inputs !== null && Object.hasOwn(inputs, name)
        ? (inputs as { readonly [k: string]: unknown })[name]
        : undefined;
    if (found !== value)
      return refuse('ErrorMismatchWorkflowInputs', `the input ${name} is ${JSON.stringify(found ?? null)}, expected is "${value}"`);
  }
  return undefined;
}
