import { AssayError, isAssayError } from '../../errors.ts';
import { artifactManifest, EMPTY_CONTENT } from '../../oci/artifact-manifest.ts';
import { confirmWritten } from '../../oci/confirm-written.ts';
import { OCI_EMPTY } from '../../oci/media-types.ts';
import { parseReference } from '../../oci/reference.ts';
import { annotationsOf } from '../attach/artifact.ts';
import { type FileLayer, fileLayers, parseMediaType } from '../attach/files.ts';
import type { Call } from '../command.ts';
import { DONE } from '../exit-codes.ts';
import { creationTime } from '../sign/outputs.ts';
import { formatSize } from '../size.ts';
import { openWritableStores } from '../stores.ts';
import { printable } from '../text/printable.ts';
import { namedLayers } from './file-names.ts';

const CREATED = 'org.opencontainers.image.created';
/** What oras calls files of which nobody says what they are. */
const UNKNOWN_TYPE = 'application/vnd.unknown.artifact.v1';

/** `assay push`: files as one artifact (OCI image spec 1.1, "Guidelines for Artifact Usage"). Throws what reading and writing throw. */
export async function pushFiles(call: Call): Promise<number> {
  const { args, options, io, out, signal } = call;
  const [text = '', ...files] = args;
  if (files.length === 0) throw new AssayError('usage-invalid', 'which files?', { hint: 'assay push REFERENCE FILE[:TYPE]…' });
  const reference = parseReference(text);
  if (reference.digest !== undefined)
    throw new AssayError('usage-invalid', 'the digest of an artifact comes out of its files: name it by a tag');
  const artifactType = parseMediaType(options.text('artifact-type') ?? UNKNOWN_TYPE, '--artifact-type');
  const annotations = annotationsOf(options.list('annotation'));
  const layers = await fileLayers(files, io.cwd, signal);
  warnOfNames(layers, call);
  const created = annotations.get(CREATED) ?? `${creationTime(call).toISOString().slice(0, 19)}Z`;
  const manifest = artifactManifest({
    artifactType,
    layers: layers.map((l) => l.descriptor),
    annotations: new Map([[CREATED, created], ...annotations]),
  });
  const { image: store, repository } = await openWritableStores(reference, options, io, { create: true, signal });
  // What names something comes after it: a process that is stopped leaves blobs that nobody sees.
  await store.writeBlob(EMPTY_CONTENT, { signal, mediaType: OCI_EMPTY });
  const states: ('there' | 'mounted' | 'sent')[] = [];
  for (const [i, { name, descriptor, source }] of layers.entries()) {
    out.progress(`${i + 1} of ${layers.length}: ${name}`);
    states.push(await store.copyBlob(descriptor, source, { signal }));
  }
  const { descriptor } = await store.writeManifest(manifest, { signal, ...(reference.tag === undefined ? {} : { tag: reference.tag }) });
  await confirmWritten(store, descriptor.digest, { tag: reference.tag, signal });
  const pushed = layers.map((l, i) => ({
    name: l.name,
    mediaType: l.descriptor.mediaType,
    digest: l.descriptor.digest,
    size: l.descriptor.size,
    state: states[i] ?? 'sent',
  }));
  if (out.format === 'text') {
    for (const f of pushed) out.print(`${f.state === 'sent' ? 'sent' : 'there'}   ${printable(f.name)}   ${formatSize(f.size)}\n`);
    out.print(`pushed ${printable(repository, 1000)}${reference.tag === undefined ? '' : `:${reference.tag}`}@${descriptor.digest}\n`);
    return DONE;
  }
  await out.result({
    schema: 'assay/push/v1',
    reference: `${repository}@${descriptor.digest}`,
    tag: reference.tag ?? null,
    digest: descriptor.digest,
    mediaType: descriptor.mediaType,
    size: descriptor.size,
    artifactType,
    files: pushed,
    warnings: out.warnings,
    errors: [],
  });
  return DONE;
}

// Not every file system has such names: another reader may still take them.
function warnOfNames(layers: readonly FileLayer[], { out }: Call): void {
  try {
    namedLayers(layers.map((l) => l.descriptor));
  } catch (error) {
    if (!isAssayError(error, 'input-invalid')) throw error;
    out.warn('name-not-portable', `assay pull will not take it: ${error.message}`);
  }
}
