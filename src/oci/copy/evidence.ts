import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { Descriptor } from '../descriptor.ts';
import type { Digest } from '../digest.ts';
import { type ParsedManifest, parseManifest } from '../manifest.ts';
import { referrerDescriptor } from '../referrer-descriptor.ts';
import type { EvidenceSuffix, StoredManifest } from '../store.ts';
import { evidenceTag } from '../tags.ts';
import { isChosen } from './choose.ts';
import { copyNamed, isThere, manifestOf, noteThere, write } from './content.ts';
import { each, type Job } from './job.ts';
import { mergedEvidence } from './merge-evidence.ts';
import { checkListed, listed, listInFallback } from './referrers.ts';
import type { CopySource } from './source.ts';

/** A piece of evidence that was copied, or was there. */
export interface CopiedEvidence {
  readonly subject: Digest;
  readonly digest: Digest;
  readonly as: 'referrers' | 'fallback-tag' | EvidenceSuffix;
  readonly state: 'copied' | 'there' | 'merged';
}

/** A piece of evidence that could not be copied because of what it is; everything else was. */
export interface LeftEvidence {
  readonly subject: Digest;
  readonly digest: Digest;
  readonly error: AssayError;
}

/** What became of the evidence of some subjects. */
export interface EvidenceReport {
  readonly copied: CopiedEvidence[];
  readonly left: LeftEvidence[];
}

const SUFFIXES: readonly EvidenceSuffix[] = ['sig', 'att', 'sbom'];

/** Copies the evidence of subjects, level by level: what is about an image, then what is about that. Throws errors of the groups `transport` and `limit`. */
export async function copyEvidence(
  job: Job,
  sources: readonly CopySource[],
  subjects: readonly Digest[],
  report: EvidenceReport,
): Promise<void> {
  const most = job.options.levels ?? LIMITS.treeDepth + 1;
  const seen = new Set(subjects);
  let level: readonly Digest[] = subjects;
  for (let depth = 0; level.length > 0 && depth < most; depth++) {
    const found: Digest[] = [];
    await each(level, LIMITS.subjectsInFlight, async (subject) => {
      found.push(...(await copyReferrers(job, sources, subject, report)), ...(await copyTags(job, sources, subject, report)));
    });
    if (depth >= LIMITS.treeDepth && found.length > 0)
      throw new AssayError('limit', `there is evidence about evidence beyond ${LIMITS.treeDepth} levels`);
    level = found.filter((d) => !seen.has(d) && seen.add(d));
  }
}

async function copyReferrers(
  job: Job,
  sources: readonly CopySource[],
  subject: Digest,
  report: EvidenceReport,
): Promise<readonly Digest[]> {
  const { only } = job.options;
  const from = new Map<Digest, CopySource>();
  for (const source of sources)
    for (const { digest } of await listed(source.store, subject, job.signal)) if (!from.has(digest)) from.set(digest, source);
  if (from.size === 0) return [];
  const before = new Set((await listed(job.to, subject, job.signal)).map(contentOf));
  const done: Digest[] = [];
  const found: Digest[] = [];
  const pending: Descriptor[] = [];
  await each(from, LIMITS.evidenceInFlight, async ([digest, source]) => {
    try {
      const stored = await manifestOf(job, source, digest);
      const manifest = parseManifest(stored.bytes, stored.descriptor.mediaType);
      if (manifest.subject?.digest !== subject)
        throw new AssayError('manifest-invalid', `${digest} is listed as a referrer of ${subject}, and says nothing of it`);
      if (!isChosen(manifest, only)) return;
      job.counts.evidence++;
      const below = await copyNamed(job, source, manifest);
      const there = before.has(contentOf(stored.descriptor)) && (await isThere(job, stored));
      const unlisted = there ? noteThere(job) : await writeReferrer(job, stored, manifest);
      if (unlisted) pending.push(unlisted);
      report.copied.push({ subject, digest, as: unlisted ? 'fallback-tag' : 'referrers', state: there ? 'there' : 'copied' });
      done.push(digest);
      for (const one of [digest, ...below]) found.push(one);
    } catch (error) {
      report.left.push({ subject, digest, error: ofItsOwn(job, error) });
    }
  });
  await listInFallback(job, subject, pending);
  if (done.length > 0) await checkListed(job, subject, done);
  return found;
}

// Whoever lists a digest with another size or type keeps others from reading it.
function contentOf({ digest, size, mediaType }: Descriptor): string {
  return `${digest} ${size} ${mediaType}`;
}

// The descriptor that has still to be listed.
async function writeReferrer(job: Job, stored: StoredManifest, manifest: ParsedManifest): Promise<Descriptor | undefined> {
  const { listed: where } = await write(job, stored);
  return where === undefined ? referrerDescriptor(manifest, stored.descriptor.digest, stored.bytes.length) : undefined;
}

async function copyTags(job: Job, sources: readonly CopySource[], subject: Digest, report: EvidenceReport): Promise<readonly Digest[]> {
  const { only, attachmentTagPrefix } = job.options;
  const done: Digest[] = [];
  await each(SUFFIXES, SUFFIXES.length, async (suffix) => {
    const tag = evidenceTag(subject, suffix, attachmentTagPrefix);
    if (tag === undefined || (only !== undefined && !only.has(suffix))) return;
    const found = new Map<Digest, StoredManifest>();
    for (const source of sources) {
      for (const stored of await source.store.attached(subject, suffix, { signal: job.signal })) {
        if (found.has(stored.descriptor.digest)) continue;
        try {
          job.admit(stored.descriptor.digest);
          await copyNamed(job, source, parseManifest(stored.bytes, stored.descriptor.mediaType));
          found.set(stored.descriptor.digest, stored);
          job.counts.evidence++;
        } catch (error) {
          report.left.push({ subject, digest: stored.descriptor.digest, error: ofItsOwn(job, error) });
        }
      }
    }
    if (found.size === 0) return;
    try {
      const state = await pointTag(job, tag, suffix, [...found.values()]);
      for (const digest of found.keys()) {
        done.push(digest);
        report.copied.push({ subject, digest, as: suffix, state });
      }
    } catch (error) {
      const own = ofItsOwn(job, error);
      for (const digest of found.keys()) report.left.push({ subject, digest, error: own });
    }
  });
  return done;
}

/** Points a tag of cosign's at evidence, or adds it to the evidence that is there. */
async function pointTag(job: Job, tag: string, suffix: EvidenceSuffix, found: readonly StoredManifest[]): Promise<CopiedEvidence['state']> {
  const [first, ...others] = found;
  if (first === undefined) return 'there';
  const { force } = job.options;
  let state: CopiedEvidence['state'] = 'there';
  const writing = { signal: job.signal };
  await job.to.changeTag(
    tag,
    {
      entry: first.descriptor.digest,
      async merge(now) {
        if (now?.descriptor.digest === first.descriptor.digest && others.length === 0) return undefined;
        const replaces = now === undefined || (suffix === 'sbom' && force === true);
        if (replaces) {
          state = 'copied';
          const all = await mergedEvidence(first.bytes, others, job.to, writing);
          if (all !== undefined) await keepWhole(job, found);
          return all ?? first.bytes;
        }
        if (suffix === 'sbom')
          throw new AssayError('write-conflict', `${job.to.label}:${tag} holds another SBOM`, {
            retryable: false,
            hint: '--force replaces it',
          });
        const merged = await mergedEvidence(now.bytes, found, job.to, writing);
        if (merged === undefined) return undefined;
        await keepWhole(job, found);
        state = 'merged';
        return merged;
      },
    },
    writing,
  );
  if (state === 'there') job.counts.manifests.there++;
  else job.counts.manifests.copied++;
  job.report();
  return state;
}

// Others may have signed the manifest itself, and not what was made of it.
async function keepWhole(job: Job, found: readonly StoredManifest[]): Promise<void> {
  for (const stored of found) if (!(await isThere(job, stored))) await write(job, stored);
}

// What a piece is may be wrong, or too much, or nothing for this destination, without the rest being so: whoever may add evidence must not keep an image
// from being copied. That the network fails is about all of it.
function ofItsOwn(job: Job, error: unknown): AssayError {
  if (!(error instanceof AssayError) || job.isFull(error)) throw error;
  const { code, group } = error;
  if (group === 'evidence-invalid' || group === 'not-found' || code === 'limit' || code === 'content-mismatch') return error;
  // A body that broke off has a cause; one that is whole and too short has none.
  if (code === 'content-truncated' && error.cause === undefined) return error;
  if (code === 'registry-error' && !error.retryable) return error;
  throw error;
}
