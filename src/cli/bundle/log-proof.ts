import { equal } from '../../bytes/index.ts';
import { AssayError, isAssayError } from '../../errors.ts';
import { type EntryContent, type EntryKind, entryBody, entryBytes } from '../../mint/entry.ts';
import { shownAddress } from '../../oci/registry/http/message.ts';
import { entriesLike, entryAt, type LogReader, proofProblem } from '../../sign/log/index.ts';
import { lied } from '../../sign/log/lied.ts';
import type { LogEntry } from '../../signature/index.ts';
import type { Call } from '../command.ts';
import { serviceClientOf } from '../sign/client.ts';

/** The log that `--rekor-url` names, else the public good instance's; it is only read. Throws `usage-invalid`. */
export function logOf(call: Call): LogReader {
  const url = call.options.text('rekor-url') ?? 'https://rekor.sigstore.dev';
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (address?.protocol !== 'https:' && address?.protocol !== 'http:')
    throw new AssayError('usage-invalid', `--rekor-url is no http or https address: "${shownAddress(url).slice(0, 200)}"`);
  return { url, client: serviceClientOf(call) };
}

/** An entry with an inclusion proof: its own, or else the one that the log gives for its index. Throws what the log throws, `log-entry-invalid`, `service-lied`. */
export async function withProof(entry: LogEntry, log: LogReader, signal: AbortSignal): Promise<LogEntry> {
  if (entry.proof !== undefined && entry.proof.checkpoint !== '') return entry;
  const found = await entryAt(log, entry.logIndex, { signal });
  if (!equal(found.body, entry.body) || !equal(found.logId, entry.logId))
    throw new AssayError(
      'log-entry-invalid',
      `${shownAddress(log.url)} has something else at index ${entry.logIndex} than the bundle's entry`,
      {
        hint: '--rekor-url names the log that the bundle was entered in',
      },
    );
  checked(found, log);
  return { ...found, promise: entry.promise ?? found.promise, integratedTime: entry.integratedTime };
}

type Proposal = readonly [kind: EntryKind, content: EntryContent];

/** The entry that a log has of one of some proposals. Throws `not-found`, what the log throws, `service-lied`. */
export async function findEntry(proposals: readonly Proposal[], log: LogReader, signal: AbortSignal): Promise<LogEntry> {
  for (const proposal of proposals) {
    const body = entryBytes(entryBody(...proposal));
    const found = (await likeProposal(proposal, log, signal)).find((e) => equal(body, e.body));
    if (found === undefined) continue;
    checked(found, log);
    return found;
  }
  throw new AssayError('not-found', `the transparency log ${shownAddress(log.url)} has no entry of this signature`, {
    hint: '--rekor-url names another log, --ignore-tlog makes a bundle without one',
  });
}

// A log checks what it is asked to look for: a guess that is wrong is refused, which says that there is no such entry.
async function likeProposal(proposal: Proposal, log: LogReader, signal: AbortSignal): Promise<readonly LogEntry[]> {
  try {
    return await entriesLike(log, [proposal], { signal });
  } catch (error) {
    if (isAssayError(error, 'service-refused')) return [];
    throw error;
  }
}

function checked(entry: LogEntry, { url }: LogReader): void {
  const problem = proofProblem(entry);
  if (problem !== undefined) throw lied(url, problem);
}
