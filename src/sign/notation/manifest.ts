import { type Bytes, encodeHex, utf8 } from '../../bytes/index.ts';
import { sha256 } from '../../crypto/index.ts';
import { AssayError } from '../../errors.ts';
import { type Descriptor, descriptorOf, formatDescriptor } from '../../oci/descriptor.ts';
import { digestOf } from '../../oci/digest.ts';
import { COSE_ENVELOPE, JWS_ENVELOPE, NOTATION_SIGNATURE, OCI_EMPTY, OCI_MANIFEST } from '../../oci/media-types.ts';
import type { NotationForm } from '../../signature/notation/encode.ts';
import { EMPTY_CONFIG } from '../store/bundle-referrer.ts';
import type { NotationEvidence } from './evidence.ts';

const THUMBPRINTS = 'io.cncf.notary.x509chain.thumbprint#S256';
const CREATED = 'org.opencontainers.image.created';
/** The media type of an envelope. */
export function mediaTypeOf(form: NotationForm): string {
  return form === 'notation-cose' ? COSE_ENVELOPE : JWS_ENVELOPE;
}

/**
 * The manifest in which an envelope is a referrer of what it is about (signature-specification.md, "OCI Signatures"). `byConfig`: the type of the
 * configuration says that it is a signature, as version 1.0 of the specification has it and every reader knows it. Throws `service-lied`.
 */
export function notationManifest(
  { envelope, mediaType, chain, annotations }: NotationEvidence,
  subject: Descriptor,
  created: Date,
  { byConfig = false }: { readonly byConfig?: boolean } = {},
): Bytes {
  const thumbprints = chain.map((c) => encodeHex(sha256(c.der)));
  const own = new Map([
    [THUMBPRINTS, JSON.stringify(thumbprints)],
    [CREATED, created.toISOString().replace(/\.\d+Z$/, 'Z')],
  ]);
  for (const name of annotations.keys())
    if (own.has(name))
      throw new AssayError('service-lied', `the plugin wants to write the annotation ${name}, which says what the signature is`);
  return utf8(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      ...(byConfig ? {} : { artifactType: NOTATION_SIGNATURE }),
      config: formatDescriptor(
        descriptorOf(byConfig ? NOTATION_SIGNATURE : OCI_EMPTY, digestOf(EMPTY_CONFIG.bytes), EMPTY_CONFIG.bytes.length),
      ),
      layers: [formatDescriptor(descriptorOf(mediaType, digestOf(envelope), envelope.length))],
      subject: formatDescriptor(descriptorOf(subject.mediaType, subject.digest, subject.size)),
      annotations: Object.fromEntries([...annotations, ...own]),
    }),
  );
}
