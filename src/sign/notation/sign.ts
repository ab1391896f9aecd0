import type { Descriptor } from '../../oci/descriptor.ts';
import { algorithmOf, hexOf } from '../../oci/digest.ts';
import { OCI_EMPTY, OCI_MANIFEST } from '../../oci/media-types.ts';
import type { Found, Store } from '../../oci/store.ts';
import type { WritableStore } from '../../oci/writable-store.ts';
import type { Evidence } from '../../verify/index.ts';
import { type MakingOptions, makeNotationEvidence, type NotationEvidence, type NotationOptions, targetOf } from './evidence.ts';
import { existingNotation } from './existing.ts';
import { EMPTY_CONFIG, notationManifest } from './manifest.ts';
import type { NotationWarning } from './self-verify.ts';

/** Where a signature of an image goes, and where others of it are. */
export interface NotationPlace {
  readonly store: WritableStore;
  /** Where signatures that are there already are looked for. */
  readonly stores: readonly Store[];
  /** Makes one more, whatever is there. */
  readonly force?: boolean;
  /** What the manifest says about when it was made; default: now. */
  readonly created?: Date;
}

/** What became of signing an image. */
export interface SignedNotation {
  readonly outcome: 'signed' | 'kept';
  /** The signature as verification found it; `digest` and `found` name where it is stored. */
  readonly evidence: Evidence;
  readonly warnings: readonly NotationWarning[];
}

/**
 * Signs an image in the Notary Project's form: keeps a verified signature that says the same; otherwise makes one, verifies it, and only then
 * stores it, the manifest last. Throws as `makeNotationEvidence` and the store do.
 */
export async function signNotation(
  subject: Descriptor,
  options: NotationOptions,
  { store, stores, force = false, created }: NotationPlace,
  making: MakingOptions,
): Promise<SignedNotation> {
  const artifact = {
    mediaType: subject.mediaType,
    digests: new Map([[algorithmOf(subject.digest) as string, hexOf(subject.digest)]]),
    size: subject.size,
  };
  const look = async (made?: NotationEvidence): Promise<Evidence | undefined> => {
    const { signer, form, scheme = 'notary.x509', timestamping, facts, expirySeconds } = options;
    const chain = made?.chain ?? (signer.kind === 'raw' ? signer.chain : undefined);
    if (force || chain === undefined) return undefined;
    const timestampRoots = timestamping?.roots;
    const expected = made?.expected ?? { chain, scheme, form, target: targetOf(artifact, options), timestampRoots };
    return existingNotation(expected, expirySeconds, { stores, now: making.now, facts, signal: making.signal });
  };
  // Whoever knows the chain beforehand need not sign in order to find out; of a plugin it comes with the signature.
  const known = await look();
  if (known !== undefined) return { outcome: 'kept', evidence: known, warnings: [] };
  const made = await makeNotationEvidence(artifact, options, making);
  const kept = options.signer.kind === 'raw' && options.signer.chain !== undefined ? undefined : await look(made);
  if (kept !== undefined) return { outcome: 'kept', evidence: kept, warnings: made.warnings };
  const { digest, found } = await storeNotation(made, subject, store, { created: created ?? making.now, signal: making.signal });
  return { outcome: 'signed', evidence: { ...made.found, digest, found }, warnings: made.warnings };
}

/** Stores a signature as a referrer of its subject: what the manifest names first, so that nothing half-written is ever listed. */
export async function storeNotation(
  made: NotationEvidence,
  subject: Descriptor,
  store: WritableStore,
  { created, signal }: { readonly created: Date; readonly signal?: AbortSignal | undefined },
): Promise<{ readonly digest: string; readonly found: Found }> {
  const waiting = signal === undefined ? {} : { signal };
  const manifest = notationManifest(made, subject, created);
  await store.writeBlob(made.envelope, { ...waiting, mediaType: made.mediaType });
  await store.writeBlob(EMPTY_CONFIG, { ...waiting, mediaType: OCI_EMPTY });
  const { descriptor, listed } = await store.writeManifest(manifest, { ...waiting, mediaType: OCI_MANIFEST });
  return { digest: descriptor.digest, found: listed ?? 'referrers' };
}
