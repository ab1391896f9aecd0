import { type Bytes, decodeBase64, decodeHex, utf8Decode } from '../../bytes/index.ts';
import { type Json, parseJson } from '../../codec/json.ts';
import { messageOf } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { InclusionProof, LogEntry } from '../../signature/index.ts';
import { lied } from './lied.ts';

type Members = { readonly [name: string]: Json };

/** An entry of Rekor v1 with its name in the log. */
export interface NamedEntry {
  readonly uuid: string;
  readonly entry: LogEntry;
}

/** The entries of an answer of Rekor v1: `{uuid: LogEntryAnon}` (rekor, openapi.yaml). Throws `service-lied` for what is none. */
export function entriesIn(answer: Json, url: string): readonly NamedEntry[] {
  try {
    return Object.entries(object(answer, 'answer')).map(([uuid, value]) => ({
      uuid: uuidOf(uuid),
      entry: entryOf(object(value, 'entry')),
    }));
  } catch (cause) {
    throw lied(url, messageOf(cause), cause);
  }
}

/** A name in the log: the leaf's hash, before it the 8 bytes of a tree's number or nothing. */
function uuidOf(text: string): string {
  if (!UUID.test(text)) throw new Error('an entry has a name that is none');
  return text;
}

/** What a name of an entry looks like. */
export const UUID = /^(?:[0-9a-f]{16})?[0-9a-f]{64}$/;

function entryOf(value: Members): LogEntry {
  const body = decodeBase64(text(value.body, 'body'), 'body of the entry');
  const { kind, apiVersion } = bodyHead(body);
  const verification = value.verification === undefined || value.verification === null ? {} : object(value.verification, 'verification');
  const { signedEntryTimestamp: promise, inclusionProof: proof } = verification;
  return {
    logIndex: BigInt(count(value.logIndex, 'logIndex')),
    logId: decodeHex(text(value.logID, 'logID'), 'logID of the entry'),
    kind,
    version: apiVersion,
    integratedTime: count(value.integratedTime, 'integratedTime'),
    promise: promise === undefined || promise === null ? undefined : decodeBase64(text(promise, 'signedEntryTimestamp'), 'promise'),
    proof: proof === undefined || proof === null ? undefined : proofOf(object(proof, 'inclusionProof')),
    body,
  };
}

function proofOf(value: Members): InclusionProof {
  const { hashes = [], checkpoint = '' } = value;
  if (!Array.isArray(hashes) || hashes.length > LIMITS.proofHashes) throw new Error('the hashes of the proof are no list, or too many');
  return {
    logIndex: BigInt(count(value.logIndex, 'logIndex of the proof')),
    treeSize: BigInt(count(value.treeSize, 'treeSize')),
    rootHash: decodeHex(text(value.rootHash, 'rootHash'), 'rootHash'),
    hashes: hashes.map((h: Json) => decodeHex(text(h, 'hash'), 'hash of the proof')),
    checkpoint: typeof checkpoint === 'string' ? checkpoint : '',
  };
}

function bodyHead(body: Bytes): { readonly kind: string; readonly apiVersion: string } {
  const { kind, apiVersion } = object(parseJson(utf8Decode(body, 'body of the entry'), 'body of the entry'), 'body of the entry');
  return { kind: text(kind, 'kind'), apiVersion: text(apiVersion, 'apiVersion') };
}

function object(value: Json | undefined, what: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`the ${what} is not an object`);
  return value as Members;
}

function text(value: Json | undefined, what: string): string {
  if (typeof value !== 'string' || value === '') throw new Error(`it has no ${what}`);
  return value;
}

function count(value: Json | undefined, what: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new Error(`its ${what} is not a count`);
  return value;
}
