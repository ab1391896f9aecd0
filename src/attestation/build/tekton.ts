import { AssayError } from '../../errors.ts';
import { type BuildClaims, commitOf, gitUri, repositoryOf, type Variables } from './environment.ts';

/**
 * A task of Tekton. Tekton sets no variables by itself: the task sets them from `$(context.…)` and from the results of its git-clone task. Which platform runs it, and so
 * who the builder is, Tekton does not say: it has to be said.
 */
export function tektonBuild({ needed, maybe, some }: Variables): BuildClaims {
  const repository = repositoryOf(needed('TEKTON_SOURCE_URL'), 'TEKTON_SOURCE_URL');
  const source = {
    uri: gitUri(repository, maybe('TEKTON_SOURCE_REF')),
    commit: commitOf(needed('TEKTON_SOURCE_COMMIT'), 'TEKTON_SOURCE_COMMIT'),
  };
  const run = maybe('TEKTON_PIPELINE_RUN_UID') ?? maybe('TEKTON_TASK_RUN_UID');
  if (run === undefined)
    throw new AssayError('predicate-invalid', 'provenance of Tekton: neither TEKTON_PIPELINE_RUN_UID nor TEKTON_TASK_RUN_UID is set', {
      hint: 'the task sets one from $(context.pipelineRun.uid) or $(context.taskRun.uid)',
    });
  return {
    builder: undefined,
    buildType: 'urn:assay:build:tekton:v1',
    externalParameters: { source: source.uri, ...some('TEKTON_PIPELINE', 'TEKTON_TASK') },
    internalParameters: some('TEKTON_NAMESPACE', 'TEKTON_PIPELINE_RUN', 'TEKTON_TASK_RUN'),
    source,
    invocation: run,
  };
}
