import { ANY_OBJECT, listOf, mapOf, objectWith, orNull, type Schema, TEXT, TIME, TRUTH, URI } from '../parts.ts';
import { DIGESTS, RESOURCE } from './resource.ts';

const RESOURCES = orNull(listOf(RESOURCE));

/** SLSA provenance v1 (slsa.dev/spec/v1.1/provenance, "Schema"). Members that it does not name are extensions, and allowed. */
export const SLSA_PROVENANCE_1: Schema = objectWith(['buildDefinition', 'runDetails'], {
  buildDefinition: objectWith(['buildType', 'externalParameters'], {
    buildType: URI,
    externalParameters: ANY_OBJECT,
    internalParameters: orNull(ANY_OBJECT),
    resolvedDependencies: RESOURCES,
  }),
  runDetails: objectWith(['builder'], {
    builder: objectWith(['id'], { id: URI, builderDependencies: RESOURCES, version: orNull(mapOf(TEXT)) }),
    metadata: orNull(objectWith([], { invocationId: TEXT, startedOn: orNull(TIME), finishedOn: orNull(TIME) })),
    byproducts: RESOURCES,
  }),
});

const MATERIAL = objectWith([], { uri: TEXT, digest: orNull(DIGESTS) });

/** SLSA provenance v0.2 (slsa.dev/provenance/v0.2, "Schema"). */
export const SLSA_PROVENANCE_02: Schema = objectWith(['builder', 'buildType'], {
  builder: objectWith(['id'], { id: URI }),
  buildType: URI,
  invocation: orNull(
    objectWith([], {
      configSource: orNull(objectWith([], { uri: TEXT, digest: orNull(DIGESTS), entryPoint: TEXT })),
    }),
  ),
  metadata: orNull(
    objectWith([], {
      buildInvocationId: TEXT,
      buildInvocationID: TEXT,
      buildStartedOn: orNull(TIME),
      buildFinishedOn: orNull(TIME),
      completeness: orNull(objectWith([], { parameters: TRUTH, environment: TRUTH, materials: TRUTH })),
      reproducible: TRUTH,
    }),
  ),
  materials: orNull(listOf(MATERIAL)),
});
