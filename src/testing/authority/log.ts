/** Transparency logs that really keep a Merkle tree: Rekor v1 (promise, proof, checkpoint) and Rekor v2 (proof, checkpoint, witnesses). */
import { type Bytes, encodeBase64, utf8 } from '../../bytes/index.ts';
import { createMerkleTree, type MerkleTree, promisePayload } from '../../mint/index.ts';
import { type Body, canonicalBody } from './body.ts';
import { type SigningKey, sign } from './keys.ts';
import { checkpointBody, type NoteSigner, noteKeyId, signNote } from './note.ts';

/** A log. */
export interface TransparencyLog {
  readonly version: 1 | 2;
  readonly key: SigningKey;
  /** Host name of its address, which is also the name under which it signs. */
  readonly host: string;
  /** What a trusted root names it by. */
  readonly id: Buffer;
  readonly tree: MerkleTree;
  /** What stands in the tree, leaf by leaf. */
  readonly leaves: readonly Bytes[];
  /** Entries of earlier shards: what a Rekor v1 index is larger by than the proof's. */
  readonly offset: number;
  readonly witnesses: readonly NoteSigner[];
}

/** What a log is made of. */
export interface LogOptions {
  readonly version: 1 | 2;
  readonly key: SigningKey;
  readonly host: string;
  /** Foreign leaves that stand in the tree from the start. Default 6. */
  readonly leaves?: number;
  readonly offset?: number;
  readonly witnesses?: readonly NoteSigner[];
}

/** Makes a log. */
export function makeLog(options: LogOptions): TransparencyLog {
  const { version, key, host, leaves = 6, witnesses = [] } = options;
  const { tree, held } = recordingTree();
  for (let i = 0; i < leaves; i++) tree.append(utf8(`${host} leaf ${i}`));
  return {
    version,
    key,
    host,
    id: version === 1 ? key.id : noteKeyId({ name: host, key }),
    tree,
    leaves: held,
    offset: version === 1 ? (options.offset ?? 4_163_431) : 0,
    witnesses,
  };
}

function recordingTree(): { readonly tree: MerkleTree; readonly held: readonly Bytes[] } {
  const [tree, held] = [createMerkleTree(), [] as Bytes[]];
  const { append } = tree;
  const recording = (leaf: Bytes): number => {
    held.push(leaf);
    return append(leaf);
  };
  return { tree: Object.assign(tree, { append: recording }), held };
}

/** An entry as a bundle has it (protobuf-specs, sigstore_rekor.proto, in protojson); mutable, so that forgeries can edit it. */
export interface LogEntryJson {
  logIndex: string;
  logId: { keyId: string };
  kindVersion: { kind: string; version: string };
  integratedTime?: string;
  inclusionPromise?: { signedEntryTimestamp: string };
  inclusionProof?: { logIndex: string; rootHash: string; treeSize: string; hashes: string[]; checkpoint?: { envelope: string } };
  canonicalizedBody: string;
}

/** An entry as cosign's annotation `dev.sigstore.cosign/bundle` has it. */
export interface CosignLogBundle {
  SignedEntryTimestamp: string;
  Payload: { body: string; integratedTime: number; logIndex: number; logID: string };
}

/** What to get wrong in an entry, in what the log signs. What is not signed, or is to disagree, is edited in the JSON. */
export interface EntryBend {
  /** Another key signs the promise. */
  readonly promiseKey?: SigningKey;
  /** Another key signs the checkpoint, in the log's name. */
  readonly checkpointKey?: SigningKey;
  readonly checkpointOrigin?: string;
  /** The name on the line of signature. */
  readonly checkpointName?: string;
  readonly checkpointHint?: Bytes;
  readonly checkpointRoot?: Bytes;
  readonly checkpointSize?: number;
  readonly checkpointExtensions?: readonly string[];
  /** Lines of signature before the log's own. */
  readonly signersBefore?: readonly NoteSigner[];
  /** Leaves appended after the entry, before the proof is made. Default 3. */
  readonly after?: number;
  /** The tree gets this body instead: the entry is proven by a proof of another one. */
  readonly treeBody?: Bytes;
  /** The promise is over this index. */
  readonly promiseIndex?: number;
  /** Rekor v2: a time is stated all the same. */
  readonly integratedTime?: Date;
}

/** Enters a body in the log: appends it to the tree, and proves it. */
export function enter(log: TransparencyLog, body: Body | Bytes, at: Date, bend: EntryBend = {}): LogEntryJson {
  const bytes = body instanceof Uint8Array ? body : canonicalBody(body);
  const kind = body instanceof Uint8Array ? kindOf(body) : { kind: body.kind, version: body.apiVersion };
  const index = log.tree.append(bend.treeBody ?? bytes);
  for (let i = 0; i < (bend.after ?? 3); i++) log.tree.append(utf8(`${log.host} after ${index} ${i}`));
  const root = log.tree.root();
  const logIndex = index + log.offset;
  const integratedTime = Math.floor((bend.integratedTime ?? at).getTime() / 1000);
  const promised = { body: bytes, integratedTime: bend.integratedTime ?? at, logId: log.id, logIndex: bend.promiseIndex ?? logIndex };
  const promise = (): string => encodeBase64(sign(bend.promiseKey ?? log.key, promisePayload(promised), { hash: 'sha256' }));
  return {
    logIndex: String(logIndex),
    logId: { keyId: encodeBase64(log.id) },
    kindVersion: kind,
    ...(log.version === 1 || bend.integratedTime !== undefined ? { integratedTime: String(integratedTime) } : {}),
    ...(log.version === 1 ? { inclusionPromise: { signedEntryTimestamp: promise() } } : {}),
    inclusionProof: {
      logIndex: String(index),
      rootHash: encodeBase64(root),
      treeSize: String(log.tree.size),
      hashes: log.tree.path(index).map((h) => encodeBase64(h)),
      checkpoint: { envelope: checkpointOf(log, root, bend) },
    },
    canonicalizedBody: encodeBase64(bytes),
  };
}

/** The same entry in cosign's form. */
export function cosignLogBundle(entry: LogEntryJson): CosignLogBundle {
  return {
    SignedEntryTimestamp: entry.inclusionPromise?.signedEntryTimestamp ?? '',
    Payload: {
      body: entry.canonicalizedBody,
      integratedTime: Number(entry.integratedTime ?? 0),
      logIndex: Number(entry.logIndex),
      logID: Buffer.from(entry.logId.keyId, 'base64').toString('hex'),
    },
  };
}

/** The log's checkpoint over everything in it. */
export function latestCheckpoint(log: TransparencyLog): string {
  return checkpointOf(log, log.tree.root(), {});
}

function checkpointOf(log: TransparencyLog, root: Bytes, bend: EntryBend): string {
  const origin = bend.checkpointOrigin ?? (log.version === 1 ? `${log.host} - 1193050959916656506` : log.host);
  const body = checkpointBody(origin, bend.checkpointSize ?? log.tree.size, bend.checkpointRoot ?? root, bend.checkpointExtensions);
  const own: NoteSigner = {
    name: bend.checkpointName ?? log.host,
    key: bend.checkpointKey ?? log.key,
    // A forger signs with a key of their own under the hint of the log's key.
    hint: bend.checkpointHint ?? noteKeyId({ name: log.host, key: log.key }).subarray(0, 4),
  };
  return signNote(body, [...(bend.signersBefore ?? []), own, ...log.witnesses]);
}

function kindOf(bytes: Bytes): { kind: string; version: string } {
  try {
    const { kind, apiVersion } = JSON.parse(Buffer.from(bytes).toString()) as { kind?: unknown; apiVersion?: unknown };
    return { kind: String(kind), version: String(apiVersion) };
  } catch {
    return { kind: 'hashedrekord', version: '0.0.1' };
  }
}
