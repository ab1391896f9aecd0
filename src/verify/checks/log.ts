import { encodeHex, equal } from '../../bytes/index.ts';
import { messageOf } from '../../errors.ts';
import { inForce } from '../../rules.ts';
import type { LogEntry, SignedEntity } from '../../signature/index.ts';
import {
  contains,
  leafHash,
  logsWithId,
  originFits,
  parseCheckpoint,
  promisedBy,
  rootFromProof,
  signedByLog,
  type TransparencyLog,
  type TrustMaterial,
  windowText,
} from '../../trust/index.ts';
import { fail, pass, skipped } from '../check.ts';
import type { Check, Evidence, VerifiedTime } from '../report.ts';
import type { Demands } from '../request.ts';
import { bodyProblem, type Compared } from './log-body/compare.ts';

/** What the transparency logs say of a piece of evidence. */
export interface LogFindings {
  readonly checks: readonly Check[];
  /** Integrated times that a promise proves. */
  readonly times: readonly VerifiedTime[];
  /** Entries of known logs that hold. */
  readonly entries: readonly { readonly entry: LogEntry; readonly log: TransparencyLog }[];
}

/**
 * "Verify that the Verification Material contains an inclusion proof or promise, and that it holds" (sigstore client-spec).
 * Entries of unknown logs count for nothing; entries of known logs have to hold, beyond the threshold too.
 */
export function checkLog(entity: SignedEntity, compared: Compared, trust: TrustMaterial, demands: Demands): LogFindings {
  const checks: Check[] = [];
  const times: VerifiedTime[] = [];
  const entries: { entry: LogEntry; log: TransparencyLog }[] = [];
  for (const problem of formProblems(entity)) checks.push(fail('log-entry', 'invalid', problem));
  for (const entry of entity.logEntries) {
    const listed = logsWithId(trust.logs, entry.logId);
    const log = listed.find((l) => windowProblem(entry, l) === undefined) ?? listed[0];
    if (log === undefined) continue;
    const body = inForce('log-body') ? bodyProblem(entry, compared) : undefined;
    if (body !== undefined) checks.push(fail('log-entry', 'invalid', `log entry ${entry.logIndex}: ${body}`));
    const found = checkEntry(entry, log);
    checks.push(...found.checks);
    if (body !== undefined || found.checks.some((c) => c.result !== 'pass')) continue;
    checks.push(pass('log-entry', `entry ${entry.logIndex} of ${log.host} is about this signature`));
    entries.push({ entry, log });
    if (provesTime(entry)) times.push({ source: 'rekor-v1', time: new Date(entry.integratedTime * 1000) });
  }
  checks.push(
    thresholdCheck(
      entity,
      entries.map((e) => e.log),
      demands,
    ),
  );
  return { checks, times, entries };
}

/** What the form demands of every entry, whether its log is known or not (protobuf-specs, sigstore_bundle.proto; DESIGN §4.5). */
function formProblems(entity: SignedEntity): string[] {
  const problems: string[] = [];
  for (const entry of entity.logEntries) {
    if (entity.demands.promise && entry.promise === undefined && inForce('log-demand-promise'))
      problems.push(`log entry ${entry.logIndex} has no promise, which this form demands`);
    if (entity.demands.proof && (entry.proof === undefined || entry.proof.checkpoint === '') && inForce('log-demand-proof')) {
      problems.push(`log entry ${entry.logIndex} has no inclusion proof with a checkpoint, which this form demands`);
    }
  }
  const twice = entity.logEntries.some((a, i) =>
    entity.logEntries.some((b, j) => j < i && a.logIndex === b.logIndex && equal(a.logId, b.logId)),
  );
  if (twice && inForce('log-duplicate')) problems.push('the same log entry stands twice');
  return problems;
}

function checkEntry(entry: LogEntry, log: TransparencyLog): { readonly checks: readonly Check[] } {
  const checks: Check[] = [];
  const window = windowProblem(entry, log);
  if (window !== undefined) checks.push(fail('log-window', 'untrusted', window));
  if (entry.promise !== undefined) {
    const holds = promisedBy(log, entry, entry.promise) || !inForce('log-promise');
    checks.push(
      holds
        ? pass('log-promise', `${log.host} promised the entry`)
        : fail('log-promise', 'invalid', `the promise (signed entry timestamp) is not that of ${log.host}`),
    );
  }
  if (entry.proof !== undefined) {
    const problem = proofProblem(entry, log);
    checks.push(
      problem === undefined
        ? pass('log-inclusion', `entry ${entry.logIndex} is in the tree of ${log.host}`)
        : fail('log-inclusion', 'invalid', problem),
    );
  }
  if (entry.promise === undefined && entry.proof === undefined)
    checks.push(fail('log-inclusion', 'invalid', `log entry ${entry.logIndex} has neither promise nor proof`));
  return { checks };
}

// A time that nothing promises is compared as well, but opens nothing: the verified timestamps have to be in the window too.
function windowProblem(entry: LogEntry, log: TransparencyLog): string | undefined {
  if (!inForce('log-window')) return undefined;
  if (log.validFor.start === undefined) return `the trusted root does not say since when ${log.host} is valid`;
  if (statesNoTime(entry)) return undefined;
  if (contains(log.validFor, entry.integratedTime * 1000)) return undefined;
  return `the entry's time ${new Date(entry.integratedTime * 1000).toISOString()} is outside the window of ${log.host} (${windowText(log.validFor)})`;
}

/** RFC 6962 inclusion: leaf hash, path, root of a checkpoint that the log signed. Size and root are the checkpoint's, never the entry's own. */
function proofProblem(entry: LogEntry, log: TransparencyLog): string | undefined {
  const { proof } = entry;
  if (proof === undefined) return undefined;
  try {
    if (proof.checkpoint === '') return inForce('log-demand-proof') ? 'the inclusion proof has no checkpoint' : undefined;
    const checkpoint = parseCheckpoint(proof.checkpoint);
    if (!signedByLog(checkpoint, log) && inForce('log-checkpoint')) return `the checkpoint is not signed by ${log.host}`;
    if (!originFits(checkpoint, log, statesNoTime(entry)) && inForce('log-checkpoint-origin'))
      return `the checkpoint is of "${checkpoint.origin.slice(0, 100)}", not of ${log.host}`;
    // A log that states a time has shards, whose index the proof has; one that does not is its own shard.
    if (statesNoTime(entry) && proof.logIndex !== entry.logIndex && inForce('log-index')) {
      return `the proof is for index ${proof.logIndex}, the entry says ${entry.logIndex}`;
    }
    if (
      entry.promise !== undefined &&
      inForce('log-checkpoint-root') &&
      (!equal(checkpoint.rootHash, proof.rootHash) || checkpoint.size !== proof.treeSize)
    ) {
      return 'the proof and its checkpoint are of different trees';
    }
    const root = rootFromProof(leafHash(entry.body), proof.logIndex, checkpoint.size, proof.hashes);
    if ((root === undefined || !equal(root, checkpoint.rootHash)) && inForce('log-inclusion'))
      return "the inclusion proof does not lead to the checkpoint's root";
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** Entries for a report. Without a promise only the proof's index is proven, which in a shard of Rekor v1 is that of the shard. */
export function loggedAt(findings: LogFindings): Evidence['log'] {
  return findings.entries.map(({ entry, log }) => ({
    logId: encodeHex(log.logId),
    index: entry.promise === undefined && entry.proof !== undefined ? entry.proof.logIndex : entry.logIndex,
  }));
}

/** The logs of entries that prove no time. */
export function timelessLogs(findings: LogFindings): readonly TransparencyLog[] {
  return findings.entries.filter((e) => !provesTime(e.entry)).map((e) => e.log);
}

/** Whether the log proves when it integrated the entry: only its promise covers the time, beside a proof alone anybody may write one. */
function provesTime(entry: LogEntry): boolean {
  return entry.promise !== undefined && entry.integratedTime > 0;
}

/** Rekor v2 promises nothing and knows no time: what stands there is ignored (rekor-v2-spec). */
function statesNoTime(entry: LogEntry): boolean {
  return entry.promise === undefined && (entry.integratedTime === 0 || (entry.kind === 'hashedrekord' && entry.version === '0.0.2'));
}

function thresholdCheck(entity: SignedEntity, logs: readonly TransparencyLog[], demands: Demands): Check {
  if (demands.unsafeSkipTransparencyLog) return skipped('log-threshold', 'unsafeSkipTransparencyLog');
  const needed = demands.logThreshold ?? 1;
  const distinct = new Set(logs.map((l) => l.key.keyId)).size;
  if (distinct >= needed || !inForce('log-threshold'))
    return pass('log-threshold', `${distinct} of ${needed} required logs have the entry`);
  if (entity.logEntries.length === 0)
    return fail('log-threshold', 'untrusted', `a transparency log entry is required, the evidence has none${NO_LOG}`);
  const wanted = needed === 1 ? '1 trusted transparency log has' : `${needed} trusted transparency logs have`;
  return fail('log-threshold', 'untrusted', `${wanted} to have the entry, ${distinct} ${distinct === 1 ? 'does' : 'do'}${OTHER_LOG}`);
}

const NO_LOG =
  ' (where signatures are made without a log: assay verify --insecure-ignore-tlog, in an ImagePolicy unsafeSkipTransparencyLog: true)';
const OTHER_LOG = ' (trusted are the logs that --trusted-root names, in a policy its trustedRoot)';
