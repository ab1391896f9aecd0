import { algorithmOf, hexOf, isDigest } from '../../oci/digest.ts';
import type { Store, StoredManifest } from '../../oci/store.ts';
import type { Evidence } from '../../verify/index.ts';
import type { ImageSigned, ImageSigning } from '../sign-image.ts';
import { EMPTY_CONFIG } from '../store/bundle-referrer.ts';
import { publish } from '../store/publish.ts';
import type { Placement } from '../store/read-back.ts';
import {
  type MakingOptions,
  makeNotationEvidence,
  type NotationArtifact,
  type NotationEvidence,
  type NotationOptions,
  targetOf,
} from './evidence.ts';
import { existingNotation } from './existing.ts';
import { notationManifest } from './manifest.ts';

/** The image, where its signature goes, and where others of it are looked for: as for the other forms. */
export interface NotationSigning extends Pick<ImageSigning, 'image' | 'store' | 'stores' | 'force' | 'publishing' | 'now' | 'signal'> {
  /** When the signature's manifest says that it was made; default: now. */
  readonly created?: Date;
  /** Called with a signature that verified, before it is written. */
  readonly onMade?: (made: NotationEvidence) => Promise<void>;
}

/**
 * Signs an image in the Notary Project's form: keeps a verified signature that says the same; otherwise makes one, verifies it, writes it as a
 * referrer, the manifest last, and reads it back. Throws as `makeNotationEvidence` and the store do.
 */
export async function signNotation(signing: NotationSigning, options: NotationOptions): Promise<ImageSigned> {
  const { image, store, now, signal } = signing;
  const making: MakingOptions = { now: now(), ...(signal === undefined ? {} : { signal }) };
  // Whoever knows the chain beforehand need not sign in order to find out; of a plugin it comes with the signature.
  const known = await sameAsBefore(signing, options, making);
  if (known !== undefined) return kept(known, signing, []);
  const made = await makeNotationEvidence(artifactOf(image), options, making);
  const twin = await sameAsMade(made, signing, options, making);
  if (twin !== undefined) return kept(twin, signing, made.warnings);
  await signing.onMade?.(made);
  const result = { outcome: 'signed' as const, replaced: [], warnings: made.warnings };
  if (store === undefined) return { ...result, pieces: [{ evidence: made.found }] };
  const placement = notationPlacement(made, image, signing.created ?? making.now, store.kind);
  const stored = await publish(store, placement, { ...signing.publishing, ...(signal === undefined ? {} : { signal }) });
  return { ...result, pieces: [{ evidence: { ...made.found, digest: stored.digest, found: stored.as }, stored }] };
}

/** An image as what is signed. */
export function artifactOf({ descriptor: { mediaType, digest, size } }: StoredManifest): NotationArtifact {
  return { mediaType, digests: new Map([[algorithmOf(digest) as string, hexOf(digest)]]), size };
}

/** A signature's manifest and what has to be written before it. notation 1.3 finds signatures in a layout by the type of their configuration alone. */
export function notationPlacement(made: NotationEvidence, image: StoredManifest, created: Date, kind: Store['kind']): Placement {
  return {
    kind: 'referrer',
    subject: image.descriptor.digest,
    manifest: notationManifest(made, image.descriptor, created, { byConfig: kind === 'layout' }),
    blobs: [{ bytes: made.envelope, mediaType: made.mediaType }, EMPTY_CONFIG],
  };
}

async function sameAsBefore(signing: NotationSigning, options: NotationOptions, making: MakingOptions): Promise<Evidence | undefined> {
  const { signer, form, scheme = 'notary.x509', timestamping, facts, expirySeconds } = options;
  if (signing.force === true || signer.kind !== 'raw' || signer.chain === undefined) return undefined;
  const target = targetOf(artifactOf(signing.image), options);
  const expected = { chain: signer.chain, scheme, form, target, timestampRoots: timestamping?.roots };
  return existingNotation(expected, expirySeconds, { stores: signing.stores, facts, ...making });
}

async function sameAsMade(
  { expected }: NotationEvidence,
  signing: NotationSigning,
  { signer, facts, expirySeconds }: NotationOptions,
  making: MakingOptions,
): Promise<Evidence | undefined> {
  if (signing.force === true || (signer.kind === 'raw' && signer.chain !== undefined)) return undefined;
  return existingNotation(expected, expirySeconds, { stores: signing.stores, facts, ...making });
}

function kept(evidence: Evidence, { store, stores }: NotationSigning, warnings: ImageSigned['warnings']): ImageSigned {
  const label = store?.label ?? stores[0]?.label ?? '';
  const { digest, found } = evidence;
  const piece = {
    evidence,
    ...(found === 'file' || !isDigest(digest) ? {} : { stored: { repository: label, as: found, digest, reference: `${label}@${digest}` } }),
  };
  return { outcome: 'kept', pieces: [piece], replaced: [], warnings };
}
