import { type BuildClaims, commitOf, gitUri, repositoryOf, type Variables } from './environment.ts';

/**
 * A job of GitLab CI/CD (docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1). GitLab's own provenance has every variable of the job; here only those
 * that say what was built, because any other may be a secret.
 */
export function gitlabBuild({ needed, maybe, some }: Variables): BuildClaims {
  const project = repositoryOf(needed('CI_PROJECT_URL'), 'CI_PROJECT_URL');
  const tag = maybe('CI_COMMIT_TAG');
  const ref = tag === undefined ? branchRef(maybe('CI_COMMIT_BRANCH'), maybe('CI_MERGE_REQUEST_REF_PATH')) : `refs/tags/${tag}`;
  const version = maybe('CI_RUNNER_VERSION');
  const started = maybe('CI_JOB_STARTED_AT');
  return {
    builder: `${repositoryOf(needed('CI_SERVER_URL'), 'CI_SERVER_URL')}/-/runners/${needed('CI_RUNNER_ID')}`,
    ...(version === undefined ? {} : { builderVersion: { 'gitlab-runner': version } }),
    buildType: 'https://docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1',
    externalParameters: {
      source: project,
      entryPoint: needed('CI_JOB_NAME'),
      variables: some(
        'CI_COMMIT_BRANCH',
        'CI_COMMIT_REF_NAME',
        'CI_COMMIT_TAG',
        'CI_CONFIG_PATH',
        'CI_MERGE_REQUEST_IID',
        'CI_PIPELINE_SOURCE',
        'CI_ENVIRONMENT_NAME',
      ),
    },
    internalParameters: some(
      'CI_PROJECT_ID',
      'CI_PROJECT_NAMESPACE_ID',
      'CI_PIPELINE_ID',
      'CI_JOB_STAGE',
      'CI_RUNNER_EXECUTABLE_ARCH',
      'CI_COMMIT_REF_PROTECTED',
    ),
    source: { uri: gitUri(project, ref), commit: commitOf(needed('CI_COMMIT_SHA'), 'CI_COMMIT_SHA') },
    invocation: maybe('CI_JOB_URL') ?? `${project}/-/jobs/${needed('CI_JOB_ID')}`,
    ...(started === undefined ? {} : { startedOn: started }),
  };
}

function branchRef(branch: string | undefined, mergeRequest: string | undefined): string | undefined {
  return branch === undefined ? mergeRequest : `refs/heads/${branch}`;
}
