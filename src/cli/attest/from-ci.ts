import { type Command, Option } from 'commander';
import { wantedPredicateType } from '../../attestation/index.ts';
import { AssayError } from '../../errors.ts';
import type { Predicate } from '../../sign/index.ts';
import type { Call } from '../command.ts';
import { collect } from '../options/common.ts';
import { predicateCheck } from '../sign/check-predicate.ts';
import { jobClaims } from './job-claims.ts';

const HEADING = 'Provenance of this build:';

/** Options of commands that attest: provenance that is made of the CI environment. */
export function addBuildOptions(command: Command): void {
  const add = (flags: string, description: string): Option => {
    const option = new Option(flags, description).helpGroup(HEADING);
    command.addOption(option);
    return option;
  };
  add('--from-ci', 'attest SLSA provenance v1 of the build that this runs in, instead of a --predicate');
  add('--builder-id <uri>', 'who builds, instead of what the environment says');
  add('--build-type <uri>', 'how the parameters are to be read, instead of what the environment says');
  add('--parameter <name=value>', 'a further external parameter of the build; repeats').argParser(collect);
}

/** Said in the help of commands that attest. */
export const BUILD_ENVIRONMENT = `
Provenance with --from-ci is made of the variables that say what is built and where, and of no others:
  GitHub Actions      GITHUB_ACTIONS=true; build type https://actions.github.io/buildtypes/workflow/v1; the builder is the workflow that the
                      job's identity token names (a reusable one is named by no variable), where the job may get a token
  GitLab CI           GITLAB_CI=true; build type https://docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1
  Buildkite           BUILDKITE=true; build type urn:assay:build:buildkite:v1
  Tekton              what the task sets from its context and its git-clone task: TEKTON_SOURCE_URL, TEKTON_SOURCE_COMMIT, TEKTON_SOURCE_REF,
                      TEKTON_PIPELINE_RUN_UID or TEKTON_TASK_RUN_UID, TEKTON_PIPELINE, TEKTON_TASK, TEKTON_PIPELINE_RUN, TEKTON_TASK_RUN,
                      TEKTON_NAMESPACE; with --builder-id; build type urn:assay:build:tekton:v1
`;

const BUILD_FLAGS = ['builder-id', 'build-type', 'parameter'];

/**
 * The provenance that `--from-ci` makes; `undefined` without it. Throws `usage-invalid` for flags that contradict each other, and `predicate-invalid` where the environment
 * says too little or contradicts the job's identity token, and what asking for that token throws.
 */
export async function provenanceFromCi(call: Call): Promise<Predicate | undefined> {
  const { options, io } = call;
  if (!options.has('from-ci')) return undefined;
  if (!options.flag('from-ci')) {
    const lonely = BUILD_FLAGS.find((name) => options.named(name));
    if (lonely !== undefined) throw new AssayError('usage-invalid', `--${lonely} is about provenance that --from-ci makes`);
    return undefined;
  }
  const other = ['predicate', 'statement'].find((name) => options.given(name));
  if (other !== undefined) throw new AssayError('usage-invalid', `--from-ci and --${other} exclude each other`);
  const { provenanceOf, PROVENANCE_TYPE } = await import('../../attestation/build/index.ts');
  const asked = options.given('type') ? wantedPredicateType(options.text('type') ?? '').uri : PROVENANCE_TYPE;
  if (asked !== PROVENANCE_TYPE)
    throw new AssayError('usage-invalid', `--from-ci makes SLSA provenance v1, not ${asked}`, { hint: '--type slsaprovenance1' });
  const [builder, buildType] = [options.text('builder-id'), options.text('build-type')];
  const token = builder === undefined ? await jobClaims(call) : undefined;
  const predicate = provenanceOf(io.env, {
    ...(builder === undefined ? {} : { builder }),
    ...(token === undefined ? {} : { token }),
    ...(buildType === undefined ? {} : { buildType }),
    parameters: parametersOf(options.list('parameter')),
  });
  await predicateCheck(call)(PROVENANCE_TYPE, predicate);
  return { type: PROVENANCE_TYPE, json: JSON.stringify(predicate) };
}

function parametersOf(pairs: readonly string[]): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at);
    if (at <= 0 || name === '__proto__')
      throw new AssayError('usage-invalid', `--parameter ${pair.slice(0, 100)}: a pair name=value is expected`);
    if (parameters.has(name)) throw new AssayError('usage-invalid', `--parameter ${name} is given twice`);
    parameters.set(name, pair.slice(at + 1));
  }
  return parameters;
}
