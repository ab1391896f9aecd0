import type { Condition } from '../../../verify/index.ts';
import { builderConflict, isBuilder, knownLevel } from './builder.ts';
import { type BuildFacts, buildFacts, type ProvenBuild, type StatedBuild } from './facts.ts';
import { parameterProblem, type WantedParameters } from './parameters.ts';
import { canonicalRepository } from './repository.ts';
import { isVersionWithin } from './version.ts';

/** The source that is expected. */
export interface WantedSource {
  readonly repository: string;
  readonly ref?: string;
  readonly branch?: string;
  readonly tag?: string;
  readonly versionedTag?: string;
  readonly commit?: string;
}

/** What is expected of a build. */
export interface SlsaExpectation {
  readonly source?: WantedSource;
  /** `level`: what the policy vouches for this builder. */
  readonly builder?: { readonly id: string; readonly level?: number };
  readonly buildType?: string;
  readonly level?: number;
  /** `undefined`: parameters are not judged. */
  readonly parameters: WantedParameters | undefined;
  /** Whether what is expected has to stand in the certificate, or only must not contradict it. */
  readonly provenBy: 'certificate' | 'builder';
}

/**
 * The conditions that provenance is what is expected (slsa.dev, "Verifying artifacts", steps 2 and 3), one for each question. What the certificate
 * proves and what the builder states have to agree wherever both speak.
 */
export function slsaConditions(wanted: SlsaExpectation): readonly Condition[] {
  const { source, builder, buildType, level, parameters } = wanted;
  return [
    condition('SLSA agreement', conflicts),
    ...(source === undefined ? [] : [condition('SLSA source', (facts) => sourceProblem(facts, source, wanted.provenBy))]),
    ...(builder === undefined ? [] : [condition('SLSA builder', (facts) => builderProblem(facts, builder.id, wanted.provenBy))]),
    ...(buildType === undefined ? [] : [condition('SLSA build type', ({ stated }) => differs('build type', stated.buildType, buildType))]),
    ...(level === undefined ? [] : [condition('SLSA level', (facts) => levelProblem(facts, level, builder))]),
    ...(parameters === undefined ? [] : [condition('SLSA parameters', ({ stated }) => parameterProblem(stated.parameters, parameters))]),
  ];
}

function condition(name: string, problemOf: (facts: BuildFacts) => string | undefined): Condition {
  return {
    name,
    async evaluate({ findings }) {
      const facts = buildFacts(findings);
      const problem = typeof facts === 'string' ? facts : problemOf(facts);
      return problem === undefined ? { result: 'pass' } : { result: 'fail', reason: problem };
    },
  };
}

/** Where certificate and builder speak of the same thing and say different things. */
export function conflicts(facts: BuildFacts): string | undefined {
  const { stated, proven } = facts;
  for (const name of ['repository', 'ref', 'commit'] as const) {
    const [a, b] = [stated[name], proven[name]];
    if (a !== undefined && b !== undefined && a !== b) return `the builder states the ${name} ${a}, the certificate proves ${b}`;
  }
  return builderConflict(facts);
}

type SourceFacts = Pick<StatedBuild & ProvenBuild, 'repository' | 'ref' | 'commit'>;

function sourceProblem({ stated, proven }: BuildFacts, wanted: WantedSource, provenBy: SlsaExpectation['provenBy']): string | undefined {
  const problem = sourceDiffers(stated, wanted, 'the builder states');
  if (problem !== undefined || provenBy === 'builder') return problem;
  return sourceDiffers(proven, wanted, 'the certificate proves');
}

function sourceDiffers(found: SourceFacts, wanted: WantedSource, who: string): string | undefined {
  const tag = found.ref?.startsWith('refs/tags/') ? found.ref.slice('refs/tags/'.length) : undefined;
  const say = (what: string, is: string | undefined, asked: string): string =>
    `${who} ${is === undefined ? `no ${what}` : `the ${what} ${is}`}, expected is ${asked}`;
  const repository = canonicalRepository(wanted.repository);
  if (found.repository !== repository) return say('repository', found.repository, repository);
  if (wanted.ref !== undefined && found.ref !== wanted.ref) return say('ref', found.ref, wanted.ref);
  if (wanted.branch !== undefined && found.ref !== `refs/heads/${wanted.branch}`)
    return say('ref', found.ref, `the branch ${wanted.branch}`);
  if (wanted.tag !== undefined && tag !== wanted.tag) return say('ref', found.ref, `the tag ${wanted.tag}`);
  if (wanted.versionedTag !== undefined && (tag === undefined || !isVersionWithin(tag, wanted.versionedTag)))
    return say('ref', found.ref, `a tag of version ${wanted.versionedTag}`);
  if (wanted.commit !== undefined && found.commit !== wanted.commit) return say('commit', found.commit, wanted.commit);
  return undefined;
}

function builderProblem({ stated, proven }: BuildFacts, id: string, provenBy: SlsaExpectation['provenBy']): string | undefined {
  if (stated.builder === undefined || !isBuilder(stated.builder, id))
    return `the builder is ${stated.builder ?? 'not named'}, expected is ${id}`;
  if (provenBy === 'builder' || (proven.signer !== undefined && isBuilder(proven.signer, id))) return undefined;
  return `the certificate proves ${proven.signer === undefined ? 'no builder' : `the workflow ${proven.signer}`}, expected is ${id}`;
}

function levelProblem(facts: BuildFacts, level: number, vouched: SlsaExpectation['builder']): string | undefined {
  const { builder } = facts.stated;
  const said = vouched?.level !== undefined && builder !== undefined && isBuilder(builder, vouched.id) ? vouched.level : 0;
  const found = Math.max(said, knownLevel(facts));
  if (found >= level) return undefined;
  const who = builder ?? 'a builder that is not named';
  return found === 0
    ? `the build level of ${who} is not known (builder: {id, level} vouches for one)`
    : `${who} is of build level ${found}, expected is ${level}`;
}

function differs(what: string, found: string | undefined, wanted: string): string | undefined {
  return found === wanted ? undefined : `the ${what} is ${found ?? 'not stated'}, expected is ${wanted}`;
}
