import { AssayError } from '../../errors.ts';
import { type BuildClaims, commitOf, gitUri, repositoryOf, type Variables } from './environment.ts';

/** A run of a GitHub Actions workflow (actions.github.io/buildtypes/workflow/v1). The builder is the workflow, as in the certificates that its tokens get. */
export function githubBuild({ needed, some }: Variables): BuildClaims {
  const server = repositoryOf(needed('GITHUB_SERVER_URL'), 'GITHUB_SERVER_URL');
  const repository = `${server}/${needed('GITHUB_REPOSITORY')}`;
  const workflow = needed('GITHUB_WORKFLOW_REF');
  const [, path, workflowRef] = /^[^/]+\/[^/]+\/([^@]+)@(.+)$/s.exec(workflow) ?? [];
  if (path === undefined || workflowRef === undefined)
    throw new AssayError('predicate-invalid', `GITHUB_WORKFLOW_REF is no OWNER/REPOSITORY/PATH@REF: "${workflow.slice(0, 200)}"`);
  const ref = needed('GITHUB_REF');
  return {
    builder: `${server}/${workflow}`,
    buildType: 'https://actions.github.io/buildtypes/workflow/v1',
    externalParameters: { workflow: { ref: workflowRef, repository, path } },
    internalParameters: {
      github: {
        event_name: needed('GITHUB_EVENT_NAME'),
        repository_id: needed('GITHUB_REPOSITORY_ID'),
        repository_owner_id: needed('GITHUB_REPOSITORY_OWNER_ID'),
        runner_environment: needed('RUNNER_ENVIRONMENT'),
        ...named(some('GITHUB_ACTOR_ID', 'RUNNER_OS', 'RUNNER_ARCH')),
      },
    },
    source: { uri: gitUri(repository, ref), commit: commitOf(needed('GITHUB_SHA'), 'GITHUB_SHA') },
    invocation: `${repository}/actions/runs/${needed('GITHUB_RUN_ID')}/attempts/${needed('GITHUB_RUN_ATTEMPT')}`,
  };
}

function named(variables: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(variables).map(([k, v]) => [k.toLowerCase().replace(/^github_/, ''), v]));
}
