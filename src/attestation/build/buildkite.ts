import { type BuildClaims, commitOf, gitUri, isSameRepository, repositoryOf, type Variables } from './environment.ts';

/** A job of Buildkite. There is no published build type: the parameters are those variables that say what was built (buildkite.com/docs/pipelines/environment-variables). */
export function buildkiteBuild({ needed, maybe, some }: Variables): BuildClaims {
  const repository = repositoryOf(needed('BUILDKITE_REPO'), 'BUILDKITE_REPO');
  const ref = refOf(repository, maybe);
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

/**
 * The ref of the repository that has the commit, as the agent fetches it (buildkite/agent, `fetchSource`). A pull request names the branch of whoever asks, which may be
 * `main` of a fork: it is none of this repository's. `undefined` where nothing says which it is.
 */
function refOf(repository: string, maybe: Variables['maybe']): string | undefined {
  const [tag, branch, pull] = [maybe('BUILDKITE_TAG'), maybe('BUILDKITE_BRANCH'), maybe('BUILDKITE_PULL_REQUEST')];
  if (tag !== undefined) return `refs/tags/${tag}`;
  const ofBranch = branch === undefined ? undefined : `refs/heads/${branch}`;
  if (pull === undefined || pull === 'false') return ofBranch;
  if (maybe('BUILDKITE_PIPELINE_PROVIDER')?.includes('github') === true)
    return `refs/pull/${pull}/${maybe('BUILDKITE_PULL_REQUEST_USING_MERGE_REFSPEC') === 'true' ? 'merge' : 'head'}`;
  const asking = maybe('BUILDKITE_PULL_REQUEST_REPO');
  const isOurs = asking !== undefined && isSameRepository(repositoryOf(asking, 'BUILDKITE_PULL_REQUEST_REPO'), repository);
  return isOurs ? ofBranch : undefined;
}
