import { listOf, mapOf, NAME, objectWith, orNull, type Schema, TEXT, TIME } from '../parts.ts';
import { DIGESTS, RESOURCE } from './resource.ts';

/** A vulnerability scan (cosign specs/COSIGN_VULN_ATTESTATION_SPEC.md). The scanner's own report is its own business. */
export const VULNERABILITY_SCAN: Schema = objectWith(['scanner', 'metadata'], {
  invocation: orNull(objectWith([], { uri: TEXT, event_id: TEXT, 'builder.id': TEXT })),
  scanner: objectWith(['uri', 'result'], {
    uri: TEXT,
    version: TEXT,
    db: orNull(objectWith([], { uri: TEXT, version: TEXT })),
    result: {},
  }),
  metadata: objectWith(['scanStartedOn', 'scanFinishedOn'], { scanStartedOn: TIME, scanFinishedOn: TIME }),
});

/** What cosign wraps as `custom` (cosign specs/COSIGN_PREDICATE_SPEC.md). */
export const CUSTOM: Schema = objectWith(['Data'], { Data: {}, Timestamp: TEXT });

const ARTIFACTS = orNull({ anyOf: [mapOf(DIGESTS), listOf(RESOURCE)] });

/** A link, in the shape of in-toto's metablocks that cosign writes as well, or of the newer predicate (in-toto spec, section 4.4; spec/predicates/link.md). */
export const LINK: Schema = objectWith(['name', 'materials'], {
  _type: { const: 'link' },
  name: NAME,
  command: orNull(listOf(TEXT)),
  materials: ARTIFACTS,
  products: ARTIFACTS,
  byproducts: orNull({ type: 'object' }),
  environment: orNull({ type: 'object' }),
});
