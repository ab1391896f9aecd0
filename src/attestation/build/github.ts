import type { JsonObject } from '../../codec/json.ts';
import { AssayError } from '../../errors.ts';
import { type BuildClaims, commitOf, gitUri, repositoryOf, type Variables } from './environment.ts';

/**
 * A run of a GitHub Actions workflow (actions.github.io/buildtypes/workflow/v1). The builder is the workflow that the job is in, as in the certificates that its tokens
 * get: in a reusable workflow another one than was started, which no variable says, only `token`: the claims of the job's identity token.
 */
export function githubBuild({ needed, maybe, some }: Variables, token: JsonObject = {}): BuildClaims {
  const server = repositoryOf(needed('GITHUB_SERVER_URL'), 'GITHUB_SERVER_URL');
  const name = needed('GITHUB_REPOSITORY');
  if (!/^[\w.-]+\/[\w.-]+$/.test(name)) throw noSuch('GITHUB_REPOSITORY', 'OWNER/REPOSITORY', name);
  const repository = `${server}/${name}`;
  // Of what a deployment of a commit builds, no ref is said.
  const ref = needed('GITHUB_EVENT_NAME').startsWith('deployment') ? maybe('GITHUB_REF') : needed('GITHUB_REF');
  const workflow = needed('GITHUB_WORKFLOW_REF');
  // Rules of an organization start workflows of other repositories, which this build type cannot say: it would name a file that the repository does not have.
  if (!workflow.toLowerCase().startsWith(`${name.toLowerCase()}/`))
    throw new AssayError('predicate-invalid', `GITHUB_WORKFLOW_REF is of another repository than ${name}: "${workflow.slice(0, 200)}"`, {
      hint: 'the build type of GitHub workflows has no place for it: --predicate FILE with a build type that has',
    });
  const [path, workflowRef] = partsOf(workflow.slice(name.length + 1), ref);
  const job = workflowOfJob(token, maybe) ?? workflow;
  return {
    builder: `${server}/${job}`,
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

/** The parts of `PATH@REF`, each of which may have an `@` of its own. */
function partsOf(file: string, ref: string | undefined): readonly [path: string, ref: string] {
  const known = ref !== undefined && file.endsWith(`@${ref}`) ? file.length - ref.length - 1 : file.indexOf('@refs/');
  const at = known < 0 ? file.indexOf('@') : known;
  if (at <= 0 || at === file.length - 1) throw noSuch('GITHUB_WORKFLOW_REF', 'OWNER/REPOSITORY/PATH@REF', file);
  return [file.slice(0, at), file.slice(at + 1)];
}

/** Claims of a job's identity token that say the same as a variable (GitHub docs, "OpenID Connect reference"). */
const SAME: readonly (readonly [claim: string, variable: string])[] = [
  ['repository', 'GITHUB_REPOSITORY'],
  ['ref', 'GITHUB_REF'],
  ['sha', 'GITHUB_SHA'],
  ['workflow_ref', 'GITHUB_WORKFLOW_REF'],
  ['run_id', 'GITHUB_RUN_ID'],
];

/** The workflow that the token's job is in; `undefined` where it is no token of a job. Throws `predicate-invalid` where it is that of another run. */
function workflowOfJob(token: JsonObject, maybe: Variables['maybe']): string | undefined {
  const { job_workflow_ref: job } = token;
  if (typeof job !== 'string' || job === '') return undefined;
  for (const [claim, variable] of SAME) {
    const [says, is] = [token[claim], maybe(variable) ?? ''];
    if (typeof says === 'string' && says !== is)
      throw new AssayError(
        'predicate-invalid',
        `the identity token of the job says ${claim} "${says.slice(0, 200)}", and ${variable} is "${is.slice(0, 200)}": whose build is it?`,
        { hint: '--builder-id URI says who builds, and no token is looked at' },
      );
  }
  return job;
}

function noSuch(variable: string, form: string, value: string): AssayError {
  return new AssayError('predicate-invalid', `${variable} is no ${form}: "${value.slice(0, 200)}"`);
}
