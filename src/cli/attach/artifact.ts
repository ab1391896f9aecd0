import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { artifactManifest, EMPTY_CONTENT } from '../../oci/artifact-manifest.ts';
import { confirmWritten } from '../../oci/confirm-written.ts';
import { OCI_EMPTY } from '../../oci/media-types.ts';
import type { Call } from '../command.ts';
import { DONE } from '../exit-codes.ts';
import { openImage } from '../image.ts';
import { creationTime } from '../sign/outputs.ts';
import { openWritableStores } from '../stores.ts';
import { fileLayers, parseMediaType } from './files.ts';
import { attachedFile, reportAttached } from './report.ts';

/** OCI image spec, annotations.md. */
const CREATED = 'org.opencontainers.image.created';

/** `assay attach artifact`: files as one referrer of an image (OCI image spec 1.1, "Guidelines for Artifact Usage"). Throws what reading and writing throw. */
export async function attachArtifact(call: Call): Promise<number> {
  const { args, options, io, out, signal } = call;
  const [text = '', ...files] = args;
  const type = options.text('artifact-type');
  if (type === undefined)
    throw new AssayError('usage-invalid', 'what are the files?', { hint: 'give --artifact-type, as application/vnd.example.report.v1' });
  const artifactType = parseMediaType(type, '--artifact-type');
  if (files.length === 0) throw new AssayError('usage-invalid', 'which files?', { hint: 'assay attach artifact IMAGE FILE[:TYPE]…' });
  const annotations = annotationsOf(options.list('annotation'));
  const layers = await fileLayers(files, io.cwd, signal);
  const created = annotations.get(CREATED) ?? `${creationTime(call).toISOString().slice(0, 19)}Z`;
  const image = await openImage(text, options, { io, out, signal });
  const stores = await openWritableStores(image.reference, options, io);
  const manifest = artifactManifest({
    artifactType,
    layers: layers.map((l) => l.descriptor),
    subject: image.stored.descriptor,
    annotations: new Map([[CREATED, created], ...annotations]),
  });
  // What names something comes after it: a process that is stopped leaves blobs that nobody sees.
  await stores.evidence.writeBlob(EMPTY_CONTENT, { signal, mediaType: OCI_EMPTY });
  for (const [i, { name, descriptor, source }] of layers.entries()) {
    out.progress(`${i + 1} of ${layers.length}: ${name}`);
    await stores.evidence.copyBlob(descriptor, source, { signal });
  }
  const { descriptor, listed } = await stores.evidence.writeManifest(manifest, { signal });
  await confirmWritten(stores.evidence, descriptor.digest, { signal, ...(listed === 'referrers' ? { subject: image.digest } : {}) });
  const { mediaType, digest, size } = descriptor;
  const repository = stores.evidenceRepository;
  const stored = { repository, as: listed ?? 'referrers', reference: `${repository}@${digest}` };
  const { platform } = image;
  await reportAttached(
    {
      reference: text,
      digest: image.digest,
      platform,
      attached: [{ kind: 'artifact', mediaType, digest, size, artifactType, stored }],
      files: layers.map((l) => attachedFile(l.name, l.descriptor)),
    },
    out,
  );
  return DONE;
}

/** `key=value` pairs; a name that comes twice is misuse. Throws `usage-invalid`. */
export function annotationsOf(texts: readonly string[]): ReadonlyMap<string, string> {
  const annotations = new Map<string, string>();
  for (const text of texts) {
    const at = text.indexOf('=');
    const [name, value] = [text.slice(0, at).trim(), text.slice(at + 1)];
    if (at < 1 || name === '') throw new AssayError('usage-invalid', `--annotation ${text.slice(0, 100)}: name=value is expected`);
    if (annotations.has(name)) throw new AssayError('usage-invalid', `--annotation ${name} is given twice`);
    if (name.length + value.length > LIMITS.annotationLength)
      throw new AssayError('limit', `--annotation ${name.slice(0, 100)} is longer than ${LIMITS.annotationLength} characters`);
    annotations.set(name, value);
  }
  return annotations;
}
