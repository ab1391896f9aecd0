import { resolve } from 'node:path';
import { AssayError } from '../../errors.ts';
import type { CopyFrom, CopySource, StreamedStore } from '../../oci/copy/index.ts';
import { parseReference, type Reference } from '../../oci/reference.ts';
import type { Io } from '../io.ts';
import { clientOf } from '../registry.ts';
import { repositoryName } from '../stores.ts';
import type { Values } from '../values.ts';

/**
 * Where an image and its evidence are copied from: the place itself and, for evidence, `COSIGN_REPOSITORY` when it is set. Blobs are
 * mounted where the destination is in the same registry. Throws `usage-invalid`, `offline`, and what opening a layout throws.
 */
export async function copyFrom(from: Reference, to: Reference, options: Values, io: Io): Promise<CopyFrom> {
  checkCredentials([from, to], options);
  const image = await sourceAt(from, to, options, io);
  const elsewhere = io.env.COSIGN_REPOSITORY ?? '';
  if (elsewhere === '') return { image, evidence: [image] };
  const other = parseReference(elsewhere);
  if (other.kind !== 'registry') throw new AssayError('usage-invalid', 'COSIGN_REPOSITORY is no repository of a registry');
  if (options.flag('offline') && (from.kind !== 'registry' || from.registry !== other.registry))
    throw new AssayError('offline', `${repositoryName(other)} (COSIGN_REPOSITORY) is not the registry that was named`, {
      hint: 'leave out --offline, or unset COSIGN_REPOSITORY',
    });
  return { image, evidence: [image, await sourceAt(other, to, options, io)] };
}

/** A store whose blobs are read in pieces. */
export async function streamedStore(reference: Reference, options: Values, io: Io): Promise<StreamedStore> {
  const prefix = options.has('attachment-tag-prefix') ? options.text('attachment-tag-prefix') : undefined;
  const more = prefix === undefined ? {} : { attachmentTagPrefix: prefix };
  if (reference.kind !== 'registry') {
    const { openLayout } = await import('../../oci/layout/index.ts');
    return openLayout(reference.kind, resolve(io.cwd, reference.path), more);
  }
  const [client, { registryStore }, { repositoryOf }, { openBlob }] = await Promise.all([
    clientOf(options, io, reference.registry),
    import('../../oci/registry/store.ts'),
    import('../../oci/registry/repository.ts'),
    import('../../oci/registry/open-blob.ts'),
  ]);
  const repository = repositoryOf(client, reference);
  return {
    ...registryStore(repository, { ...more, shareReads: false }),
    openBlob: (descriptor, read) => openBlob(repository, descriptor, read),
  };
}

async function sourceAt(from: Reference, to: Reference, options: Values, io: Io): Promise<CopySource> {
  const store = await streamedStore(from, options, io);
  const near = from.kind === 'registry' && to.kind === 'registry' && from.registry === to.registry && from.repository !== to.repository;
  return near ? { store, mountFrom: from.repository } : { store };
}

// A name and password are one registry's secret: the other one must not see them.
function checkCredentials(references: readonly Reference[], options: Values): void {
  const registries = new Set(references.flatMap((r) => (r.kind === 'registry' ? [r.registry] : [])));
  if (registries.size < 2) return;
  for (const name of ['registry-username', 'registry-token', 'registry-client-cert']) {
    if (options.given(name))
      throw new AssayError('usage-invalid', `--${name} does not say which of ${[...registries].join(' and ')} it is for`, {
        hint: 'assay login keeps the credentials of each',
      });
  }
}
