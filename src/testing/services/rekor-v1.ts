/** Rekor's first API (rekor, openapi.yaml): entering, and looking up by name, by index and by digest. */
import { checkpointBody, type LogEntryJson, signNote } from '../authority/index.ts';
import type { Answer, Asked } from '../registry/answer.ts';
import { type Entries, leafOf } from './entries.ts';
import type { Telling } from './lies.ts';
import { bodyOfProposal } from './proposed.ts';
import { bodyOf, jsonReply, Refusal, textAt, textReply } from './reply.ts';

const ENTRIES = '/api/v1/log/entries';
/** The tree of the log, as its checkpoints name it, and as names of entries begin with it. */
const TREE = 1_193_050_959_916_656_506n;
const TREE_HEX = TREE.toString(16).padStart(16, '0');

/** Answers a request to the log; `undefined` for one that is not its. */
export async function rekorV1(entries: Entries, asked: Asked, telling: Telling): Promise<Answer | undefined> {
  const { log } = entries;
  switch (`${asked.method} ${asked.path}`) {
    case `POST ${ENTRIES}`:
      return enterEntry(entries, asked, telling);
    case `GET ${ENTRIES}`: {
      const found = entries.byIndex(asked.query.get('logIndex') ?? '');
      if (found === undefined) throw new Refusal(404, 'entry not found', 'rekor');
      return jsonReply(named(...found));
    }
    case `POST ${ENTRIES}/retrieve`:
      return jsonReply(await retrieve(entries, bodyOf(asked, 'rekor')));
    case 'POST /api/v1/index/retrieve':
      return jsonReply(search(entries, textAt(bodyOf(asked, 'rekor'), 'hash')));
    case 'GET /api/v1/log/publicKey':
      return textReply(log.key.spkiPem, 'application/x-pem-file');
    case 'GET /api/v1/log': {
      const [size, root] = [log.tree.size, log.tree.root()];
      const body = checkpointBody(`${log.host} - ${TREE}`, size, root);
      const signedTreeHead = signNote(body, [{ name: log.host, key: log.key }]);
      return jsonReply({ inactiveShards: [], rootHash: root.toString('hex'), signedTreeHead, treeID: String(TREE), treeSize: size });
    }
    default:
      return asked.method === 'GET' && asked.path.startsWith(`${ENTRIES}/`) ? byName(entries, asked.path) : undefined;
  }
}

async function enterEntry(entries: Entries, asked: Asked, telling: Telling): Promise<Answer> {
  const body = await bodyOfProposal(bodyOf(asked, 'rekor'));
  const leaf = leafOf(body);
  const name = `${TREE_HEX}${leaf}`;
  if (entries.find(leaf) !== undefined) {
    const message = `an equivalent entry already exists in the transparency log with UUID ${name}`;
    throw new Refusal(409, message, 'rekor', { Location: `${ENTRIES}/${name}` });
  }
  const entry = entries.add(body, telling);
  return jsonReply(named(leaf, entry), 201, { ETag: name, Location: `${ENTRIES}/${name}` });
}

// A name is the hash of the leaf, with or without the tree before it.
function byName(entries: Entries, path: string): Answer {
  const name = path.slice(ENTRIES.length + 1);
  if (!/^(?:[0-9a-f]{64}|[0-9a-f]{80})$/.test(name)) throw new Refusal(400, `incorrectly formatted uuid ${name}`, 'rekor');
  const leaf = name.slice(-64);
  const entry = entries.find(leaf);
  if (entry === undefined) throw new Refusal(404, 'entry not found', 'rekor');
  return jsonReply(named(leaf, entry));
}

async function retrieve(entries: Entries, query: Record<string, unknown>): Promise<object[]> {
  const names = Array.isArray(query.entryUUIDs) ? query.entryUUIDs.map((name) => String(name).slice(-64)) : [];
  const indexes = Array.isArray(query.logIndexes) ? query.logIndexes.map(String) : [];
  const proposals = Array.isArray(query.entries) ? (query.entries as Record<string, unknown>[]) : [];
  const leaves = [...names, ...(await Promise.all(proposals.map(async (p) => leafOf(await bodyOfProposal(p)))))];
  return [
    ...leaves.flatMap((leaf) => {
      const entry = entries.find(leaf);
      return entry === undefined ? [] : [named(leaf, entry)];
    }),
    ...indexes.flatMap((index) => {
      const found = entries.byIndex(index);
      return found === undefined ? [] : [named(...found)];
    }),
  ];
}

function search(entries: Entries, digest: string): string[] {
  const wanted = digest.replace(/^sha256:/, '');
  if (wanted === '') return [];
  return [...entries.all()]
    .filter(([, entry]) => Buffer.from(entry.canonicalizedBody, 'base64').toString().includes(wanted))
    .map(([leaf]) => `${TREE_HEX}${leaf}`);
}

/** An entry in the form of the first API (`LogEntry`), under its name. */
function named(leaf: string, entry: LogEntryJson): object {
  const { inclusionProof: proof } = entry;
  return {
    [`${TREE_HEX}${leaf}`]: {
      body: entry.canonicalizedBody,
      integratedTime: Number(entry.integratedTime),
      logID: hex(entry.logId.keyId),
      logIndex: Number(entry.logIndex),
      verification: {
        inclusionProof: {
          checkpoint: proof?.checkpoint?.envelope,
          hashes: proof?.hashes.map(hex),
          logIndex: Number(proof?.logIndex),
          rootHash: hex(proof?.rootHash ?? ''),
          treeSize: Number(proof?.treeSize),
        },
        signedEntryTimestamp: entry.inclusionPromise?.signedEntryTimestamp,
      },
    },
  };
}

function hex(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}
