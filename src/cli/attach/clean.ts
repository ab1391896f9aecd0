import { AssayError, toAssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { pause } from '../../oci/abort.ts';
import type { Digest } from '../../oci/digest.ts';
import { entriesIn } from '../../oci/merge-entries.ts';
import type { Found } from '../../oci/store.ts';
import { evidenceTag } from '../../oci/tags.ts';
import type { WritableStore } from '../../oci/writable-store.ts';
import { unlist } from '../../sign/store/take-away.ts';
import { isEvidenceLayer } from '../../signature/index.ts';
import { type Artifact, errorsOf } from '../attached/artifact.ts';
import { collectAttached } from '../attached/collect.ts';
import { sbomForm } from '../attached/sbom.ts';
import type { Call } from '../command.ts';
import { layersAreAbout } from './repair.ts';

/** What is deleted, by cosign's names. */
export const CLEAN_TYPES = ['signature', 'attestation', 'sbom', 'referrer', 'all'] as const;
export type CleanType = (typeof CLEAN_TYPES)[number];

/** A piece of evidence that is to be deleted. */
export interface Doomed {
  readonly store: WritableStore;
  readonly repository: string;
  readonly digest: Digest;
  readonly kind: string;
  readonly form: string;
  readonly found: readonly Found[];
  /** The tag that it stands under in cosign's scheme. */
  readonly tag: string | undefined;
  /**
   * Whether the manifest itself goes. Whoever can write to the repository can list any image as a referrer, and point any tag at it: only what is
   * evidence of this subject by its own content, and of no other, is deleted; anything else only loses its tag or its entry. `if-needed`: what says nothing of its
   * subject, as SBOMs, or is about others as well; it may stand under their tags too, and goes itself only where a registry deletes no tag alone.
   */
  readonly whole: boolean | 'if-needed';
}

/** A place that evidence is deleted from. */
export interface CleanPlace {
  readonly store: WritableStore;
  readonly repository: string;
}

/**
 * What is attached to an image and is of a type, in every place. What it is, its manifest and (of a bundle) its statement say: nothing is verified. Throws
 * the first error of a place that did not answer: what is not known cannot be deleted, and was not deleted.
 */
export async function doomedIn(
  places: readonly CleanPlace[],
  subject: Digest,
  type: CleanType,
  prefix: string | undefined,
  signal: AbortSignal,
): Promise<readonly Doomed[]> {
  const doomed: Doomed[] = [];
  for (const { store, repository } of places) {
    const attached = await collectAttached([store], subject, { signal, depth: 1, depthAsked: true, signers: true, seen: { count: 0 } });
    const [wrong] = errorsOf({ ...attached, artifacts: [] });
    if (wrong !== undefined) throw wrong;
    for (const a of attached.artifacts.filter((one) => isOf(one, type))) {
      const suffix = a.found.includes('tag') ? /\.(sig|att|sbom)$/.exec(a.tag ?? '')?.[1] : undefined;
      const tag = suffix === undefined ? undefined : evidenceTag(subject, suffix as 'sig', prefix);
      doomed.push({
        store,
        repository,
        digest: a.digest,
        kind: a.kind,
        form: a.form,
        found: a.found,
        tag,
        whole: await isEvidenceOf(a, subject, store, signal),
      });
    }
  }
  return doomed;
}

function isOf(a: Artifact, type: CleanType): boolean {
  const tagged = a.found.includes('tag');
  if (type === 'all') return true;
  if (type === 'referrer') return !tagged;
  const suffix = /\.(sig|att|sbom)$/.exec(a.tag ?? '')?.[1];
  if (tagged && suffix !== undefined) return suffix === { signature: 'sig', attestation: 'att', sbom: 'sbom' }[type];
  if (type === 'sbom') return a.format === 'sbom';
  if (type === 'signature') return a.kind === 'signature';
  return a.kind !== 'signature' && a.kind !== 'artifact' && a.format !== 'sbom';
}

async function isEvidenceOf(a: Artifact, subject: Digest, store: WritableStore, signal: AbortSignal): Promise<Doomed['whole']> {
  if (a.error !== undefined || a.digest === subject) return false;
  if (a.namesSubject !== undefined) return a.namesSubject;
  if (a.layers.length === 0 || !a.found.includes('tag')) return false;
  if (a.layers.every((l) => sbomForm(l.mediaType) !== undefined)) return 'if-needed';
  if (!a.layers.every((l) => isEvidenceLayer(l.mediaType))) return false;
  try {
    const others = await layersAreAbout(a.digest, a.layers, { store, subject, signal });
    return others ? 'if-needed' : true;
  } catch (error) {
    // What cannot be fetched now is not known; what is about something else, or nothing, is not ours to delete.
    if (error instanceof AssayError && error.group !== 'transport' && error.group !== 'internal') return false;
    throw error;
  }
}

/** What came of deleting. */
export interface Cleaned {
  readonly deleted: readonly Doomed[];
  readonly errors: readonly AssayError[];
}

/**
 * Deletes manifests and their tags, then their entries in the fallback index. One that cannot be deleted keeps no other from being deleted, and stays
 * listed: what exists is to be found.
 */
export async function clean(doomed: readonly Doomed[], subject: Digest, { signal, out }: Pick<Call, 'signal' | 'out'>): Promise<Cleaned> {
  const deleted: Doomed[] = [];
  const errors: AssayError[] = [];
  for (const [i, one] of doomed.entries()) {
    out.progress(`${i + 1} of ${doomed.length}: ${one.digest}`);
    try {
      await remove(one, signal);
      deleted.push(one);
    } catch (error) {
      signal.throwIfAborted();
      errors.push(toAssayError(error));
    }
  }
  for (const store of new Set(deleted.map((d) => d.store))) {
    const digests = new Set(deleted.filter((d) => d.store === store).map((d) => d.digest));
    try {
      if (await unlist(store, subject, digests, { signal })) await removeEmptyList(store, subject, signal);
    } catch (error) {
      errors.push(toAssayError(error));
    }
  }
  const left = await stillThere(deleted, subject, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    errors.push(toAssayError(error));
    return [] as readonly Doomed[];
  });
  for (const { digest, repository } of left)
    errors.push(
      new AssayError('registry-error', `${digest} is still attached: ${repository} did not delete it`, {
        retryable: true,
        hint: 'what cannot be read is not known to be evidence of this image, and is only taken out of lists; some registries delete nothing, and say that they do',
      }),
    );
  return { deleted: deleted.filter((d) => !left.includes(d)), errors };
}

// Some acknowledge what they do not do; what was deleted a moment ago may be seen for some time.
async function stillThere(deleted: readonly Doomed[], subject: Digest, signal: AbortSignal): Promise<readonly Doomed[]> {
  let left = deleted;
  for (let n = 1; left.length > 0; n++) {
    left = await attachedOf(left, subject, signal);
    if (n >= LIMITS.tries) return left;
    if (left.length > 0) await pause(LIMITS.retryPauseMs * 2 ** (n - 1), signal);
  }
  return left;
}

async function attachedOf(deleted: readonly Doomed[], subject: Digest, signal: AbortSignal): Promise<readonly Doomed[]> {
  const left: Doomed[] = [];
  for (const store of new Set(deleted.map((d) => d.store))) {
    const listed = new Set<Digest>();
    for await (const page of store.referrers(subject, { signal })) for (const { digest } of page) listed.add(digest);
    for (const one of deleted.filter((d) => d.store === store)) {
      const tagged = one.tag === undefined ? undefined : await store.resolve(one.tag, { signal });
      if (listed.has(one.digest) || tagged?.descriptor.digest === one.digest) left.push(one);
    }
  }
  return left;
}

// By digest first: registries take the tags with it, and some delete no tag by its name.
async function remove({ store, digest, tag, whole }: Doomed, signal: AbortSignal): Promise<void> {
  if (whole === 'if-needed' && tag !== undefined && (await removesTag(store, tag, signal))) return;
  let refused: AssayError | undefined;
  try {
    if (whole !== false) await store.remove(digest, { signal });
  } catch (error) {
    refused = toAssayError(error);
  }
  if (tag !== undefined && (refused !== undefined || (await store.resolve(tag, { signal })) !== undefined)) {
    await store.remove(tag, { signal }).catch((error: unknown) => {
      throw forbidden(refused ?? toAssayError(error), digest);
    });
    return;
  }
  if (refused !== undefined) throw forbidden(refused, digest);
}

async function removesTag(store: WritableStore, tag: string, signal: AbortSignal): Promise<boolean> {
  try {
    await store.remove(tag, { signal });
    return (await store.resolve(tag, { signal })) === undefined;
  } catch (error) {
    if (error instanceof AssayError && error.code === 'registry-error' && !error.retryable) return false;
    throw error;
  }
}

// An empty list says nothing; whoever adds to it meanwhile puts it back.
async function removeEmptyList(store: WritableStore, subject: Digest, signal: AbortSignal): Promise<void> {
  const rest = await store.fallback(subject, { signal });
  if (rest !== undefined && entriesIn(rest.bytes).byKey.size === 0) await store.remove(rest.descriptor.digest, { signal });
}

function forbidden(error: AssayError, digest: Digest): AssayError {
  return new AssayError(error.code, `${digest} cannot be deleted: ${error.message}`, {
    cause: error,
    retryable: error.retryable,
    hint:
      error.code === 'registry-error' || error.code === 'registry-forbidden'
        ? 'many registries delete nothing, or only when their configuration or your account allows it'
        : (error.hint ?? 'nothing else was lost'),
  });
}
