import { AssayError, isAssayError, toAssayError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { algorithmOf, type Digest, hexOf } from '../oci/digest.ts';
import { artifactTypeOf, type ImageManifest, parseManifest } from '../oci/manifest.ts';
import { type Referrer, referrersOf } from '../oci/referrers-of.ts';
import type { Store } from '../oci/store.ts';
import { inForce } from '../rules.ts';
import { partsOf } from '../signature/index.ts';
import { fail, pass, unknown } from './check.ts';
import type { Ledger } from './ledger.ts';
import type { Check } from './report.ts';
import type { EvidenceLeaf } from './requirement.ts';
import { questionNames } from './same-question.ts';
import type { SubjectRequest, SubjectVerdict } from './subject.ts';
import type { Findings } from './verifier.ts';

/** How an artifact is asked about: the verifier itself, so that there is only one. */
export type VerifySubject = (request: SubjectRequest) => Promise<SubjectVerdict>;

interface Walk {
  readonly store: Store;
  readonly leaves: readonly EvidenceLeaf[];
  readonly request: SubjectRequest;
  readonly ledger: Ledger;
  readonly verify: VerifySubject;
  readonly errors: AssayError[];
  /** What each leaf asks of the artifact's own signatures, in one word. */
  readonly questions: ReadonlyMap<EvidenceLeaf, string>;
  readonly seen: Set<Digest>;
}

/**
 * Artifacts that refer to the subject and are themselves signed (an SBOM by `oras attach` and `notation sign`): the artifact's own type
 * matches, its chain of subjects ends at the image's digest, and its own signatures satisfy the leaf's authorities. Its blob is then what
 * conditions are asked about. An unsigned artifact never counts. Answers what could not be read.
 */
export async function findSignedReferrers(
  leaves: readonly EvidenceLeaf[],
  stores: readonly Store[],
  request: SubjectRequest,
  ledger: Ledger,
  verify: VerifySubject,
): Promise<readonly AssayError[]> {
  const errors: AssayError[] = [];
  const questions = questionNames(leaves);
  for (const store of stores)
    await descend({ store, leaves, request, ledger, verify, errors, questions, seen: new Set([request.digest]) }, request.digest, 1);
  return errors;
}

async function descend(walk: Walk, subject: Digest, depth: number): Promise<void> {
  const read = walk.request.signal === undefined ? {} : { signal: walk.request.signal };
  const pages = referrersOf(walk.store, subject, read);
  for (;;) {
    const page = await pages.next();
    if (page.done) {
      walk.errors.push(...page.value.errors);
      return;
    }
    const fresh = page.value.filter(({ descriptor }) => !walk.seen.has(descriptor.digest) && walk.seen.add(descriptor.digest));
    if (walk.seen.size > LIMITS.signedReferrers) {
      walk.errors.push(new AssayError('limit', `more than ${LIMITS.signedReferrers} artifacts refer to ${walk.request.digest}`));
      return;
    }
    for (let i = 0; i < fresh.length; i += LIMITS.evidenceInFlight) {
      const some = fresh.slice(i, i + LIMITS.evidenceInFlight);
      const look = (r: Referrer): Promise<unknown> =>
        examine(walk, r, subject, depth).catch((error: unknown) => walk.errors.push(toAssayError(error)));
      await Promise.all(some.map(look));
    }
  }
}

async function examine(walk: Walk, { descriptor, found }: Referrer, subject: Digest, depth: number): Promise<void> {
  const { store, request } = walk;
  const read = { ...(request.signal === undefined ? {} : { signal: request.signal }), maxBytes: LIMITS.manifestBytes };
  const bytes = await store.read(descriptor, read);
  const manifest = parsed(bytes, descriptor);
  if (manifest === undefined) return;
  if (partsOf({ manifest, found }).length > 0) return;
  const type = artifactTypeOf(manifest);
  const asking = walk.leaves.filter((l) => l.wanted.kind === 'artifact' && l.wanted.artifactType === type);
  // The list says what refers to what; only the manifest's own word, which is in its digest, counts.
  if (manifest.subject?.digest !== subject && inForce('referrer-subject')) {
    const about = manifest.subject?.digest ?? 'nothing';
    const check = fail('subject-chain', 'invalid', `the artifact is listed for ${subject} and is about ${about}`);
    for (const leaf of asking) await walk.ledger.note(leaf, findingsOf(leaf, 'invalid', [check]), { digest: descriptor.digest, found });
    return;
  }
  const artifact = { descriptor, bytes, found, verdicts: new Map() };
  for (const leaf of asking) await judgeArtifact(walk, leaf, manifest, artifact);
  if (depth < LIMITS.referrerDepth) await descend(walk, descriptor.digest, depth + 1);
}

function parsed(bytes: Uint8Array, descriptor: Descriptor): ImageManifest | undefined {
  try {
    const manifest = parseManifest(bytes, descriptor.mediaType);
    return manifest.kind === 'manifest' ? manifest : undefined;
  } catch (error) {
    // What is no manifest is no artifact; what is beyond a bound may be one, and nobody can say.
    if (!isAssayError(error) || error.group !== 'evidence-invalid') throw error;
    return undefined;
  }
}

interface Artifact {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
  readonly found: Referrer['found'];
  /** What its signatures were found to be, by what was asked of them. */
  readonly verdicts: Map<unknown, Promise<SubjectVerdict>>;
}

async function judgeArtifact(walk: Walk, leaf: EvidenceLeaf, manifest: ImageManifest, artifact: Artifact): Promise<void> {
  const { store, request, ledger } = walk;
  const { digest } = artifact.descriptor;
  const name = walk.questions.get(leaf);
  const question = name === undefined ? leaf : `${leaf.threshold} ${leaf.every === true} ${name}`;
  const asked = artifact.verdicts.get(question) ?? askArtifact(walk, leaf, artifact);
  artifact.verdicts.set(question, asked);
  const verdict = await asked;
  const at = { digest, found: artifact.found };
  const signed = inForce('referrer-signature')
    ? verdict.verdict.findings.filter((f) => f.outcome === 'verified')
    : [unsigned(leaf, verdict, true)];
  if (!verdict.met && inForce('referrer-signature')) {
    walk.errors.push(...verdict.errors);
    await ledger.note(leaf, unsigned(leaf, verdict, false), at);
    return;
  }
  const [blob, ...others] = manifest.layers;
  const form: Check[] =
    blob === undefined || others.length > 0
      ? [fail('form', 'untrusted', `the artifact has ${manifest.layers.length} blobs, and one is what can be asked about`)]
      : [];
  const payload =
    blob === undefined || form.length > 0
      ? undefined
      : await store.read(blob, {
          ...(request.signal === undefined ? {} : { signal: request.signal }),
          maxBytes: request.maxEvidenceBytes ?? LIMITS.evidenceBytes,
        });
  for (const f of signed) {
    await ledger.note(
      leaf,
      {
        ...f,
        kind: 'attestation',
        format: 'signed-referrer',
        predicateType: typeOf(leaf),
        outcome: form.length > 0 ? 'untrusted' : 'verified',
        checks: [...f.checks, pass('subject-chain', `the artifact's chain of subjects ends at ${request.digest}`), ...form],
        payload,
        authorities: form.length > 0 ? [] : f.authorities,
        statement: undefined,
      },
      at,
    );
  }
}

/** Verifies the artifact's own signatures. */
function askArtifact({ store, request, verify }: Walk, leaf: EvidenceLeaf, { descriptor, bytes }: Artifact): Promise<SubjectVerdict> {
  const { digest, mediaType, size } = descriptor;
  const { conditions: _asked, source: _here, ...own } = leaf;
  return verify({
    stores: [store],
    digest,
    subject: { digests: new Map([[algorithmOf(digest), hexOf(digest)]]), bytes, mediaType, size },
    requirement: { ...own, wanted: { kind: 'signature' } },
    now: request.now,
    ...(request.facts === undefined ? {} : { facts: request.facts }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  });
}

function typeOf(leaf: EvidenceLeaf): string | undefined {
  return leaf.wanted.kind === 'artifact' ? leaf.wanted.artifactType : undefined;
}

/** The artifact is there, and none of its own signatures is by who was asked for. */
function unsigned(leaf: EvidenceLeaf, verdict: SubjectVerdict, waved: boolean): Findings {
  const fault = verdict.outcome === 'unsigned' || verdict.outcome === 'verified' ? 'untrusted' : verdict.outcome;
  const [worst] = verdict.evidence.filter((e) => e.outcome !== 'verified');
  const why =
    verdict.outcome === 'unsigned'
      ? 'the artifact is not signed'
      : `the artifact's own signatures do not satisfy the policy: ${worst?.checks.find((c) => c.outcome === worst.outcome)?.reason ?? verdict.outcome}`;
  const check = fault === 'inconclusive' ? unknown('signature', why) : fail('signature', fault, why);
  return waved
    ? { ...findingsOf(leaf, 'verified', []), authorities: leaf.authorities }
    : { ...findingsOf(leaf, fault, [check]), id: worst?.id ?? '' };
}

function findingsOf(leaf: EvidenceLeaf, outcome: Findings['outcome'], checks: readonly Check[]): Findings {
  return {
    id: '',
    kind: 'attestation',
    format: 'signed-referrer',
    outcome,
    signer: undefined,
    claims: { certificate: new Map(), builder: new Map() },
    predicateType: typeOf(leaf),
    times: [],
    log: [],
    checks,
    payload: undefined,
    authorities: [],
    statement: undefined,
  };
}
