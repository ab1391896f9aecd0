import { type BuildClaims, commitOf, gitUri, repositoryOf, type Variables } from './environment.ts';

/**
 * A job of GitLab CI/CD (docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1). GitLab's own provenance has every variable of the job; here only those
 * that say what was built, because any other may be a secret.
 */
export function gitlabBuild({ needed, maybe, some }: Variables): BuildClaims {
  const project = repositoryOf(needed('CI_PROJECT_URL'), 'CI_PROJECT_URL');
  const version = maybe('CI_RUNNER_VERSION');
  const started = maybe('CI_JOB_STARTED_AT');
  const config = maybe('CI_CONFIG_PATH');
  return {
    builder: `${repositoryOf(needed('CI_SERVER_URL'), 'CI_SERVER_URL')}/-/runners/${needed('CI_RUNNER_ID')}`,
    ...(version === undefined ? {} : { builderVersion: { 'gitlab-runner': version } }),
    buildType: 'https://docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1',
    externalParameters: {
      source: project,
      entryPoint: needed('CI_JOB_NAME'),
      variables: {
        ...some(
          'CI_COMMIT_BRANCH',
          'CI_COMMIT_REF_NAME',
          'CI_COMMIT_TAG',
          'CI_MERGE_REQUEST_IID',
          'CI_PIPELINE_SOURCE',
          'CI_ENVIRONMENT_NAME',
        ),
        // A file of the repository or of another project, or an address, with what signs in to it.
        ...(config === undefined ? {} : { CI_CONFIG_PATH: /^https?:/i.test(config) ? repositoryOf(config, 'CI_CONFIG_PATH') : config }),
      },
    },
    internalParameters: some(
      'CI_PROJECT_ID',
      'CI_PROJECT_NAMESPACE_ID',
      'CI_PIPELINE_ID',
      'CI_JOB_STAGE',
      'CI_RUNNER_EXECUTABLE_ARCH',
      'CI_COMMIT_REF_PROTECTED',
    ),
    source: { uri: gitUri(project, refOf(maybe)), commit: commitOf(needed('CI_COMMIT_SHA'), 'CI_COMMIT_SHA') },
    invocation: maybe('CI_JOB_URL') ?? `${project}/-/jobs/${needed('CI_JOB_ID')}`,
    ...(started === undefined ? {} : { startedOn: started }),
  };
}

/**
 * The ref of this project that has the commit (docs.gitlab.com/ci/variables/predefined_variables; gitlab `MergeRequest`, `merge_ref_path` and `train_ref_path`). GitLab names the head of a
 * merge request also where what it would be merged to is built, and in a fork, where the merge request is none of the fork's.
 */
function refOf(maybe: Variables['maybe']): string | undefined {
  const [tag, branch] = [maybe('CI_COMMIT_TAG'), maybe('CI_COMMIT_BRANCH')];
  if (tag !== undefined) return `refs/tags/${tag}`;
  if (branch !== undefined) return `refs/heads/${branch}`;
  const target = maybe('CI_MERGE_REQUEST_PROJECT_ID');
  if (target !== undefined && target !== maybe('CI_PROJECT_ID')) {
    const source = maybe('CI_MERGE_REQUEST_SOURCE_BRANCH_NAME');
    return source === undefined ? undefined : `refs/heads/${source}`;
  }
  const built = REFS.get(maybe('CI_MERGE_REQUEST_EVENT_TYPE') ?? '') ?? 'head';
  return maybe('CI_MERGE_REQUEST_REF_PATH')?.replace(/\/head$/, `/${built}`);
}

const REFS: ReadonlyMap<string, string> = new Map([
  ['merged_result', 'merge'],
  ['merge_train', 'train'],
]);
