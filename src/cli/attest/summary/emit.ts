import { SUMMARY_TYPE, type SummaryClaims, verificationSummary } from '../../../attestation/build/summary.ts';
import { IN_TOTO_PAYLOAD } from '../../../attestation/index.ts';
import { utf8 } from '../../../bytes/index.ts';
import type { JsonObject } from '../../../codec/json.ts';
import { AssayError, toAssayError } from '../../../errors.ts';
import { algorithmOf, hexOf, isDigest } from '../../../oci/digest.ts';
import { parseReference } from '../../../oci/reference.ts';
import { knownLevel } from '../../../policy/expectation/slsa/builder.ts';
import { conflicts } from '../../../policy/expectation/slsa/expectation.ts';
import { buildFacts } from '../../../policy/expectation/slsa/facts.ts';
import { bundleFormat, checkServices, signImage } from '../../../sign/index.ts';
import { statementOf } from '../../../signature/index.ts';
import type { Evidence, SubjectReport } from '../../../verify/index.ts';
import type { Call } from '../../command.ts';
import { DONE, type ExitCode, exitCodeOf, exitCodeOfAll, NO, UNKNOWN } from '../../exit-codes.ts';
import { creationTime, outputName, writeOutput } from '../../sign/outputs.ts';
import type { Signing } from '../../sign/signing.ts';
import { openStores, openWritableStores, repositoryName } from '../../stores.ts';
import type { SummaryWanted } from '../../verify/summary-flags.ts';
import { VERSION } from '../../version.ts';
import type { JudgedBy } from './judged-by.ts';
import { endsTheRun } from './signer.ts';

/** A summary that was signed, and where it is. */
export interface EmittedSummary {
  readonly digest: string;
  readonly result: 'PASSED' | 'FAILED';
  readonly file?: string;
  readonly reference?: string;
}

/** What summaries are made with. */
export interface SummaryRun {
  readonly wanted: SummaryWanted;
  readonly signing: Signing;
  readonly policy: JudgedBy;
}

/**
 * Signs a summary of each verdict that is definite. What is not known is not stated, and neither is what a policy only let pass: that is said, and the exit code is not 0.
 * What goes wrong with one summary keeps no other from being made. Throws what is misuse.
 */
export async function emitSummaries(
  reports: readonly SubjectReport[],
  run: SummaryRun,
  call: Call,
): Promise<{ readonly code: ExitCode; readonly summaries: readonly EmittedSummary[] }> {
  checkServices('bundle', run.signing.identity.kind !== 'key', run.signing.services);
  const codes: ExitCode[] = [];
  const summaries: EmittedSummary[] = [];
  for (const report of reports) {
    const result = resultOf(report);
    if (result === undefined || !isDigest(report.digest ?? '')) {
      const why =
        report.outcome === 'inconclusive'
          ? 'the verdict is inconclusive'
          : `the policy says ${report.decision?.verdict} of an image that is ${report.outcome}`;
      call.out.warn('vsa-not-made', `${report.reference}: no verification summary was made, because ${why}`);
      codes.push(report.outcome === 'inconclusive' ? UNKNOWN : NO);
      continue;
    }
    try {
      summaries.push(await emitSummary(report, result, run, reports.length > 1, call));
    } catch (thrown) {
      const error = toAssayError(thrown);
      if (endsTheRun(error)) throw error;
      call.out.warn('vsa-not-made', `${report.reference}: no verification summary was made: ${error.message} (${error.code})`);
      codes.push(exitCodeOf(error));
    }
  }
  return { code: codes.length === 0 ? DONE : exitCodeOfAll(codes), summaries };
}

/** A verdict as SLSA states it: only of what is verified or definitely not. */
function resultOf({ outcome, decision }: SubjectReport): 'PASSED' | 'FAILED' | undefined {
  if (outcome === 'inconclusive') return undefined;
  if (outcome === 'verified' && (decision === undefined || decision.verdict === 'allow')) return 'PASSED';
  return decision === undefined || decision.verdict === 'deny' ? 'FAILED' : undefined;
}

async function emitSummary(
  report: SubjectReport,
  result: 'PASSED' | 'FAILED',
  { wanted, signing, policy }: SummaryRun,
  several: boolean,
  call: Call,
): Promise<EmittedSummary> {
  const { io, options, signal } = call;
  const reference = parseReference(report.reference);
  const digest = report.digest ?? '';
  if (!isDigest(digest)) throw new AssayError('internal', 'a verdict about no digest');
  const written = wanted.attach ? await openWritableStores(reference, options, io) : undefined;
  const read = written ?? (await openStores(reference, options, io));
  const image = await ('image' in read ? read.image : read.store).manifest(digest, { signal });
  if (image === undefined) throw new AssayError('not-found', `${digest} is no longer there`);
  const repository = repositoryName(reference);
  const resource = wanted.resource ?? (reference.kind === 'registry' ? `oci://${repository}` : undefined);
  if (resource === undefined) throw new AssayError('usage-invalid', 'a layout has no name that others know: --vsa-resource-uri is missing');
  const used = result === 'PASSED' ? report.evidence.filter((e) => e.outcome === 'verified') : report.evidence;
  const predicate = verificationSummary({
    verifier: { id: wanted.verifier, version: new Map([['assay', VERSION]]) },
    time: io.now(),
    resource,
    policy,
    // With a second place for evidence it may be in either, and nobody can be sent to a layout of this machine.
    inputs: inputsOf(used, reference.kind === 'registry' && read.evidenceRepository === repository ? repository : undefined),
    result,
    buildLevel: result === 'PASSED' ? Math.max(0, ...used.map(levelOf)) : 0,
  });
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ ...(reference.kind === 'registry' ? { name: repository } : {}), digest: { [algorithmOf(digest)]: hexOf(digest) } }],
    predicateType: SUMMARY_TYPE,
    predicate,
  } satisfies JsonObject;
  const file = wanted.file === undefined ? undefined : outputName(wanted.file, digest, several);
  const signed = await signImage({
    image,
    repository,
    format: bundleFormat({
      claims: { kind: 'statement', statement: utf8(JSON.stringify(statement)) },
      session: signing.session,
      services: signing.services,
      created: creationTime(call),
    }),
    wanted: { kind: 'attestation', predicateType: { uri: SUMMARY_TYPE, versioned: false } },
    ...(written === undefined ? {} : { store: written.evidence }),
    stores: [],
    expectations: signing.expectations,
    expectationsOf: signing.expectationsOf,
    async onMade(pieces) {
      if (file === undefined) return;
      const bundles = pieces.flatMap(({ placement }) => (placement.kind === 'referrer' ? placement.blobs.slice(-1) : []));
      for (const { bytes } of bundles) await writeOutput(file, file === '-' ? Buffer.concat([bytes, utf8('\n')]) : bytes, call);
    },
    now: io.now,
    signal,
  });
  const stored = signed.pieces[0]?.stored;
  return {
    digest,
    result,
    ...(file === undefined ? {} : { file }),
    ...(stored === undefined ? {} : { reference: stored.reference }),
  };
}

/** Each manifest or file of evidence once; with an address where it is known in which repository it is. */
function inputsOf(evidence: readonly Evidence[], repository: string | undefined): SummaryClaims['inputs'] {
  return [...new Set(evidence.map((e) => e.digest).filter(isDigest))].map((digest) => ({
    ...(repository === undefined ? {} : { uri: `oci://${repository}@${digest}` }),
    digest: { [algorithmOf(digest)]: hexOf(digest) },
  }));
}

/** The build level that verified provenance proves; 0 for everything else. */
function levelOf(evidence: Evidence): number {
  const content = evidence.entity?.content;
  if (evidence.kind !== 'attestation' || content?.kind !== 'dsse' || content.envelope.payloadType !== IN_TOTO_PAYLOAD) return 0;
  const read = statementOf(content.envelope);
  const statement = read !== undefined && 'statement' in read ? read.statement : undefined;
  const facts = buildFacts({ ...evidence, authorities: [], statement });
  // A builder that says something else than its certificate proves is believed in nothing: its provenance is not the kind that levels ask for.
  return typeof facts === 'string' || conflicts(facts) !== undefined ? 0 : knownLevel(facts);
}
