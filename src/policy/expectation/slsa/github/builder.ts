import type { Findings } from '../../../../verify/index.ts';
import { DELEGATORS, GENERATOR_FOLDER, GENERATORS, isBuilder, isReleaseOf, splitBuilder } from '../builder.ts';
import { provenBuild } from '../facts.ts';
import { type Refusal, refuse } from '../fault.ts';
import { isRelease } from '../version.ts';
import { BUILD_TYPE, type GithubProvenance, githubProvenance } from './provenance.ts';

/** GitHub's own runner, which states provenance that a workflow signs (npm's command line does). */
export const RUNNER = 'https://github.com/actions/runner';

/** Which build types a builder may state (slsa-verifier's list, by the workflow's name). */
const BUILD_TYPES: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ...DELEGATORS.map((d) => [d, [BUILD_TYPE.delegator]] as const),
  [`${GENERATOR_FOLDER}builder_go_slsa3.yml`, [BUILD_TYPE.go, BUILD_TYPE.oldGo, BUILD_TYPE.oldBuilder]],
  [`${GENERATOR_FOLDER}generator_generic_slsa3.yml`, [BUILD_TYPE.generic]],
  [`${GENERATOR_FOLDER}generator_container_slsa3.yml`, [BUILD_TYPE.container]],
  [`${GENERATOR_FOLDER}builder_container-based_slsa3.yml`, [BUILD_TYPE.containerBased]],
  [RUNNER, [BUILD_TYPE.npm1, BUILD_TYPE.npm2]],
  [`${RUNNER}/github-hosted`, [BUILD_TYPE.npm1, BUILD_TYPE.npm2, BUILD_TYPE.npmWorkflow]],
]);

const JRELEASER = 'https://github.com/jreleaser/release-action';

/** Whether a certificate's subject is a builder that may have signed: a known one at a release, or the one that was asked for. */
export function isTrustedSigner(subject: string, wanted: string | undefined): boolean {
  if (isReleaseOf(subject, DELEGATORS)) return true;
  if (wanted === undefined) return isReleaseOf(subject, GENERATORS);
  if (wanted === RUNNER || wanted.startsWith(`${RUNNER}/`)) return subject.startsWith('https://github.com/');
  if (!isBuilder(subject, wanted)) return false;
  // A version that is asked for by name may be anything; without one only releases count, which do not move.
  return splitBuilder(wanted).version !== undefined || isReleaseTag(splitBuilder(subject).version);
}

/** Why the builder is not the one that was asked for, or states what it cannot. */
export function builderProblem(findings: Findings, wanted: string | undefined): Refusal | undefined {
  const p = githubProvenance(findings);
  if (p === undefined) return refuse('ErrorInvalidDssePayload', 'it is no provenance of a builder on GitHub');
  const { signer } = provenBuild(findings);
  if (signer === undefined) return refuse('ErrorUntrustedReusableWorkflow', 'the certificate names no workflow');
  if (isReleaseOf(signer, DELEGATORS)) return delegatedProblem(p, wanted) ?? buildTypeProblem(p, splitBuilder(signer).name);
  if (wanted === RUNNER || wanted?.startsWith(`${RUNNER}/`)) return runnerProblem(p, wanted);
  if (p.builder !== signer)
    return refuse('ErrorMismatchBuilderID', `the provenance names the builder ${p.builder}, the certificate ${signer}`);
  return buildTypeProblem(p, splitBuilder(signer).name);
}

// The certificate proves the delegator; the delegator states truly for whom it signed.
function delegatedProblem(p: GithubProvenance, wanted: string | undefined): Refusal | undefined {
  const { name, version } = splitBuilder(p.builder);
  const java = name.startsWith(JRELEASER) && /^refs\/tags\/v\d+\.\d+\.\d+-java$/.test(version ?? '');
  if (!java && !isReleaseTag(version)) return refuse('ErrorInvalidRef', `the builder ${p.builder} is not at a release vX.Y.Z`);
  if (wanted === undefined && !name.startsWith(GENERATOR_FOLDER))
    return refuse('ErrorInvalidBuilderID', `the builder is ${p.builder}: a builder of others has to be asked for with --builder-id`);
  if (wanted !== undefined && !isBuilder(p.builder, wanted))
    return refuse('ErrorMismatchBuilderID', `the builder is ${p.builder}, expected is ${wanted}`);
  return undefined;
}

function runnerProblem(p: GithubProvenance, wanted: string): Refusal | undefined {
  // What names no kind of runner ran on GitHub's.
  const full = (id: string): string => (id === RUNNER ? `${RUNNER}/github-hosted` : id);
  if (wanted !== RUNNER && wanted !== `${RUNNER}/github-hosted`)
    return refuse('ErrorMismatchBuilderID', `${wanted} is no builder that npm names: ${RUNNER}/github-hosted is`);
  // Version 1 always names the kind of runner.
  if (p.version === '1' && wanted === RUNNER) return refuse('ErrorInvalidBuilderID', `the builder is ${p.builder}, expected is ${wanted}`);
  if (full(p.builder) !== full(wanted)) return refuse('ErrorMismatchBuilderID', `the builder is ${p.builder}, expected is ${wanted}`);
  return buildTypeProblem(p, full(wanted));
}

function buildTypeProblem(p: GithubProvenance, builder: string): Refusal | undefined {
  // Builders that nobody lists are workflows that attest by GitHub's action.
  const allowed = BUILD_TYPES.get(builder) ?? [BUILD_TYPE.workflow];
  if (allowed.includes(p.buildType)) return undefined;
  return refuse('ErrorInvalidBuildType', `the build type ${p.buildType} is none of ${builder}`);
}

function isReleaseTag(version: string | undefined): boolean {
  return version?.startsWith('refs/tags/') === true && isRelease(version.slice('refs/tags/'.length));
}
