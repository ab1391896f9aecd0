/** Rekor's second API (rekor-tiles): entering digests, and reading checkpoint and tiles (C2SP tlog-tiles). */
import { HASH_LENGTH, type HashName, importPublicKey, KEY_ALGORITHMS, type PublicKey, verifyPrehashed } from '../../crypto/index.ts';
import { type EntryContent, entryBody } from '../../mint/index.ts';
import { parseCertificate, publicKeyOf } from '../../trust/x509/index.ts';
import { type LogEntryJson, latestCheckpoint } from '../authority/index.ts';
import { type Answer, type Asked, answer } from '../registry/answer.ts';
import { type Entries, leafOf } from './entries.ts';
import type { Telling } from './lies.ts';
import { at, bodyOf, bytesAt, jsonReply, Refusal, textAt, textReply } from './reply.ts';

/** Answers a request to the log; `undefined` for one that is not its. */
export async function rekorV2(entries: Entries, asked: Asked, telling: Telling, remembers = true): Promise<Answer | undefined> {
  if (`${asked.method} ${asked.path}` === 'POST /api/v2/log/entries') return enterEntry(entries, asked, telling, remembers);
  // The server behind the API has no reading; in the field a bucket has, beside it or below the API.
  const path = asked.method === 'GET' ? asked.path.replace(/^\/api\/v2(?=\/)/, '') : '';
  if (path === '/checkpoint') return textReply(latestCheckpoint(entries.log), 'text/plain; charset=utf-8');
  return path.startsWith('/tile/') ? tile(entries, path) : undefined;
}

async function enterEntry(entries: Entries, asked: Asked, telling: Telling, remembers: boolean): Promise<Answer> {
  const request = at(bodyOf(asked), 'hashedRekordRequestV002');
  if (request === undefined) throw new Refusal(400, 'invalid type, must be hashedrekord');
  const content = await checked(request);
  if (content === undefined) throw new Refusal(400, 'invalid hashedrekord request');
  const body = entryBody('hashedrekord/0.0.2', content);
  const known = remembers ? entries.find(leafOf(body)) : undefined;
  if (known !== undefined) {
    const message = `an equivalent entry already exists in the transparency log with index ${known.logIndex}`;
    throw new Refusal(409, message, 'grpc', { 'X-Log-Index': known.logIndex });
  }
  return jsonReply(asProto(entries.add(body, telling)), 201);
}

// The gateway writes the absent members too.
function asProto(entry: LogEntryJson): object {
  return { ...entry, integratedTime: entry.integratedTime ?? '0', inclusionPromise: entry.inclusionPromise ?? null };
}

// What rekor-tiles refuses without a reason (pkg/types/hashedrekord).
async function checked(request: unknown): Promise<EntryContent | undefined> {
  const [digest, signature] = [bytesAt(request, 'digest'), bytesAt(request, 'signature', 'content')];
  const verifier = at(request, 'signature', 'verifier');
  const details = textAt(verifier, 'keyDetails');
  const der = bytesAt(verifier, 'x509Certificate', 'rawBytes');
  const kind = der.length > 0 ? 'certificate' : 'public-key';
  const material = kind === 'certificate' ? der : bytesAt(verifier, 'publicKey', 'rawBytes');
  const algorithm = KEY_ALGORITHMS.find((a) => a.details === details);
  if (algorithm === undefined || details === 'PKIX_ED25519') return undefined;
  const name: HashName = algorithm.scheme.hash;
  try {
    const key: PublicKey = kind === 'certificate' ? publicKeyOf(parseCertificate(material)) : importPublicKey(material);
    if (!algorithm.fits(key) || digest.length !== HASH_LENGTH[name]) return undefined;
    if (!(await verifyPrehashed(key, new Map([[name, digest]]), signature))) return undefined;
  } catch {
    return undefined;
  }
  return { signature, verifier: { kind, der: material }, algorithm, digest };
}

const WIDTH = 256;

/** `/tile/LEVEL/INDEX[.p/WIDTH]` and `/tile/entries/INDEX[.p/WIDTH]`, the index in groups of three digits. */
function tile({ log }: Entries, path: string): Answer {
  const [, level = '', groups = '', partial] = /^\/tile\/(entries|\d{1,2})\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path) ?? [];
  const index = Number(groups.replace(/[x/]/g, ''));
  const height = level === 'entries' ? 0 : Number(level) * 8;
  const width = partial === undefined ? WIDTH : Number(partial);
  const parts = groups === '' ? [] : Array.from({ length: width }, (_, i) => node(index * WIDTH + i));
  function node(at: number): Buffer | undefined {
    if (level !== 'entries') return log.tree.node(height, at);
    const leaf = log.leaves[at];
    if (leaf === undefined) return undefined;
    return Buffer.concat([Buffer.of(leaf.length >> 8, leaf.length & 0xff), leaf]);
  }
  if (parts.length === 0 || parts.some((part) => part === undefined)) throw new Refusal(404, 'Not Found');
  return answer(200, { 'Content-Type': 'application/octet-stream' }, Buffer.concat(parts.filter((part) => part !== undefined)));
}
