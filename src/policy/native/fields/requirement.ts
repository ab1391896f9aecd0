import { BY, type By } from './authority.ts';
import { CONDITION, type ConditionFields, SLSA, type SlsaFields } from './condition.ts';
import { count, list, named, names, object, oneOfWords, optional, type Shape, type TypeOf, text } from './shape.ts';

const FORMATS = ['sigstore-bundle', 'cosign-tag', 'cosign-oci11', 'notation-jws', 'notation-cose', 'simple-signing'] as const;

const COMMON = {
  by: BY,
  threshold: optional(count('How many distinct authorities have to have signed, each by a signer of its own; 1 by default', 1, 1000)),
  where: optional(list('What has to hold of the evidence, all of it', CONDITION)),
  formats: optional(list('The forms of storage that count; all by default', oneOfWords('A form', FORMATS))),
  source: optional(
    object('Where the evidence is stored, instead of beside the image', {
      repository: optional(text('`REGISTRY/REPOSITORY`')),
      tagPrefix: optional(text("What stands before cosign's tags")),
    }),
  ),
};

const SIGNATURE = object('A signature', {
  ...COMMON,
  annotations: optional(names('Pairs that the signed payload has to hold', text('The value'))),
});

const ATTESTATION = object('An attestation', {
  type: text('Predicate type: a URI, or a short name as slsaprovenance1, cyclonedx, spdx, vuln, openvex, vsa'),
  ...COMMON,
  slsa: optional(SLSA),
});

const ARTIFACT = object('An artifact that refers to the image and is itself signed', {
  type: text('Its artifact type'),
  ...COMMON,
});

const STATIC = object('An answer that asks for no evidence. It never makes anything verified', {
  result: oneOfWords('What is answered', ['allow', 'deny']),
  reason: text('Why, for reports'),
});

/** The kinds of a part of a requirement. */
export const NODE_KINDS = ['allOf', 'anyOf', 'atLeast', 'signature', 'attestation', 'artifact', 'static'] as const;

/** A part of a requirement. */
export interface RequirementFields {
  readonly name?: string;
  readonly allOf?: readonly RequirementFields[];
  readonly anyOf?: readonly RequirementFields[];
  readonly atLeast?: { readonly count: number; readonly of: readonly RequirementFields[] };
  readonly signature?: LeafFields & { readonly annotations?: ReadonlyMap<string, string> };
  readonly attestation?: LeafFields & { readonly type: string; readonly slsa?: SlsaFields };
  readonly artifact?: LeafFields & { readonly type: string };
  readonly static?: TypeOf<typeof STATIC>;
}

/** What leaves have in common. */
export interface LeafFields {
  readonly by: By;
  readonly threshold?: number;
  readonly where?: readonly ConditionFields[];
  readonly formats?: readonly (typeof FORMATS)[number][];
  readonly source?: { readonly repository?: string; readonly tagPrefix?: string };
}

/** The requirement: a tree. */
export const REQUIREMENT: Shape<RequirementFields> = named('requirement', 'A requirement: exactly one of these', () => NODE);

const PARTS = list('The parts', REQUIREMENT);

const NODE: Shape<RequirementFields> = object(
  'A requirement: exactly one of these',
  {
    name: optional(text('What this part is called in decisions')),
    allOf: optional(list('Every part has to be met', REQUIREMENT)),
    anyOf: optional(list('One part has to be met', REQUIREMENT)),
    atLeast: optional(object('A number of the parts have to be met', { count: count('How many', 1, 1000), of: PARTS })),
    signature: optional(SIGNATURE),
    attestation: optional(ATTESTATION),
    artifact: optional(ARTIFACT),
    static: optional(STATIC),
  },
  NODE_KINDS,
);
