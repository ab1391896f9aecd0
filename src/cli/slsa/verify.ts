import { statSync } from 'node:fs';
import path from 'node:path';
import { AssayError, toAssayError } from '../../errors.ts';
import { parseReference } from '../../oci/reference.ts';
import {
  imageSubject,
  type Requirement,
  type SubjectReport,
  type SubjectVerdict,
  type VerificationSubject,
  verifyLocated,
  verifySubject,
} from '../../verify/index.ts';
import type { Call } from '../command.ts';
import { openImage } from '../image.ts';
import { type Blob, blobOf } from '../verify/blob.ts';
import { readInput } from '../verify/files.ts';
import { storesOf } from '../verify/judge.ts';
import { reasonsOf } from '../verify/reasons.ts';
import { publicGood } from '../verify/trust.ts';
import { type ProvenanceFile, readProvenance } from './provenance-file.ts';
import { cloudBuildRequirement, githubRequirement, npmRequirement, sourceQuestion, summaryRequirement } from './question.ts';

/** The answers about everything that was named, and whether they are images. */
export interface SlsaAnswer {
  readonly kind: 'images' | 'files';
  readonly reports: readonly SubjectReport[];
}

/** Verifies provenance, or a verification summary, about files or images. Throws what is misuse before anything is tried. */
export async function verifySlsa(call: Call): Promise<SlsaAnswer> {
  const { options, args } = call;
  if (options.given('vsa')) return { kind: 'files', reports: [await verifySummary(call)] };
  if (args.length === 0) throw new AssayError('usage-invalid', 'which image or file?', { hint: 'assay slsa verify --help' });
  const files = args.filter((name) => isFile(name, call));
  if (files.length > 0 && files.length < args.length)
    throw new AssayError('usage-invalid', 'files and images cannot be verified together', { hint: `${files[0]} is a file` });
  const provenance = await provenanceOf(call);
  if (files.length > 0) {
    if (provenance === undefined)
      throw new AssayError('usage-invalid', 'which provenance? --provenance-path is missing', {
        hint: 'the file that was published beside the artifact',
      });
    return { kind: 'files', reports: await verifyFiles(files, provenance, call) };
  }
  return { kind: 'images', reports: await verifyImages(args, provenance, call) };
}

const DIGEST = /^sha(?:256|384|512):[0-9a-f]+$/;

function isFile(name: string, { io }: Call): boolean {
  if (name === '-' || DIGEST.test(name)) return true;
  return statSync(path.resolve(io.cwd, name), { throwIfNoEntry: false })?.isFile() ?? false;
}

async function provenanceOf({ options, io }: Call): Promise<ProvenanceFile | undefined> {
  const named = ['provenance-path', 'attestations-path', 'attestation-path'].filter((n) => options.given(n));
  if (named.length > 1) throw new AssayError('usage-invalid', `--${named.join(' and --')} name the same thing`);
  const file = named[0] === undefined ? undefined : options.text(named[0]);
  return file === undefined ? undefined : readProvenance(await readInput(file, 'provenance', io), file);
}

async function verifyFiles(names: readonly string[], provenance: ProvenanceFile, call: Call): Promise<readonly SubjectReport[]> {
  if (provenance.kind === 'cloud-build')
    return Promise.all(
      names.map(async (name) => {
        const blob = await blobOf(name, call);
        return about(
          blob,
          provenance,
          await cloudBuildRequirement(call, `sha256:${blob.subject.digests.get('sha256')}`, provenance.entries),
          call,
        );
      }),
    );
  sourceQuestion(call);
  const trust = await publicGood(call, { atHand: true });
  const requirement = provenance.kind === 'npm' ? npmRequirement(call, trust) : githubRequirement(call, trust);
  const reports: SubjectReport[] = [];
  for (const name of names) reports.push(await about(await blobOf(name, call), provenance, requirement, call));
  return reports;
}

async function verifyImages(
  names: readonly string[],
  provenance: ProvenanceFile | undefined,
  call: Call,
): Promise<readonly SubjectReport[]> {
  if (provenance?.kind === 'npm') throw new AssayError('usage-invalid', "npm's attestations are about packages, not images");
  const repository = call.options.text('provenance-repository');
  // Misuse is said before a trust root is fetched.
  sourceQuestion(call);
  const trust =
    provenance?.kind === 'cloud-build' ? undefined : await publicGood(call, { atHand: provenance !== undefined || names.every(isLocal) });
  const requirement =
    trust === undefined ? undefined : githubRequirement(call, trust, repository === undefined ? undefined : { repository });
  const reports: SubjectReport[] = [];
  for (const name of names) reports.push(await verifyImage(name, provenance, requirement, call));
  return reports;
}

/** Whether a name is that of a layout: then nothing has to be asked of any network. */
function isLocal(name: string): boolean {
  return parseReference(name).kind !== 'registry';
}

async function verifyImage(
  name: string,
  provenance: ProvenanceFile | undefined,
  requirement: Requirement | undefined,
  call: Call,
): Promise<SubjectReport> {
  const { digest } = parseReference(name);
  try {
    // Whoever names the digest and brings the provenance needs no registry.
    const image = provenance !== undefined && digest !== undefined ? undefined : await openImage(name, call.options, call);
    const found = image?.digest ?? digest ?? '';
    const subject: VerificationSubject =
      image === undefined
        ? { digests: new Map([[found.split(':')[0] ?? '', found.split(':')[1] ?? '']]), bytes: undefined }
        : imageSubject(image.stored).subject;
    if (provenance !== undefined) {
      const asked = provenance.kind === 'cloud-build' ? await cloudBuildRequirement(call, found, provenance.entries) : requirement;
      if (asked === undefined) throw new AssayError('internal', 'no requirement was made');
      return await about({ name, subject }, provenance, asked, call);
    }
    if (image === undefined || requirement === undefined) throw new AssayError('internal', 'no image was opened');
    const verdict = await verifySubject({
      stores: image.evidenceStores,
      storesOf: (source) => storesOf(source, image, call),
      digest: image.digest,
      subject,
      requirement,
      now: call.io.now().getTime(),
      signal: call.signal,
    });
    return reportOf(name, image.digest, verdict);
  } catch (thrown) {
    const error = toAssayError(thrown);
    if (error.group === 'misuse' || error.code === 'internal') throw error;
    return { ...blank(name), outcome: 'inconclusive', reasons: [error.message], errors: [error] };
  }
}

async function verifySummary(call: Call): Promise<SubjectReport> {
  const { options, args, io } = call;
  const files = await Promise.all(args.map((name) => blobOf(name, call)));
  const digests = [...options.list('subject-digest'), ...files.map((f) => `sha256:${f.subject.digests.get('sha256')}`)];
  if (digests.length === 0)
    throw new AssayError('usage-invalid', 'about what? --subject-digest is missing', { hint: '--subject-digest sha256:HEX' });
  const pairs = digests.map((text) => {
    const at = text.indexOf(':');
    if (at <= 0) throw new AssayError('usage-invalid', `--subject-digest ${text.slice(0, 100)}: ALGORITHM:VALUE is expected`);
    return [text.slice(0, at), text.slice(at + 1)] as const;
  });
  const file = options.text('vsa') ?? '';
  const provenance = readProvenance(await readInput(file, 'verification summary', io), file);
  const keyId = options.text('public-key-id');
  const requirement = await summaryRequirement(call, digests, keyId);
  return about({ name: digests.join(', '), subject: { digests: new Map(pairs), bytes: undefined } }, provenance, requirement, call);
}

async function about({ name, subject }: Blob, provenance: ProvenanceFile, requirement: Requirement, call: Call): Promise<SubjectReport> {
  const verdict = await verifyLocated(provenance.evidence, { subject, requirement, now: call.io.now().getTime(), signal: call.signal });
  const sha256 = subject.digests.get('sha256');
  return reportOf(name, sha256 === undefined ? undefined : `sha256:${sha256}`, verdict);
}

function reportOf(reference: string, digest: string | undefined, verdict: SubjectVerdict): SubjectReport {
  // Of several pieces that are all needed, those that are good are no reason.
  const bad = verdict.evidence.filter((e) => e.outcome !== 'verified');
  const reasons = reasonsOf(verdict.outcome === 'verified' ? verdict : { ...verdict, evidence: bad }, 1);
  return {
    ...blank(reference),
    digest,
    outcome: verdict.outcome,
    reasons,
    evidence: verdict.evidence,
    unlisted: verdict.unlisted,
    sources: verdict.sources,
    errors: verdict.errors,
  };
}

function blank(reference: string): SubjectReport {
  return {
    reference,
    digest: undefined,
    platform: undefined,
    outcome: 'unsigned',
    reasons: [],
    evidence: [],
    unlisted: new Map(),
    sources: [],
    errors: [],
    warnings: [],
  };
}
