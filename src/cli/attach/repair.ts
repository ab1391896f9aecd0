import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import { algorithmOf, type Digest, hexOf } from '../../oci/digest.ts';
import { withConfigOfLayers } from '../../oci/evidence-config.ts';
import { parseManifest } from '../../oci/manifest.ts';
import { DSSE_ENVELOPE, SIMPLE_SIGNING } from '../../oci/media-types.ts';
import { entriesIn, withEntries } from '../../oci/merge-entries.ts';
import { collectReferrers } from '../../oci/referrers-of.ts';
import type { StoredManifest } from '../../oci/store.ts';
import { evidenceTag } from '../../oci/tags.ts';
import type { WritableStore } from '../../oci/writable-store.ts';
import { decodeCosignLayer, parseSimpleSigning, statementOf } from '../../signature/index.ts';

/** Evidence that is to be listed again, and is about the image. */
export interface Found {
  readonly digest: Digest;
  readonly stored: StoredManifest;
  /** How it is listed: as a referrer, or by one of cosign's tags. */
  readonly as: 'referrer' | 'sig' | 'att';
}

/** What came of one piece. */
export interface Repaired {
  readonly digest: Digest;
  readonly outcome: 'listed' | 'already-listed';
  readonly as: 'referrers' | 'fallback-tag' | 'tag';
  readonly tag: string | undefined;
}

/** Where evidence is repaired. */
export interface RepairPlace {
  readonly store: WritableStore;
  readonly subject: Digest;
  readonly prefix: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Fetches evidence and looks whether it is about the image: by its subject, or by what each of its layers is over. Nothing is verified: whoever verifies
 * the image will. Throws `not-found`, `input-invalid` when it is about something else, `unsupported` when nothing in it says what it is about.
 */
export async function findEvidence(digest: Digest, { store, subject, signal }: RepairPlace): Promise<Found> {
  const stored = await store.manifest(digest, { signal });
  if (stored === undefined)
    throw new AssayError('not-found', `${digest} is not in ${store.label}`, { hint: 'it may have been deleted: sign again' });
  const manifest = parseManifest(stored.bytes, stored.descriptor.mediaType);
  if (manifest.subject !== undefined) {
    if (manifest.subject.digest !== subject) throw elsewhere(digest, manifest.subject.digest, subject);
    return { digest, stored, as: 'referrer' };
  }
  if (manifest.kind === 'manifest') {
    const types = new Set(manifest.layers.map((l) => l.mediaType));
    const [type] = types;
    if (types.size === 1 && (type === SIMPLE_SIGNING || type === DSSE_ENVELOPE)) {
      await layersAreAbout(digest, manifest.layers, { store, subject, signal });
      return { digest, stored, as: type === SIMPLE_SIGNING ? 'sig' : 'att' };
    }
  }
  throw new AssayError('unsupported', `nothing in ${digest} says which image it is about`, {
    hint: 'signatures and attestations can be repaired, and manifests with a subject',
  });
}

/**
 * Checks that each layer of a manifest of cosign's is about a subject. Answers whether one of them is about something else as well. Nothing is verified. Throws
 * `input-invalid` when one is not, `unsupported` when one does not say, and what reading throws.
 */
export async function layersAreAbout(
  digest: Digest,
  layers: readonly Descriptor[],
  { store, subject, signal }: Pick<RepairPlace, 'store' | 'subject' | 'signal'>,
): Promise<boolean> {
  let others = false;
  for (const layer of layers) {
    const content = await store.read(layer, { signal, maxBytes: LIMITS.evidenceBytes });
    if (layer.mediaType === SIMPLE_SIGNING) {
      const about = parseSimpleSigning(content).digest;
      if (about !== subject) throw elsewhere(digest, about, subject);
      continue;
    }
    const entity = decodeCosignLayer({ mediaType: layer.mediaType, annotations: layer.annotations ?? new Map(), content }, 'cosign-tag');
    const result = entity?.content.kind === 'dsse' ? statementOf(entity.content.envelope) : { error: undefined };
    if (!('statement' in result)) throw result.error ?? new AssayError('unsupported', `${digest} holds an envelope without a statement`);
    const { subjects } = result.statement;
    if (!subjects.some((s) => s.digests.get(algorithmOf(subject)) === hexOf(subject)))
      throw elsewhere(digest, subjects.map((s) => s.name).join(', ') || 'nothing', subject);
    others ||= subjects.length > 1;
  }
  return others;
}

function elsewhere(digest: Digest, about: string, subject: Digest): AssayError {
  return new AssayError('input-invalid', `${digest} is about ${about.slice(0, 200)}, not about ${subject}`);
}

/** Lists evidence again, together with whoever else writes to the list. Throws what writing throws. */
export function repair(found: Found, place: RepairPlace): Promise<Repaired> {
  return found.as === 'referrer' ? repairReferrer(found, place) : repairTag(found, found.as, place);
}

async function repairReferrer({ digest, stored }: Found, { store, subject, signal }: RepairPlace): Promise<Repaired> {
  const known = await collectReferrers(store, subject, { signal });
  const { size, mediaType } = stored.descriptor;
  const there = known.referrers.find(({ descriptor: d }) => d.digest === digest && d.size === size && d.mediaType === mediaType);
  if (there !== undefined)
    return { digest, outcome: 'already-listed', as: there.found === 'referrers' ? 'referrers' : 'fallback-tag', tag: undefined };
  const [wrong] = known.errors;
  if (wrong !== undefined) throw wrong;
  // A registry that knows subjects looks at them when it is given a manifest, known or not.
  const { listed } = await store.writeManifest(stored.bytes, { signal, mediaType: stored.descriptor.mediaType });
  return { digest, outcome: 'listed', as: listed ?? 'referrers', tag: undefined };
}

async function repairTag({ digest, stored }: Found, suffix: 'sig' | 'att', place: RepairPlace): Promise<Repaired> {
  const { store, subject, prefix, signal } = place;
  const tag = evidenceTag(subject, suffix, prefix);
  if (tag === undefined) throw new AssayError('unsupported', 'the tag would be longer than 128 characters');
  const ours = entriesIn(stored.bytes).byKey;
  let outcome: Repaired['outcome'] = 'already-listed';
  await store.changeTag(
    tag,
    {
      entry: digest,
      async merge(now) {
        if (now === undefined) {
          outcome = 'listed';
          return stored.bytes;
        }
        const there = entriesIn(now.bytes);
        if (there.member !== 'layers') throw new AssayError('manifest-invalid', `the tag ${tag} holds an index`);
        const missing = [...ours].filter(([key]) => !there.byKey.has(key)).map(([, entry]) => entry);
        if (missing.length === 0) return undefined;
        outcome = 'listed';
        const merged = withEntries(now.bytes, missing);
        const whole = withConfigOfLayers(merged);
        if (whole === undefined) return merged;
        await store.writeBlob(whole.config, { signal, mediaType: whole.configType });
        return whole.manifest;
      },
    },
    { signal },
  );
  return { digest, outcome, as: 'tag', tag };
}
