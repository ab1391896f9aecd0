import { resolve } from 'node:path';
import { AssayError } from '../../errors.ts';
import { layoutImages, openWritableLayout, type WritableLayout } from '../../oci/layout/index.ts';
import { parseManifest } from '../../oci/manifest.ts';
import { formatReference, parseReference } from '../../oci/reference.ts';
import { evidenceTag } from '../../oci/tags.ts';
import type { Call } from '../command.ts';
import { type Copied, printCopied, runCopy } from './run.ts';

/** Saves an image into the layout of `--dir`, and marks its entries as cosign does (cosign, pkg/oci/layout/index.go). */
export async function saveImage(call: Call): Promise<number> {
  const { args, io, options, signal } = call;
  const dir = options.text('dir') ?? '';
  if (dir === '') throw new AssayError('usage-invalid', '--dir is empty');
  const from = args[0] ?? '';
  const path = resolve(io.cwd, dir);
  const before = await openWritableLayout(path, { create: true, signal });
  const others = (await layoutImages(before, { signal })).map((d) => d.digest);
  const reference = parseReference(from);
  const tag = reference.kind === 'registry' ? reference.tag : undefined;
  const copied = await runCopy(call, {
    from,
    to: { kind: 'layout', path, tag, digest: undefined },
    force: true,
    before(digest) {
      const other = others.find((d) => d !== digest);
      if (other === undefined) return;
      throw new AssayError('usage-invalid', `${dir} holds another image, ${other}: cosign's layouts hold one`, {
        hint: `name an empty folder, or: assay copy ${from} oci:${dir}`,
      });
    },
  });
  await markSaved(copied, await openWritableLayout(path), call);
  return printCopied(call, {
    ...copied,
    destination: formatReference({ kind: 'layout', path: dir, tag: copied.tag, digest: copied.report.digest }),
  });
}

const KIND = 'dev.cosignproject.cosign/';

async function markSaved({ report }: Copied, layout: WritableLayout, { options, signal }: Call): Promise<void> {
  const root = await layout.manifest(report.digest, { signal });
  if (root === undefined) throw new AssayError('internal', `${report.digest} was copied, and is not there`);
  for (const [suffix, kind] of [
    ['sig', 'sigs'],
    ['att', 'atts'],
  ] as const) {
    const tag = evidenceTag(report.digest, suffix, options.text('attachment-tag-prefix'));
    const stored = tag === undefined ? undefined : await layout.resolve(tag, { signal });
    if (stored !== undefined) await layout.annotate(stored.descriptor.digest, 'kind', `${KIND}${kind}`, { signal });
  }
  const isIndex = parseManifest(root.bytes, root.descriptor.mediaType).kind === 'index';
  await layout.annotate(report.digest, 'kind', `${KIND}${isIndex ? 'imageIndex' : 'image'}`, { signal });
}
