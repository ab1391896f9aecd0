import { utf8 } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import { artifactManifest, EMPTY_CONTENT } from '../../oci/artifact-manifest.ts';
import { confirmWritten } from '../../oci/confirm-written.ts';
import { type Descriptor, formatDescriptor } from '../../oci/descriptor.ts';
import { digestOf } from '../../oci/digest.ts';
import { configOf } from '../../oci/evidence-config.ts';
import { OCI_CONFIG, OCI_EMPTY, OCI_MANIFEST } from '../../oci/media-types.ts';
import { evidenceTag } from '../../oci/tags.ts';
import type { WritableStore } from '../../oci/writable-store.ts';
import type { Call } from '../command.ts';
import { DONE } from '../exit-codes.ts';
import { openImage } from '../image.ts';
import { creationTime } from '../sign/outputs.ts';
import { openWritableStores } from '../stores.ts';
import { readInput } from '../verify/files.ts';
import { type Attachment, reportAttached } from './report.ts';
import { cosignMediaType, type SbomFormat, type SbomType, sbomMediaType } from './sbom-type.ts';

/** `assay attach sbom`: an SBOM under cosign's tag `sha256-….sbom`, or as a referrer. Throws `input-invalid`, and what reading and writing throw. */
export async function attachSbom(call: Call): Promise<number> {
  const { args, options, io, out, signal } = call;
  const [text = ''] = args;
  const file = options.text('sbom');
  if (file === undefined) throw new AssayError('usage-invalid', 'which SBOM?', { hint: 'give --sbom FILE' });
  const bytes = await readInput(file, 'SBOM', io);
  const told = { type: options.text('type') as SbomType | undefined, format: options.text('input-format') as SbomFormat | undefined };
  const known = sbomMediaType(bytes, told);
  const referrer = options.text('format') === 'referrer';
  const mediaType = referrer ? known : cosignMediaType(known);
  const image = await openImage(text, options, { io, out, signal });
  const { evidence, evidenceRepository } = await openWritableStores(image.reference, options, io);
  out.warn(
    'unsigned',
    'nobody signs this SBOM by attaching it, and nothing says that it is true: assay attest --type spdx|cyclonedx signs one',
  );
  const layer = await evidence.writeBlob(bytes, { signal, mediaType });
  const { digest } = image;
  const place = { evidence, repository: evidenceRepository };
  const stored = referrer
    ? await asReferrer(place, layer, image.stored.descriptor, call)
    : await asTag(place, layer, evidenceTag(digest, 'sbom', options.text('attachment-tag-prefix')), call);
  const files = [{ name: file, mediaType, digest: layer.digest, size: layer.size }];
  await reportAttached({ reference: text, digest, platform: image.platform, attached: [stored], files }, out);
  return DONE;
}

interface Place {
  readonly evidence: WritableStore;
  readonly repository: string;
}

// One SBOM stands under a tag: cosign replaces what is there, and so does this, aloud.
async function asTag(
  { evidence, repository }: Place,
  layer: Descriptor,
  tag: string | undefined,
  { out, signal }: Call,
): Promise<Attachment> {
  if (tag === undefined) throw new AssayError('unsupported', 'the tag for this SBOM would be longer than 128 characters');
  const config = configOf([layer.digest]);
  const bytes = utf8(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: { mediaType: OCI_CONFIG, size: config.length, digest: digestOf(config) },
      layers: [formatDescriptor(layer)],
    }),
  );
  const before = await evidence.resolve(tag, { signal });
  await evidence.writeBlob(config, { signal, mediaType: OCI_CONFIG });
  const { descriptor } = await evidence.writeManifest(bytes, { signal, tag });
  await confirmWritten(evidence, descriptor.digest, { tag, signal });
  const { digest, mediaType, size } = descriptor;
  if (before !== undefined && before.descriptor.digest !== digest)
    out.warn('replaced', `the SBOM that was there is no longer under the tag: ${repository}@${before.descriptor.digest}`);
  return {
    kind: 'sbom',
    mediaType,
    digest,
    size,
    artifactType: null,
    stored: { repository, as: 'tag', reference: `${repository}:${tag}` },
  };
}

async function asReferrer({ evidence, repository }: Place, layer: Descriptor, subject: Descriptor, call: Call): Promise<Attachment> {
  const { signal } = call;
  await evidence.writeBlob(EMPTY_CONTENT, { signal, mediaType: OCI_EMPTY });
  const created = `${creationTime(call).toISOString().slice(0, 19)}Z`;
  const annotations = new Map([['org.opencontainers.image.created', created]]);
  const bytes = artifactManifest({ artifactType: layer.mediaType, layers: [layer], subject, annotations });
  const { descriptor, listed } = await evidence.writeManifest(bytes, { signal });
  await confirmWritten(evidence, descriptor.digest, { signal, ...(listed === 'referrers' ? { subject: subject.digest } : {}) });
  const { digest, mediaType, size } = descriptor;
  const stored = { repository, as: listed ?? 'referrers', reference: `${repository}@${digest}` };
  return { kind: 'sbom', mediaType, digest, size, artifactType: layer.mediaType, stored };
}
