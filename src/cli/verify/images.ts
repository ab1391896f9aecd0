import { setMaxListeners } from 'node:events';
import { AssayError, isAssayError, toAssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { isAttestationManifest, platformsOf } from '../../oci/platform.ts';
import { formatReference } from '../../oci/reference.ts';
import {
  imageSubject,
  leavesOf,
  type Requirement,
  type SubjectReport,
  type SubjectRequest,
  type SubjectVerdict,
} from '../../verify/index.ts';
import type { Call } from '../command.ts';
import { type Image, openImage } from '../image.ts';
import type { Values } from '../values.ts';
import type { AskedImage } from './image-list.ts';
import { type Question, thresholdOf } from './question.ts';
import { reasonsOf } from './reasons.ts';

/** The answers about images, in the order of the references; several at the same time. */
export async function verifyImages(references: readonly AskedImage[], question: Question, call: Call): Promise<readonly SubjectReport[]> {
  const reports: SubjectReport[][] = references.map(() => []);
  // A reference that is named again is not asked about again: a tag that moves meanwhile cannot get two answers in one run.
  const known = new Map<string, Promise<readonly SubjectReport[]>>();
  const numbers = new Map<object, number>();
  let next = 0;
  let done = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < references.length; i = next++) {
      const asked = references[i] ?? { text: '' };
      const key = keyOf(asked, numbers);
      const report = known.get(key) ?? verifyReference(asked, question, call);
      known.set(key, report);
      reports[i] = [...(await report)];
      done++;
      if (references.length > 1) call.out.progress(`verified ${done} of ${references.length}`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(LIMITS.imagesInFlight, references.length) }, worker));
  call.out.progress(undefined);
  return reports.flat();
}

function keyOf({ text, workload, path }: AskedImage, numbers: Map<object, number>): string {
  if (workload === undefined) return text;
  const number = numbers.get(workload) ?? numbers.size;
  numbers.set(workload, number);
  return `${text} ${number} ${path ?? ''}`;
}

// Misuse ends the run; whatever else goes wrong with an image is that image's answer.
async function verifyReference(asked: AskedImage, question: Question, call: Call): Promise<readonly SubjectReport[]> {
  const { text } = asked;
  try {
    const all = call.options.has('platform') && call.options.text('platform') === 'all';
    const image = await openImage(text, all ? without('platform', call.options) : call.options, call);
    if (!all || image.manifest.kind !== 'index') return [await verifyImage(image, asked, question, call)];
    const children = platformsOf(image.manifest);
    if (children.length > LIMITS.indexManifests)
      throw new AssayError('limit', `${text} has ${children.length} images for platforms (at most ${LIMITS.indexManifests})`);
    if (children.length === 0) throw new AssayError('not-found', `${text} is an index without an image for a platform`);
    const reports: SubjectReport[] = [];
    for (const child of children) {
      const stored = await image.store.manifest(child.descriptor.digest, call);
      if (stored === undefined)
        throw new AssayError('not-found', `${text}: the image for ${child.platform}, ${child.descriptor.digest}, is not there`);
      reports.push(
        await verifyImage({ ...image, stored, digest: child.descriptor.digest, platform: child.platform }, asked, question, call),
      );
    }
    return reports;
  } catch (thrown) {
    const error = toAssayError(thrown);
    if (error.group === 'misuse' || error.code === 'internal') throw error;
    return [
      {
        reference: text,
        digest: undefined,
        platform: undefined,
        outcome: 'inconclusive',
        reasons: [error.message],
        evidence: [],
        unlisted: new Map(),
        sources: [],
        errors: [error],
        warnings: [],
        ...('policies' in question.asked
          ? { decision: { verdict: 'deny', because: [{ policy: '', result: 'inconclusive', reason: error.message }] } }
          : {}),
      },
    ];
  }
}

async function verifyImage(image: Image, asked: AskedImage, question: Question, call: Call): Promise<SubjectReport> {
  const about = { reference: formatReference(image.reference), digest: image.digest, platform: image.platform };
  if ('policies' in question.asked) {
    const { judgeImage } = await import('./judge.ts');
    const { verdict, ...judged } = await judgeImage(image, asked, question.asked.policies, call, (r) =>
      verdictOf(image, r, question, call),
    );
    return {
      ...about,
      ...judged,
      evidence: verdict?.evidence ?? [],
      unlisted: verdict?.unlisted ?? new Map(),
      sources: verdict?.sources ?? [],
      errors: verdict?.errors ?? [],
      warnings: [...judged.warnings, ...(verdict === undefined ? [] : unreadWarning(verdict))],
    };
  }
  const { requirement } = question.asked;
  const verdict = await verdictOf(image, requirement, question, call);
  const warnings = [...unreadWarning(verdict), ...(await remarks(image, verdict, requirement, question, call))];
  return {
    ...about,
    outcome: verdict.outcome,
    reasons: reasonsOf(verdict, thresholdOf(requirement)),
    evidence: verdict.evidence,
    unlisted: verdict.unlisted,
    sources: verdict.sources,
    errors: verdict.errors,
    warnings,
  };
}

/** Puts a requirement about an image to the verifier. */
export async function verdictOf(image: Image, requirement: Requirement, question: Question, call: Call): Promise<SubjectVerdict> {
  const settle = new AbortController();
  const signal = AbortSignal.any([call.signal, settle.signal]);
  // Every request under way listens.
  setMaxListeners(0, signal);
  let timer: NodeJS.Timeout | undefined;
  const verdict = question.decisions.verify({
    stores: image.evidenceStores,
    ...(await simpleSignatures(image, requirement, call)),
    storesOf: async (source) => (await import('./judge.ts')).storesOf(source, image, call),
    digest: image.digest,
    subject: imageSubject(image.stored).subject,
    requirement,
    now: call.io.now().getTime(),
    ...(question.facts === undefined ? {} : { facts: question.facts }),
    signal,
    maxEvidenceBytes: question.maxEvidenceBytes,
    onMet() {
      const late = new AssayError('registry-timeout', `not waited for: enough was found ${LIMITS.settleMs / 1000} seconds before`);
      timer = setTimeout(() => settle.abort(late), LIMITS.settleMs);
    },
  });
  return verdict.finally(() => clearTimeout(timer));
}

// Only where an OpenPGP key may satisfy something does it matter where simple signatures are kept.
async function simpleSignatures(image: Image, requirement: Requirement, call: Call): Promise<Pick<SubjectRequest, 'signatureSources'>> {
  if (!leavesOf(requirement).some((l) => l.authorities.some((a) => a.kind === 'openpgp'))) return {};
  const { simpleSignatureSources } = await import('./simple-signatures.ts');
  return { signatureSources: simpleSignatureSources(image, call) };
}

function unreadWarning(verdict: SubjectVerdict): SubjectReport['warnings'] {
  if (verdict.unread === 0) return [];
  return [{ code: 'evidence-unread', message: `enough was found: ${verdict.unread} further manifests were not read` }];
}

/** What is listed in an index is shown for what it is; it satisfies nothing (CONTRACT, "What is verified"). */
async function remarks(
  image: Image,
  verdict: SubjectVerdict,
  requirement: Requirement,
  question: Question,
  call: Call,
): Promise<SubjectReport['warnings']> {
  if (verdict.outcome === 'verified' && question.wanted === 'signature') return [];
  const own = image.manifest.kind === 'index' ? image.manifest.manifests.filter(isAttestationManifest).length : 0;
  if (own > 0) {
    const how = verdict.outcome === 'verified' ? 'listed-in-signed-index' : 'unsigned';
    return [{ code: how, message: `the index lists ${own} attestation manifests of BuildKit (${how}): they satisfy no requirement` }];
  }
  if (image.platform === undefined || verdict.outcome === 'verified') return [];
  const listed = await indexIsVerified(image, requirement, question, call);
  if (!listed) return [];
  return [
    {
      code: 'listed-in-signed-index',
      message: `${image.digest} stands in an index that is verified; that alone satisfies nothing (sign the platform's image, for example with --recursive)`,
    },
  ];
}

async function indexIsVerified(image: Image, requirement: Requirement, question: Question, call: Call): Promise<boolean> {
  try {
    const index = await openImage(image.text, without('platform', call.options), { ...call, out: { warn: () => {} } });
    return index.manifest.kind === 'index' && (await verdictOf(index, requirement, question, call)).outcome === 'verified';
  } catch (error) {
    if (isAssayError(error)) return false;
    throw error;
  }
}

/** The same options, as if one flag had not been given. */
function without(name: string, options: Values): Values {
  return { ...options, text: (n) => (n === name ? undefined : options.text(n)), given: (n) => n !== name && options.given(n) };
}
