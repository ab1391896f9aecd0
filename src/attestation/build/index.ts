import type { JsonObject } from '../../codec/json.ts';
import { AssayError } from '../../errors.ts';
import { buildkiteBuild } from './buildkite.ts';
import { type BuildClaims, type BuildEnvironment, type Variables, variablesOf } from './environment.ts';
import { githubBuild } from './github.ts';
import { gitlabBuild } from './gitlab.ts';
import { tektonBuild } from './tekton.ts';

export type { BuildEnvironment } from './environment.ts';

/** The predicate type of SLSA provenance v1. */
export const PROVENANCE_TYPE = 'https://slsa.dev/provenance/v1';

/** What the caller says of a build, in place of what its environment says. */
export interface BuildOverrides {
  readonly builder?: string;
  readonly buildType?: string;
  /** Further external parameters, by name: what the build was started with. */
  readonly parameters?: ReadonlyMap<string, string>;
  /** The claims of the identity token of the job that builds, for systems that say more in it than in their variables. */
  readonly token?: JsonObject;
}

interface System {
  readonly name: string;
  readonly isHere: (variables: Variables) => boolean;
  readonly build: (variables: Variables, token?: JsonObject) => BuildClaims;
}

const SYSTEMS: readonly System[] = [
  { name: 'GitHub Actions', isHere: ({ maybe }) => maybe('GITHUB_ACTIONS') === 'true', build: githubBuild },
  { name: 'GitLab CI', isHere: ({ maybe }) => maybe('GITLAB_CI') === 'true', build: gitlabBuild },
  { name: 'Buildkite', isHere: ({ maybe }) => maybe('BUILDKITE') === 'true', build: buildkiteBuild },
  { name: 'Tekton', isHere: ({ maybe }) => maybe('TEKTON_SOURCE_URL') !== undefined, build: tektonBuild },
];

/**
 * SLSA provenance v1 of the build that runs in an environment (slsa.dev/spec/v1.1/provenance). All of it is what the build says of itself: it proves no more than who
 * signs it. Only variables that are named here are read. Throws `predicate-invalid` for an environment of no CI system that is known, or of two, and for
 * variables that are missing, by name.
 */
export function provenanceOf(environment: BuildEnvironment, overrides: BuildOverrides = {}): JsonObject {
  const here = SYSTEMS.filter(({ name, isHere }) => isHere(variablesOf(name, environment)));
  const [system] = here;
  if (system === undefined)
    throw new AssayError(
      'predicate-invalid',
      'this is no build that provenance can be made of: no CI system that is known has set its variables',
      {
        hint: 'GitHub Actions, GitLab CI, Buildkite, or Tekton with TEKTON_SOURCE_URL; elsewhere: --predicate FILE',
      },
    );
  if (here.length > 1)
    throw new AssayError('predicate-invalid', `the variables of ${here.map((s) => s.name).join(' and of ')} are set: whose build is it?`);
  const claims = system.build(variablesOf(system.name, environment), overrides.token);
  const builder = overrides.builder ?? claims.builder;
  if (builder === undefined)
    throw new AssayError('predicate-invalid', `${system.name} does not say who the builder is`, { hint: '--builder-id URI' });
  return predicateOf(claims, builder, overrides);
}

function predicateOf(claims: BuildClaims, builder: string, { buildType, parameters = new Map() }: BuildOverrides): JsonObject {
  const { externalParameters, internalParameters, source, builderVersion, invocation, startedOn } = claims;
  const taken = [...parameters.keys()].find((name) => Object.hasOwn(externalParameters, name));
  if (taken !== undefined) throw new AssayError('usage-invalid', `--parameter ${taken}: the build itself says this one`);
  return {
    buildDefinition: {
      buildType: buildType ?? claims.buildType,
      externalParameters: { ...externalParameters, ...Object.fromEntries(parameters) },
      internalParameters,
      resolvedDependencies: [{ uri: source.uri, digest: { gitCommit: source.commit } }],
    },
    runDetails: {
      builder: { id: builder, ...(builderVersion === undefined ? {} : { version: builderVersion }) },
      metadata: { invocationId: invocation, ...(startedOn === undefined ? {} : { startedOn }) },
    },
  } as JsonObject;
}
