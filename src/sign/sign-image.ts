import { digestOf, isDigest } from '../oci/digest.ts';
import type { Store, StoredManifest } from '../oci/store.ts';
import type { WritableStore } from '../oci/writable-store.ts';
import { type Evidence, imageSubject, type WantedEvidence } from '../verify/index.ts';
import { existingEvidence } from './existing.ts';
import type { ClaimingEvidence, PreparedEvidence, SigningFormat } from './formats/format.ts';
import { placesOf } from './places.ts';
import { describeEvidence, type Expectations, selfVerify } from './self-verify.ts';
import { type PublishOptions, publish } from './store/publish.ts';
import type { Stored } from './store/stored.ts';
import { takeAway } from './store/take-away.ts';

/** How an image is signed or attested. */
export interface ImageSigning {
  readonly image: StoredManifest;
  /** What signers call the image: `registry/repository`. */
  readonly repository: string;
  readonly format: SigningFormat;
  readonly wanted: WantedEvidence;
  /** Where the evidence is written; absent: nowhere. */
  readonly store?: WritableStore;
  /** Where evidence is looked for that makes new evidence needless; empty: nowhere. */
  readonly stores: readonly Store[];
  /** How the evidence will be verified; also how what is there already is. */
  readonly expectations: Expectations;
  /** How evidence that was just made is verified, where that is known only then; default: the same. */
  readonly expectationsOf?: (made: PreparedEvidence) => Expectations;
  /** Publishes without having verified. */
  readonly unsafeSkipSelfVerification?: boolean;
  /** Adds evidence even where there is some with the same claims. */
  readonly force?: boolean;
  /** Evidence of this signer that the new one takes the place of. */
  readonly replaces?: (evidence: ClaimingEvidence) => boolean;
  /** Called with evidence that verified, before it is written. */
  readonly onMade?: (made: readonly PreparedEvidence[]) => Promise<void>;
  readonly publishing?: PublishOptions;
  readonly now: () => Date;
  readonly signal?: AbortSignal;
}

/** One piece of evidence, and where it is. */
export interface SignedPiece {
  readonly evidence: Evidence;
  /** Absent when it was not written. */
  readonly stored?: Stored;
}

/** What came of an image. */
export interface ImageSigned {
  /** `kept`: evidence that verifies and claims the same was there already. */
  readonly outcome: 'signed' | 'kept';
  readonly pieces: readonly SignedPiece[];
  /** Manifests and layers of older evidence that were taken away. */
  readonly replaced: readonly string[];
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

/**
 * Signs or attests one image: looks whether this signer has claimed the same already, makes the evidence, verifies it, writes it, reads it back, and only then
 * takes away what it replaces. A run that ends in between leaves the old evidence, or the new, or both. Throws `self-verification-failed`, and what
 * the format, the services and the store throw.
 */
export async function signImage(signing: ImageSigning): Promise<ImageSigned> {
  const warnings: { code: string; message: string }[] = [];
  const found = await whatIsThere(signing, warnings);
  const [kept] = found.same;
  const layers = new Set(found.older.flatMap(layerOf));
  // Older layers of a tag go with the manifest that a new one is written in.
  if (kept !== undefined && signing.force !== true && layers.size === 0)
    return { outcome: 'kept', pieces: [keptPiece(kept, signing)], replaced: await remove(found.older, signing, warnings), warnings };
  const subject = { descriptor: signing.image.descriptor, repository: signing.repository };
  const made = await signing.format.make(subject, signing.signal);
  const evidence: Evidence[] = [];
  for (const piece of made) evidence.push(await verified(piece, signing));
  await signing.onMade?.(made);
  const { store } = signing;
  if (store === undefined) return { outcome: 'signed', pieces: evidence.map((e) => ({ evidence: e })), replaced: [], warnings };
  const pieces: SignedPiece[] = [];
  for (const [i, piece] of made.entries()) {
    const stored = await publish(store, piece.placement, { ...signing.publishing, ...stop(signing), replaces: layers });
    const e = evidence[i];
    if (e !== undefined) pieces.push({ evidence: { ...e, digest: stored.digest, found: stored.as }, stored });
  }
  const replaced = await remove(found.older, signing, warnings);
  return { outcome: 'signed', pieces, replaced: [...layers, ...replaced], warnings };
}

async function whatIsThere(
  signing: ImageSigning,
  warnings: { code: string; message: string }[],
): Promise<{ readonly same: readonly Evidence[]; readonly older: readonly Evidence[] }> {
  const { format, stores, replaces, image, wanted, expectations, repository } = signing;
  if (stores.length === 0 || (signing.force === true && replaces === undefined)) return { same: [], older: [] };
  const subject = { descriptor: image.descriptor, repository };
  const same = (e: ClaimingEvidence): boolean => format.claims(e, subject);
  // Only what stands in the same form is taken away: the rest is for verifiers that read nothing else.
  const replaced = (e: ClaimingEvidence): boolean => format.names.includes(e.format) && replaces?.(e) === true;
  const there = await existingEvidence({
    ...expectations,
    stores: stores.map((store) => placesOf(store, format.names, wanted)),
    image,
    wanted,
    matches: (e) => same(e) || replaced(e),
    all: replaces !== undefined,
    now: signing.now().getTime(),
    ...stop(signing),
  });
  // More evidence than needed does no harm; whoever can push broken evidence must not be able to keep others from signing.
  for (const error of there.errors.slice(0, 1))
    warnings.push({ code: 'existing-unknown', message: `whether there is such evidence already could not be found out: ${error.message}` });
  const kept = there.evidence.filter(same);
  const survivor = signing.force === true ? undefined : kept[0];
  return { same: kept, older: there.evidence.filter((e) => e !== survivor && replaced(e)) };
}

async function verified(piece: PreparedEvidence, signing: ImageSigning): Promise<Evidence> {
  const { subject } = imageSubject(signing.image);
  const asked = {
    ...(signing.expectationsOf?.(piece) ?? signing.expectations),
    subject,
    wanted: signing.wanted,
    now: signing.now().getTime(),
    ...stop(signing),
  };
  return signing.unsafeSkipSelfVerification === true ? describeEvidence(piece.located, asked) : selfVerify(piece.located, asked);
}

function keptPiece(evidence: Evidence, { store, stores }: ImageSigning): SignedPiece {
  const label = store?.label ?? stores[0]?.label ?? '';
  if (!isDigest(evidence.digest) || evidence.found === 'file') return { evidence };
  return { evidence, stored: { repository: label, as: evidence.found, digest: evidence.digest, reference: `${label}@${evidence.digest}` } };
}

/** The layer that verified evidence under a tag stands in. */
function layerOf({ found, entity }: Evidence): readonly string[] {
  if (found !== 'tag' || entity?.content.kind !== 'dsse' || entity.content.envelope.stored === undefined) return [];
  return [digestOf(entity.content.envelope.stored)];
}

// Referrers go one by one; layers went with the tag's new manifest.
async function remove(
  older: readonly Evidence[],
  { store, image, ...signing }: ImageSigning,
  warnings: { code: string; message: string }[],
): Promise<readonly string[]> {
  const digests = new Set(older.filter((e) => e.found !== 'tag').map((e) => e.digest));
  if (store === undefined || digests.size === 0) return [];
  const { removed, errors } = await takeAway(store, image.descriptor.digest, [...digests].filter(isDigest), stop(signing));
  for (const error of errors) warnings.push({ code: 'not-replaced', message: `older evidence is still there: ${error.message}` });
  return removed;
}

function stop({ signal }: Pick<ImageSigning, 'signal'>): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
