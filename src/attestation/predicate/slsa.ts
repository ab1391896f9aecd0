import type { Json } from '../../codec/json.ts';
import { maybeObject, maybeText, maybeTime, objectOf, type Resource, resourceOf, resourcesOf } from './read.ts';
import { refIn, type StatedSource, statedSource } from './slsa-source.ts';

/** SLSA provenance, v0.2 and v1, in one shape (slsa.dev/provenance/v0.2, slsa.dev/provenance/v1). */
export interface SlsaProvenance {
  readonly kind: 'slsa-provenance';
  readonly version: '0.2' | '1';
  readonly builder: string | undefined;
  readonly buildType: string | undefined;
  readonly source: StatedSource;
  /** v0.2 `invocation.parameters`, v1 `externalParameters`. */
  readonly parameters: Json | undefined;
  readonly invocation: string | undefined;
  /** v0.2 `materials`, v1 `resolvedDependencies`. */
  readonly materials: readonly Resource[];
  readonly startedOn: Date | undefined;
  readonly finishedOn: Date | undefined;
}

/** Reads SLSA provenance v0.2. Throws `statement-invalid`. */
export function readSlsa02(predicate: Json | undefined): SlsaProvenance {
  const document = objectOf(predicate, 'provenance');
  const invocation = maybeObject(document.invocation, 'invocation');
  const config = maybeObject(invocation.configSource, 'invocation.configSource');
  const { uri, digests } = resourceOf(config, 'invocation.configSource');
  const metadata = maybeObject(document.metadata, 'metadata');
  return {
    kind: 'slsa-provenance',
    version: '0.2',
    builder: maybeText(maybeObject(document.builder, 'builder').id, 'builder.id'),
    buildType: maybeText(document.buildType, 'buildType'),
    source: { uri, digests, ref: refIn(uri), entryPoint: maybeText(config.entryPoint, 'invocation.configSource.entryPoint') },
    parameters: invocation.parameters,
    // Generators of GitHub's write the name in two ways.
    invocation: maybeText(metadata.buildInvocationId ?? metadata.buildInvocationID, 'metadata.buildInvocationId'),
    materials: resourcesOf(document.materials, 'materials'),
    startedOn: maybeTime(metadata.buildStartedOn, 'metadata.buildStartedOn'),
    finishedOn: maybeTime(metadata.buildFinishedOn, 'metadata.buildFinishedOn'),
  };
}

/** Reads SLSA provenance v1. Throws `statement-invalid`. */
export function readSlsa1(predicate: Json | undefined): SlsaProvenance {
  const document = objectOf(predicate, 'provenance');
  const definition = maybeObject(document.buildDefinition, 'buildDefinition');
  const details = maybeObject(document.runDetails, 'runDetails');
  const metadata = maybeObject(details.metadata, 'runDetails.metadata');
  const materials = resourcesOf(definition.resolvedDependencies, 'resolvedDependencies');
  return {
    kind: 'slsa-provenance',
    version: '1',
    builder: maybeText(maybeObject(details.builder, 'runDetails.builder').id, 'runDetails.builder.id'),
    buildType: maybeText(definition.buildType, 'buildType'),
    source: statedSource(maybeObject(definition.externalParameters, 'externalParameters'), materials),
    parameters: definition.externalParameters,
    invocation: maybeText(metadata.invocationId, 'metadata.invocationId'),
    materials,
    startedOn: maybeTime(metadata.startedOn, 'metadata.startedOn'),
    finishedOn: maybeTime(metadata.finishedOn, 'metadata.finishedOn'),
  };
}
