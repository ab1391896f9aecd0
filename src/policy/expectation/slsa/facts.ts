import { readPredicate } from '../../../attestation/index.ts';
import type { Json } from '../../../codec/json.ts';
import { isAssayError } from '../../../errors.ts';
import type { Findings } from '../../../verify/index.ts';
import { canonicalRepository } from './repository.ts';

/** The issuer of GitHub's workflows. */
export const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';

/** What the builder states of a build. */
export interface StatedBuild {
  readonly builder: string | undefined;
  readonly buildType: string | undefined;
  /** As `canonicalRepository` has it. */
  readonly repository: string | undefined;
  readonly ref: string | undefined;
  readonly commit: string | undefined;
  readonly parameters: Json | undefined;
}

/** What the certificate proves of a build. */
export interface ProvenBuild {
  readonly issuer: string | undefined;
  /** The workflow that signed: the certificate's subject. */
  readonly signer: string | undefined;
  readonly repository: string | undefined;
  readonly ref: string | undefined;
  readonly commit: string | undefined;
  readonly runner: string | undefined;
}

/** Everything that is known of a build, from both, never mixed. */
export interface BuildFacts {
  readonly stated: StatedBuild;
  readonly proven: ProvenBuild;
}

/** The facts in verified provenance; a text that says why there are none otherwise. */
export function buildFacts(findings: Findings): BuildFacts | string {
  const { statement } = findings;
  if (statement === undefined) return 'it is no in-toto statement';
  try {
    const read = readPredicate(statement.predicateType, statement.predicate);
    if (read.kind !== 'slsa-provenance') return `it is a ${statement.predicateType}, no SLSA provenance of version 0.2 or 1`;
    const { uri, digests, ref } = read.source;
    return {
      stated: {
        builder: read.builder,
        buildType: read.buildType,
        repository: uri === undefined ? undefined : canonicalRepository(uri),
        ref,
        commit: digests.get('gitCommit') ?? digests.get('sha1'),
        parameters: read.parameters,
      },
      proven: provenBuild(findings),
    };
  } catch (error) {
    if (isAssayError(error, 'statement-invalid')) return error.message;
    throw error;
  }
}

/** What the certificate proves; where old and new claims say the same thing twice, the new one (fulcio `docs/oid-info.md`). */
export function provenBuild({ claims: { certificate }, signer }: Findings): ProvenBuild {
  const issuer = certificate.get('issuer');
  const old = certificate.get('githubWorkflowRepository');
  const uri =
    certificate.get('sourceRepositoryURI') ?? (old !== undefined && issuer === GITHUB_ISSUER ? `https://github.com/${old}` : undefined);
  return {
    issuer,
    signer: signer?.subject,
    repository: uri === undefined ? undefined : canonicalRepository(uri),
    ref: certificate.get('sourceRepositoryRef') ?? certificate.get('githubWorkflowRef'),
    commit: certificate.get('sourceRepositoryDigest') ?? certificate.get('githubWorkflowSHA'),
    runner: certificate.get('runnerEnvironment'),
  };
}
