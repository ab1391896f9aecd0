import { lstat, realpath } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { AssayError } from '../../errors.ts';
import { DISK, makeFolder, removeLeftParts, writeWhole } from '../../oci/layout/disk.ts';
import { artifactTypeOf } from '../../oci/manifest.ts';
import type { Call } from '../command.ts';
import { DONE } from '../exit-codes.ts';
import { openImage } from '../image.ts';
import { formatSize } from '../size.ts';
import { printable } from '../text/printable.ts';
import { type NamedLayer, namedLayers } from './file-names.ts';
import { keepingDisk } from './keep-existing.ts';
import { streamedStore } from './sources.ts';

/** What oras marks a layer with that is a folder, packed. */
const UNPACK = 'io.deis.oras.content.unpack';

/**
 * `assay pull`: the files of an artifact, into a folder. All names are checked before anything is written; each file is written whole or not at all, when
 * its digest is right. Throws `input-invalid`, `confirmation-missing` for files that are there, `file-unwritable`, `not-found`, and what reading throws.
 */
export async function pullFiles(call: Call): Promise<number> {
  const { args, options, io, out, signal } = call;
  const image = await openImage(args[0] ?? '', options, { io, out, signal });
  if (image.manifest.kind === 'index')
    throw new AssayError('usage-invalid', `${image.text} is an index of several`, { hint: 'choose one with --platform' });
  const { layers } = image.manifest;
  const files = namedLayers(layers);
  if (files.length === 0) throw new AssayError('not-found', `${image.text} has no files with names`);
  const unnamed = layers.length - files.length;
  if (unnamed > 0)
    out.warn('unnamed-layers', `${unnamed} ${unnamed === 1 ? 'layer has' : 'layers have'} no file name, and stay where they are`);
  for (const { name, descriptor } of files)
    if (descriptor.annotations?.get(UNPACK) === 'true')
      out.warn('packed-folder', `${printable(name)} is a packed folder, and is not unpacked: tar -xzf does that`);
  const folder = resolve(io.cwd, options.text('dir') ?? '.');
  const force = options.flag('force');
  await makeFolder(folder);
  const root = await realpath(folder);
  for (const { name } of files) await checkPlace(root, name, force);
  const store = await streamedStore(image.reference, options, io);
  for (const [i, file] of files.entries()) {
    out.progress(`${i + 1} of ${files.length}: ${file.name}`);
    const target = await placeFor(root, file);
    await writeWhole(target, store.openBlob(file.descriptor, { signal }), force ? DISK : keepingDisk(), signal);
    if (out.format === 'text') out.print(`${printable(file.name)}   ${formatSize(file.descriptor.size)}\n`);
  }
  if (out.format === 'text') out.print(`pulled ${printable(image.repository, 1000)}@${image.digest}\n`);
  else
    await out.result({
      schema: 'assay/pull/v1',
      reference: image.text,
      digest: image.digest,
      platform: image.platform,
      artifactType: artifactTypeOf(image.manifest) ?? null,
      folder: root,
      files: files.map(({ name, descriptor: { mediaType, digest, size } }) => ({ name, mediaType, digest, size })),
      unnamed,
      warnings: out.warnings,
      errors: [],
    });
  return DONE;
}

async function checkPlace(root: string, name: string, force: boolean): Promise<void> {
  const parts = name.split('/');
  for (let n = 1; n < parts.length; n++) {
    const found = await lstat(join(root, ...parts.slice(0, n))).catch(() => undefined);
    if (found === undefined) break;
    if (!found.isDirectory())
      throw new AssayError('file-unwritable', `${printable(name)}: a folder above it is no folder, or a link`, { retryable: false });
  }
  const there = await lstat(join(root, ...parts)).catch(() => undefined);
  if (there?.isDirectory() === true) throw new AssayError('file-unwritable', `${printable(name)} is a folder`, { retryable: false });
  if (there !== undefined && !force)
    throw new AssayError('confirmation-missing', `${printable(name)} is there already`, { hint: '--force replaces it' });
}

// Asked again when it is made: somebody else may have put a link there.
async function placeFor(root: string, { name }: NamedLayer): Promise<string> {
  const target = join(root, ...name.split('/'));
  await makeFolder(dirname(target));
  const real = await realpath(dirname(target));
  if (real !== root && !real.startsWith(root.endsWith(sep) ? root : root + sep))
    throw new AssayError('file-unwritable', `${printable(name)} would be outside of the folder`, { retryable: false });
  // Of a pull that was killed.
  await removeLeftParts(real);
  return target;
}
