import { AssayError } from '../errors.ts';
import { algorithmOf, type Digest, hexOf } from './digest.ts';
import type { EvidenceSuffix } from './store.ts';

const LONGEST_TAG = 128;

/** The tag of the fallback index of a subject (distribution spec 1.1, "Referrers Tag Schema": 32 characters, a dash, 64 characters). */
export function fallbackTag(subject: Digest): string {
  return `${algorithmOf(subject).slice(0, 32)}-${hexOf(subject).slice(0, 64)}`;
}

/**
 * cosign's tag for evidence about a subject (specs/SIGNATURE_SPEC.md), or `undefined` when that would be longer than a tag may be: then nobody can have written it. Throws
 * `reference-invalid` for a prefix that no tag begins with: it becomes a part of addresses.
 */
export function evidenceTag(subject: Digest, suffix: EvidenceSuffix, prefix = ''): string | undefined {
  if (!/^(?:[A-Za-z0-9_][A-Za-z0-9._-]*)?$/.test(prefix))
    throw new AssayError('reference-invalid', `no tag begins with "${prefix.slice(0, 100)}"`, {
      hint: '--attachment-tag-prefix: letters, digits, _ . and -',
    });
  const tag = `${prefix}${algorithmOf(subject)}-${hexOf(subject)}.${suffix}`;
  return tag.length <= LONGEST_TAG ? tag : undefined;
}

/** Whether a tag is one that evidence is stored under: `sha256-<hex>` with or without a suffix of cosign's. */
export function isEvidenceTag(tag: string): boolean {
  return /(?:^|[^0-9a-f])(?:sha256-[0-9a-f]{64}|sha512-[0-9a-f]{64}(?:[0-9a-f]{64})?)(?:\.(?:sig|att|sbom))?$/.test(tag);
}
