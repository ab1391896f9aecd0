import type { Findings } from '../../../../verify/index.ts';
import { valueAt } from '../../document.ts';
import { provenBuild } from '../facts.ts';
import { type Refusal, refuse } from '../fault.ts';
import { BUILD_TYPE, type GithubProvenance, githubProvenance } from './provenance.ts';

/**
 * Why provenance that the built workflow itself could have written says something that its certificate does not prove: every claim has to stand in the
 * certificate too, and none may be there that cannot (slsa-verifier, "provenance_forgeable").
 */
export function unprovenClaim(findings: Findings): Refusal | undefined {
  const p = githubProvenance(findings);
  if (p === undefined) return refuse('ErrorInvalidDssePayload', 'it is no provenance of a builder on GitHub');
  return environmentProblem(p, findings) ?? runProblem(p, findings) ?? formProblem(p, findings);
}

function environmentProblem(p: GithubProvenance, findings: Findings): Refusal | undefined {
  const { certificate } = findings.claims;
  const proven = provenBuild(findings);
  const [run, attempt] = provenRun(findings);
  const values: ReadonlyMap<string, string | undefined> = new Map([
    ['GITHUB_EVENT_NAME', certificate.get('buildTrigger') ?? certificate.get('githubWorkflowTrigger')],
    ['GITHUB_REF', proven.ref],
    ['GITHUB_REPOSITORY', proven.repository?.replace(/^github\.com\//, '')],
    ['GITHUB_REPOSITORY_ID', certificate.get('sourceRepositoryIdentifier')],
    ['GITHUB_REPOSITORY_OWNER_ID', certificate.get('sourceRepositoryOwnerIdentifier')],
    ['GITHUB_RUN_ATTEMPT', attempt],
    ['GITHUB_RUN_ID', run],
    ['GITHUB_SHA', proven.commit],
    ['GITHUB_WORKFLOW_REF', proven.signer?.replace(/^https:\/\/github\.com\//, '')],
    ['GITHUB_WORKFLOW_SHA', certificate.get('buildSignerDigest')],
  ]);
  const stated =
    p.buildType === BUILD_TYPE.npmWorkflow
      ? Object.entries(valueAt(p.predicate, 'buildDefinition.internalParameters.github') ?? {}).map(
          ([name, v]) => [`GITHUB_${name.toUpperCase()}`, v] as const,
        )
      : [...p.environment];
  for (const [name, value] of stated) {
    if (!values.has(name)) return refuse('ErrorMismatchCertificate', `nothing proves the parameter ${name}`);
    if (values.get(name) !== value)
      return refuse(
        'ErrorMismatchCertificate',
        `the provenance says that ${name} is ${JSON.stringify(value)}, the certificate says ${values.get(name) ?? 'nothing'}`,
      );
  }
  return undefined;
}

function runProblem(p: GithubProvenance, findings: Findings): Refusal | undefined {
  if (p.invocation === undefined || p.invocation === '') return undefined;
  const [run, attempt] = provenRun(findings);
  const [, statedRun, statedAttempt] =
    /^(\d+)-(\d+)$/.exec(p.invocation) ??
    /^https:\/\/github\.com\/[^/]+\/[^/]+\/actions\/runs\/(\d+)\/attempts\/(\d+)$/.exec(p.invocation) ??
    [];
  if (statedRun === undefined) return refuse('ErrorInvalidFormat', `the invocation ${p.invocation} names no run`);
  if (statedRun === run && statedAttempt === attempt) return undefined;
  return refuse(
    'ErrorMismatchCertificate',
    `the provenance is of run ${p.invocation}, the certificate of ${run ?? 'none'}-${attempt ?? ''}`,
  );
}

/** Run and attempt of `https://github.com/OWNER/REPO/actions/runs/RUN/attempts/ATTEMPT`. */
function provenRun({ claims }: Findings): readonly [string | undefined, string | undefined] {
  const [, run, attempt] = /\/actions\/runs\/(\d+)\/attempts\/(\d+)$/.exec(claims.certificate.get('runInvocationURI') ?? '') ?? [];
  return [run, attempt];
}

function formProblem(p: GithubProvenance, findings: Findings): Refusal | undefined {
  const [subject, second] = findings.statement?.subjects ?? [];
  if (subject === undefined || second !== undefined || !subject.digests.has('sha512'))
    return refuse('ErrorNonVerifiableClaim', 'there is not exactly one subject with a SHA-512');
  const path = buildConfigPath(findings);
  if (p.workflowPath !== undefined && p.workflowPath !== path)
    return refuse('ErrorMismatchCertificate', `the provenance names the workflow ${p.workflowPath}, the certificate ${path ?? 'none'}`);
  if (p.materials !== 1) return refuse('ErrorNonVerifiableClaim', `${p.materials} dependencies are stated, and one can be proven`);
  const unprovable = [
    'metadata.buildStartedOn',
    'metadata.buildFinishedOn',
    'runDetails.metadata.startedOn',
    'runDetails.metadata.finishedOn',
    'metadata.reproducible',
    'metadata.completeness.parameters',
    'metadata.completeness.environment',
    'metadata.completeness.materials',
    'invocation.parameters',
    'buildConfig',
  ].find((at) => saysSomething(valueAt(p.predicate, at)));
  return unprovable === undefined ? undefined : refuse('ErrorNonVerifiableClaim', `nothing proves ${unprovable}`);
}

function saysSomething(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

/** The path in `https://github.com/OWNER/REPO/PATH@REF`. */
function buildConfigPath({ claims }: Findings): string | undefined {
  return /^https:\/\/github\.com\/[^/]+\/[^/]+\/(.+)@[^@]*$/.exec(claims.certificate.get('buildConfigURI') ?? '')?.[1];
}
