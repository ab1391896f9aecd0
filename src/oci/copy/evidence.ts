import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { confirmWritten } from '../confirm-written.ts';
import type { Descriptor } from '../descriptor.ts';
import type { Digest } from '../digest.ts';
import { parseManifest } from '../manifest.ts';
import { referrerDescriptor } from '../referrer-descriptor.ts';
import type { EvidenceSuffix, StoredManifest } from '../store.ts';
import { evidenceTag } from '../tags.ts';
import { isChosen } from './choose.ts';
import { copyNamed, isThere, manifestOf, noteThere, send, write } from './content.ts';
import { each, eachOfGrowing } from './each.ts';
import type { Job } from './job.ts';
import { mergedEvidence } from './merge-evidence.ts';
import { checkListed, contentOf, listed, listInFallback, type Written } from './referrers.ts';
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

/** Whose evidence is copied. */
export interface EvidenceOf {
  readonly sources: readonly CopySource[];
  readonly subjects: readonly Digest[];
  /** Whether small blobs of referrers are sent without being asked about. */
  readonly unasked: boolean;
}

/** The evidence of one subject; whoever finds a piece says so when it is there: its own evidence is looked for while others are still copied. */
interface Visit extends Omit<EvidenceOf, 'subjects'> {
  readonly subject: Digest;
  found(piece: Digest): void;
}

/** Copies the evidence of subjects: what is about an image, what is about that, and so on. Throws errors of the groups `transport` and `limit`. */
export async function copyEvidence(job: Job, { subjects, ...how }: EvidenceOf, report: EvidenceReport): Promise<void> {
  const most = job.options.levels ?? LIMITS.treeDepth + 1;
  if (most <= 0) return;
  const seen = new Set(subjects);
  const first = subjects.map((subject) => ({ subject, depth: 0 }));
  await eachOfGrowing(first, LIMITS.subjectsInFlight, async ({ subject, depth }, more) => {
    let hasEvidence = false;
    function found(piece: Digest): void {
      hasEvidence = true;
      if (depth + 1 >= most || seen.has(piece)) return;
      seen.add(piece);
      more({ subject: piece, depth: depth + 1 });
    }
    const visit: Visit = { ...how, subject, found };
    await each([copyReferrers, copyTags], 2, (copy) => copy(job, visit, report));
    if (hasEvidence && depth >= LIMITS.treeDepth)
      throw new AssayError('limit', `there is evidence about evidence beyond ${LIMITS.treeDepth} levels`);
  });
}

async function copyReferrers(job: Job, { sources, subject, unasked, found }: Visit, report: EvidenceReport): Promise<void> {
  const { only } = job.options;
  const from = new Map<Digest, CopySource>();
  for (const source of sources)
    for (const { digest } of await listed(source.store, subject, job.signal)) if (!from.has(digest)) from.set(digest, source);
  if (from.size === 0) return;
  const before = new Set((await listed(job.to, subject, job.signal)).map(contentOf));
  const done: Written[] = [];
  const pending: Descriptor[] = [];
  await each(from, LIMITS.evidenceInFlight, async ([digest, source]) => {
    try {
      const stored = await manifestOf(job, source, digest);
      const manifest = parseManifest(stored.bytes, stored.descriptor.mediaType);
      if (manifest.subject?.digest !== subject)
        throw new AssayError('manifest-invalid', `${digest} is listed as a referrer of ${subject}, and says nothing of it`);
      if (!isChosen(manifest, only)) return;
      job.counts.evidence++;
      const below = await copyNamed(job, source, manifest, { unasked });
      const there = before.has(contentOf(stored.descriptor)) && (await isThere(job, stored));
      const where = there ? noteThere(job) : await sendReferrer(job, stored);
      if (where === 'unlisted') pending.push(referrerDescriptor(manifest, digest, stored.bytes.length));
      report.copied.push({ subject, digest, as: where === 'unlisted' ? 'fallback-tag' : 'referrers', state: there ? 'there' : 'copied' });
      done.push({ descriptor: stored.descriptor, seen: where !== 'listed' });
      for (const one of [digest, ...below]) found(one);
    } catch (error) {
      report.left.push({ subject, digest, error: ofItsOwn(job, error) });
    }
  });
  await listInFallback(job, subject, pending);
  if (done.length > 0) await checkListed(job, subject, done);
}

// What a registry lists by itself is looked for in its list, when all is written; whatever else was written is read back at once.
async function sendReferrer(job: Job, stored: StoredManifest): Promise<'listed' | 'seen' | 'unlisted'> {
  const { listed: where } = await send(job, stored);
  if (where === 'referrers' && job.to.kind === 'registry') return 'listed';
  await confirmWritten(job.to, stored.descriptor.digest, { signal: job.signal });
  return where === undefined ? 'unlisted' : 'seen';
}

async function copyTags(job: Job, { sources, subject, found: foundOne }: Visit, report: EvidenceReport): Promise<void> {
  const { only, attachmentTagPrefix } = job.options;
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
        report.copied.push({ subject, digest, as: suffix, state });
        foundOne(digest);
      }
    } catch (error) {
      const own = ofItsOwn(job, error);
      for (const digest of found.keys()) report.left.push({ subject, digest, error: own });
    }
  });
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
