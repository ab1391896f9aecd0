import { integer, list, mapOf, object, optional, ref, type Schema, text } from './shape.ts';
import { VERIFY } from './verify.ts';

const subject = VERIFY.definitions.get('subject') ?? {};
const build = object({
  certificate: mapOf(text(), 'proven by the certificate'),
  builder: mapOf(text(), 'stated by the builder'),
  level: optional(integer('SLSA build level, where Assay knows the builder')),
});

/** `assay/slsa-verify/v1`: as `assay/verify/v1`, and of what is verified the build. */
export const SLSA_VERIFY: { readonly members: Schema; readonly definitions: ReadonlyMap<string, Schema> } = {
  members: {
    ...VERIFY.members,
    properties: { ...VERIFY.members.properties, images: list(ref('built')), files: list(ref('built'), 'for files') },
  },
  definitions: new Map([
    [
      'built',
      {
        ...subject,
        properties: {
          ...subject.properties,
          build,
          provenance: list(mapOf(true), 'with --print-provenance: the verified statements'),
        },
      },
    ],
  ]),
};
