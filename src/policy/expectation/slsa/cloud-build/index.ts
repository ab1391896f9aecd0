import { canonicalJson } from '../../../../codec/canonical-json.ts';
import type { Json } from '../../../../codec/json.ts';
import type { Condition, Findings } from '../../../../verify/index.ts';
import { documentOf, valueAt } from '../../document.ts';
import { isBuilder, splitBuilder } from '../builder.ts';
import { type Refusal, refuse, refusing } from '../fault.ts';
import { type SourceQuestion, versionProblem } from '../github/source.ts';

/** Google Cloud Build's workers, without version. */
export const CLOUD_BUILDER = 'https://cloudbuild.googleapis.com/GoogleHostedWorker';

/** The predicate type of Cloud Build's older provenance. */
export const PROVENANCE_01 = 'https://slsa.dev/provenance/v0.1';
const PROVENANCE_1 = 'https://slsa.dev/provenance/v1';

/** What stands in a `provenance_summary` beside the signed envelope, and has to agree with it. */
export interface SummaryEntry {
  readonly kind: Json | undefined;
  readonly resourceUri: Json | undefined;
  /** The statement as a text for people. */
  readonly text: Json | undefined;
  readonly imageDigest: Json | undefined;
  readonly fullDigest: Json | undefined;
}

/** What has to hold of provenance of Google Cloud Build, in slsa-verifier's order. `entryOf`: what stood beside it in the summary; `keyIds`: the keys by the names that signatures give them. */
export function cloudBuildConditions(
  builder: string | undefined,
  source: SourceQuestion,
  digest: string,
  entryOf: (findings: Findings) => SummaryEntry | undefined,
  keyIds: ReadonlyMap<string, string>,
): readonly Condition[] {
  const beside = (question: (entry: SummaryEntry, findings: Findings) => Refusal | undefined) => (findings: Findings) => {
    const entry = entryOf(findings);
    return entry === undefined ? refuse('ErrorInvalidFormat', 'it is no part of a provenance_summary') : question(entry, findings);
  };
  return [
    refusing('key', (f) => keyProblem(f, keyIds)),
    refusing(
      'summary',
      beside((entry) => summaryProblem(entry, digest)),
    ),
    refusing('builder', (f) => builderProblem(f, builder)),
    refusing('source', (f) => sourceProblem(f, source.uri)),
    refusing('ref', (f) => refProblem(f, source)),
    refusing('text', beside(textProblem)),
  ];
}

function keyProblem({ entity, signer }: Findings, keyIds: ReadonlyMap<string, string>): Refusal | undefined {
  const name = entity?.content.kind === 'dsse' ? entity.content.envelope.signatures[0]?.keyid : undefined;
  return signer !== undefined && keyIds.get(name ?? '') === signer.keyId
    ? undefined
    : refuse('ErrorInvalidPublicKey', `the signature names the key ${name ?? 'of nobody'}, which did not make it`);
}

function summaryProblem({ kind, resourceUri, imageDigest, fullDigest }: SummaryEntry, digest: string): Refusal | undefined {
  if (kind !== 'BUILD') return refuse('ErrorInvalidFormat', `the kind is ${JSON.stringify(kind ?? null)}, expected is BUILD`);
  if (typeof resourceUri !== 'string' || !resourceUri.endsWith(`@${digest}`))
    return refuse('ErrorMismatchHash', `resourceUri is ${JSON.stringify(resourceUri ?? null)}, expected is …@${digest}`);
  if (imageDigest !== digest)
    return refuse('ErrorMismatchHash', `the summary is about ${JSON.stringify(imageDigest ?? null)}, not ${digest}`);
  if (typeof fullDigest !== 'string' || !fullDigest.endsWith(`@${digest}`))
    return refuse('ErrorMismatchHash', `the summary is about ${JSON.stringify(fullDigest ?? null)}, not …@${digest}`);
  return undefined;
}

function builderProblem(findings: Findings, wanted: string | undefined): Refusal | undefined {
  const { predicate } = documentOf(findings);
  const old = findings.predicateType === PROVENANCE_01;
  if (!old && findings.predicateType !== PROVENANCE_1)
    return refuse('ErrorInvalidFormat', `the predicate type is ${findings.predicateType ?? 'absent'}`);
  const id = text(predicate, old ? 'builder.id' : 'runDetails.builder.id');
  const known = old ? [`${CLOUD_BUILDER}@v0.2`, `${CLOUD_BUILDER}@v0.3`] : [CLOUD_BUILDER];
  if (id === undefined || !known.includes(id)) return refuse('ErrorInvalidBuilderID', `the builder is ${id ?? 'not named'}`);
  if (wanted !== undefined && !isBuilder(id, wanted))
    return refuse('ErrorMismatchBuilderID', `the builder is ${id}, expected is ${wanted}`);
  const type = text(predicate, old ? 'recipe.type' : 'buildDefinition.buildType') ?? '';
  if (!old) return type === BUILD_TYPE_1 ? undefined : refuse('ErrorInvalidBuildType', `the build type is ${type}`);
  const recipes = splitBuilder(id).version === 'v0.2' ? type === id : RECIPES.some((r) => type.startsWith(r));
  if (!recipes) return refuse('ErrorInvalidRecipe', `the recipe is ${type}`);
  const argument = valueAt(predicate, 'recipe.arguments');
  const kind = typeof argument === 'object' && argument !== null ? (argument as { readonly [k: string]: Json })['@type'] : undefined;
  return kind === ARGUMENT_TYPE
    ? undefined
    : refuse('ErrorMismatchBuilderID', `the recipe's arguments are ${JSON.stringify(kind ?? null)}`);
}

const BUILD_TYPE_1 = 'https://cloud.google.com/build/gcb-buildtypes/google-worker/v1';
const RECIPES = ['https://cloudbuild.googleapis.com/CloudBuildYaml@', 'https://cloudbuild.googleapis.com/CloudBuildSteps@'];
const ARGUMENT_TYPE = 'type.googleapis.com/google.devtools.cloudbuild.v1.Build';

// Cloud Build writes a commit behind the repository (v0.2), a generation behind an object in a bucket, or a ref (v1).
function sourceProblem(findings: Findings, wanted: string): Refusal | undefined {
  const { predicate } = documentOf(findings);
  const old = findings.predicateType === PROVENANCE_01;
  const config = (name: string): string | undefined => text(predicate, `buildDefinition.externalParameters.buildConfigSource.${name}`);
  const stated = (old ? text(predicate, 'materials.0.uri') : `${config('repository') ?? ''}@${config('ref') ?? ''}`) ?? '';
  const uri = stated.startsWith('git+') ? stated.slice('git+'.length) : stated;
  const full = uri.startsWith('https://') && !wanted.startsWith('https://') ? `https://${wanted.replace(/^git\+/, '')}` : wanted;
  const mismatch = refuse('ErrorMismatchSource', `the source is ${stated === '' ? 'not stated' : stated}, expected is ${wanted}`);
  if (!old) {
    const [repository, version, more] = uri.split('@');
    return repository === full && version && more === undefined ? undefined : mismatch;
  }
  const first = text(predicate, 'builder.id') === `${CLOUD_BUILDER}@v0.2`;
  const same = first ? uri.startsWith(`${full}/commit/`) : uri === full;
  return same || uri.startsWith(`${full}#`) ? undefined : mismatch;
}

function refProblem(findings: Findings, { branch, tag, versionedTag, inputs }: SourceQuestion): Refusal | undefined {
  const { predicate } = documentOf(findings);
  const old = findings.predicateType === PROVENANCE_01;
  const substitution = (name: string): string | undefined =>
    text(predicate, `${old ? 'recipe.arguments.substitutions' : 'buildDefinition.internalParameters.systemSubstitutions'}.${name}`);
  if (inputs.size > 0) return refuse('ErrorMismatchWorkflowInputs', 'Google Cloud Build has no workflow inputs');
  if (branch !== undefined && substitution('BRANCH_NAME') !== branch)
    return refuse('ErrorMismatchBranch', `the branch is ${substitution('BRANCH_NAME') ?? 'not named'}, expected is ${branch}`);
  const found = substitution('TAG_NAME');
  const config = text(predicate, 'buildDefinition.externalParameters.buildConfigSource.ref');
  if (!old && (tag ?? versionedTag) !== undefined && config !== `refs/tags/${found}`)
    return refuse('ErrorMismatchTag', `the tag is ${found ?? 'not named'}, the configuration is of ${config ?? 'no ref'}`);
  if (tag !== undefined && found !== tag) return refuse('ErrorMismatchTag', `the tag is ${found ?? 'not named'}, expected is ${tag}`);
  if (versionedTag === undefined) return undefined;
  return found === undefined
    ? refuse('ErrorMismatchVersionedTag', `no tag is named, expected is version ${versionedTag}`)
    : versionProblem(found, versionedTag);
}

// What people read has to be what was signed.
function textProblem(entry: SummaryEntry, findings: Findings): Refusal | undefined {
  const { statement } = documentOf(findings);
  const same = comparable(statement) === comparable(entry.text ?? null);
  return same ? undefined : refuse('ErrorMismatchIntoto', 'the text beside the envelope is not what was signed');
}

// The predicate stands there under two names; of the older statement one of them is missing in the text.
function comparable(statement: Json): string {
  if (!isObject(statement)) return canonicalJson(statement);
  const { predicate, slsaProvenance, ...rest } = statement;
  return canonicalJson({ ...rest, predicate: predicate ?? slsaProvenance ?? null });
}

function isObject(value: Json): value is { readonly [k: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: Json, path: string): string | undefined {
  const found = valueAt(value, path);
  return typeof found === 'string' ? found : undefined;
}
