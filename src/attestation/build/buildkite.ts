import { type BuildClaims, commitOf, gitUri, repositoryOf, type Variables } from './environment.ts';

/** A job of Buildkite. There is no published build type: the parameters are those variables that say what was built (buildkite.com/docs/pipelines/environment-variables). */
export function buildkiteBuild({ needed, maybe, some }: Variables): BuildClaims {
  const repository = repositoryOf(needed('BUILDKITE_REPO'), 'BUILDKITE_REPO');
  const tag = maybe('BUILDKITE_TAG');
  const branch = maybe('BUILDKITE_BRANCH');
  const ref = tag !== undefined ? `refs/tags/${tag}` : branch === undefined ? undefined : `refs/heads/${branch}`;
  const version = maybe('BUILDKITE_AGENT_VERSION');
  return {
    builder: `https://buildkite.com/${encodeURIComponent(needed('BUILDKITE_ORGANIZATION_SLUG'))}`,
    ...(version === undefined ? {} : { builderVersion: { 'buildkite-agent': version } }),
    buildType: 'urn:assay:build:buildkite:v1',
    externalParameters: {
      source: gitUri(repository, ref),
      pipeline: needed('BUILDKITE_PIPELINE_SLUG'),
      ...some('BUILDKITE_STEP_KEY', 'BUILDKITE_PULL_REQUEST'),
    },
    internalParameters: some(
      'BUILDKITE_SOURCE',
      'BUILDKITE_PIPELINE_ID',
      'BUILDKITE_ORGANIZATION_ID',
      'BUILDKITE_RETRY_COUNT',
      'BUILDKITE_COMPUTE_TYPE',
    ),
    source: { uri: gitUri(repository, ref), commit: commitOf(needed('BUILDKITE_COMMIT'), 'BUILDKITE_COMMIT') },
    invocation: `${needed('BUILDKITE_BUILD_URL')}#${needed('BUILDKITE_JOB_ID')}`,
  };
}
