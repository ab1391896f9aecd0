import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { algorithmsOf, type KeyAlgorithm } from '../../src/crypto/index.ts';
import { type EntryKind, entryBody, entryBytes } from '../../src/mint/entry.ts';
import { entryAt, rekorV1, rekorV2 } from '../../src/sign/log/index.ts';
import type { LogSubmission } from '../../src/sign/services.ts';
import { createVirtualSigstore, type EntryBend, enter, type LogEntryJson, leafHash } from '../../src/testing/index.ts';
import { entryV1, envelopeSubmissionOf, type Reply, type Served, serve, signerOf, submissionOf } from './log-lab.ts';

const sigstore = createVirtualSigstore({ name: 'lab', now: new Date('2026-03-01T12:00:00Z') });
const NOW = new Date('2026-03-01T12:00:00Z');
let served: Served | undefined;
let reply: (asked: string, body: Buffer) => Reply | Promise<Reply> = () => ({ status: 500 });

beforeEach(async () => {
  served = await serve((asked, body) => reply(asked, body));
});
afterEach(() => served?.close());

function server(): Served {
  if (served === undefined) throw new Error('not started');
  return served;
}

function content(submission: LogSubmission): Parameters<typeof entryBody>[1] {
  const { verifier } = submission;
  const der = verifier.kind === 'certificate' ? verifier.der : verifier.key.spki;
  return { ...submission, verifier: { kind: verifier.kind, der } };
}

function entered(kind: EntryKind, submission: LogSubmission, bend: EntryBend = {}): LogEntryJson {
  return enter(kind === 'hashedrekord/0.0.2' ? sigstore.rekor2 : sigstore.rekor, entryBody(kind, content(submission)), NOW, bend);
}

function uuidOf(kind: EntryKind, submission: LogSubmission): string {
  return leafHash(entryBytes(entryBody(kind, content(submission)))).toString('hex');
}

const failing = (code: string) => expect.objectContaining({ code });

describe('a Rekor v1 log', () => {
  const kind = 'hashedrekord/0.0.1';
  const log = () => rekorV1({ url: `${server().url}/`, client: server().client });

  test('enters a signature, and the answer has promise and proof', async () => {
    const submission = await submissionOf('a file');
    reply = (_, body) => {
      expect(JSON.parse(body.toString())).toMatchObject({ apiVersion: '0.0.1', kind: 'hashedrekord' });
      return { status: 201, body: entryV1(uuidOf(kind, submission), entered(kind, submission)) };
    };
    const entry = await log().enter(submission);
    expect(entry).toMatchObject({ kind: 'hashedrekord', version: '0.0.1', integratedTime: NOW.getTime() / 1000 });
    expect(entry.promise?.length).toBeGreaterThan(60);
    expect(entry.proof?.checkpoint).toContain('lab');
    expect(server().requests).toEqual(['POST /api/v1/log/entries']);
  });

  test.each([
    ['dsse', 'dsse/0.0.1'],
    ['intoto', 'intoto/0.0.1'],
    ['hashedrekord', 'hashedrekord/0.0.1'],
  ] as const)('enters an envelope as %s', async (entryKind, wanted) => {
    const submission = await envelopeSubmissionOf(Buffer.from('{"statement":1}'));
    reply = () => ({ status: 201, body: entryV1(uuidOf(wanted, submission), entered(wanted, submission)) });
    const entry = await rekorV1({ url: server().url, client: server().client, entryKind }).enter(submission);
    expect(`${entry.kind}/${entry.version}`).toBe(wanted);
  });

  test('finds what is there already where the log says it is', async () => {
    const submission = await submissionOf('twice');
    const uuid = uuidOf(kind, submission);
    const body = entryV1(`00000000deadbeef${uuid}`, entered(kind, submission));
    reply = (asked) =>
      asked.startsWith('POST')
        ? { status: 409, headers: { Location: `/api/v1/log/entries/${uuid}` }, body: '{"code":409,"message":"there"}' }
        : { body };
    expect((await log().enter(submission)).proof).toBeDefined();
    expect(server().requests).toEqual(['POST /api/v1/log/entries', `GET /api/v1/log/entries/${uuid}`]);
  });

  test('what is there already is ours byte for byte, or nothing', async () => {
    const submission = await submissionOf('mine');
    const other = await submissionOf('somebody else’s');
    const uuid = uuidOf(kind, submission);
    reply = (asked) =>
      asked.startsWith('POST')
        ? { status: 409, headers: { Location: `/api/v1/log/entries/${uuid}` } }
        : { body: entryV1(uuid, entered(kind, other)) };
    await expect(log().enter(submission)).rejects.toThrow(failing('service-lied'));
    reply = () => ({ status: 409, body: '{"message":"somewhere"}' });
    await expect(log().enter(submission)).rejects.toThrow(failing('service-lied'));
  });

  test('asks again for a proof that the first answer leaves out', async () => {
    const submission = await submissionOf('late proof');
    const [uuid, entry] = [uuidOf(kind, submission), entered(kind, submission)];
    reply = (asked) =>
      asked.startsWith('POST') ? { status: 201, body: entryV1(uuid, entry, { proof: true }) } : { body: entryV1(uuid, entry) };
    expect((await log().enter(submission)).proof).toBeDefined();
    reply = () => ({ status: 200, body: entryV1(uuid, entry, { proof: true }) });
    await expect(log().enter(submission)).rejects.toThrow(failing('service-lied'));
  });

  type Proof = NonNullable<LogEntryJson['inclusionProof']>;
  const proof = (change: Partial<Proof>) => (entry: LogEntryJson) => void Object.assign(entry.inclusionProof ?? {}, change);
  const lies: [string, (entry: LogEntryJson) => void, EntryBend?][] = [
    ['the proof of another entry', () => {}, { treeBody: Buffer.from('another') }],
    ['a proof with a hash changed', (entry) => void entry.inclusionProof?.hashes.splice(0, 1, Buffer.alloc(32, 9).toString('base64'))],
    ['a proof with a hash missing', (entry) => void entry.inclusionProof?.hashes.pop()],
    ['a root that is not the checkpoint’s', proof({ rootHash: Buffer.alloc(32).toString('base64') })],
    ['another index in the proof', proof({ logIndex: '0' })],
    ['no checkpoint', (entry) => void delete entry.inclusionProof?.checkpoint],
    ['no promise', (entry) => void delete entry.inclusionPromise],
    ['a time of 0', (entry) => void Object.assign(entry, { integratedTime: '0' })],
  ];
  test.each(lies)('is not believed: %s', async (_, change, bend) => {
    const submission = await submissionOf('lies');
    const entry = entered(kind, submission, bend);
    change(entry);
    reply = () => ({ status: 201, body: entryV1(uuidOf(kind, submission), entry) });
    await expect(log().enter(submission)).rejects.toThrow(failing('service-lied'));
  });

  test.each([
    ['two entries', '{"a":{},"b":{}}', 'service-lied'],
    ['no entry', '{}', 'service-lied'],
    ['a name that is none', '{"xyz":{}}', 'service-lied'],
    ['an entry without a body', `{"${'a'.repeat(64)}":{"logIndex":1}}`, 'service-lied'],
    ['a list', '[]', 'service-lied'],
    ['a page of a proxy', '<html>login</html>', 'service-unavailable'],
  ])('an answer that is %s', async (_, body, code) => {
    reply = () => ({ status: 201, body });
    await expect(log().enter(await submissionOf('odd'))).rejects.toThrow(failing(code));
  });

  test('says why it refuses, and fails by its own code when it is down', async () => {
    const submission = await submissionOf('refused');
    reply = () => ({ status: 400, body: '{"code":400,"message":"error processing entry: invalid signature"}' });
    await expect(log().enter(submission)).rejects.toThrow(
      expect.objectContaining({ code: 'service-refused', message: expect.stringContaining('invalid signature') }),
    );
    reply = () => ({ status: 500 });
    await expect(log().enter(submission)).rejects.toThrow(failing('service-unavailable'));
    await expect(rekorV1({ url: 'http://127.0.0.1:1', client: server().client }).enter(submission)).rejects.toThrow(
      failing('service-unavailable'),
    );
  });

  test('a cancelled run waits for nothing', async () => {
    const stop = new AbortController();
    reply = () => {
      stop.abort();
      return new Promise(() => {});
    };
    await expect(log().enter(await submissionOf('cancelled'), { signal: stop.signal })).rejects.toThrow(failing('cancelled'));
  });

  test('an envelope that is too large is not sent; one that a log cut off is explained', async () => {
    const huge = await envelopeSubmissionOf(Buffer.alloc(25 * 1024 * 1024, 32));
    await expect(log().enter(huge)).rejects.toThrow(failing('limit'));
    expect(server().requests).toEqual([]);
    reply = () => ({ status: 413 });
    const large = await envelopeSubmissionOf(Buffer.alloc(2 * 1024 * 1024, 32));
    await expect(log().enter(large)).rejects.toThrow(
      expect.objectContaining({
        code: 'service-refused',
        hint: expect.stringContaining('Rekor v2'),
        message: expect.stringContaining('more than the log takes'),
      }),
    );
  });

  test('a digest says nothing of a signature in pure Ed25519', async () => {
    const signer = signerOf('ed25519');
    await expect(log().enter(await submissionOf('pure', signer))).rejects.toThrow(failing('algorithm-unsupported'));
    expect(server().requests).toEqual([]);
  });

  test('is read by index, and the answer is about that index', async () => {
    const submission = await submissionOf('read');
    const entry = entered(kind, submission);
    reply = () => ({ body: entryV1(uuidOf(kind, submission), entry) });
    expect((await entryAt(server(), BigInt(entry.logIndex))).logIndex).toBe(BigInt(entry.logIndex));
    expect(server().requests).toEqual([`GET /api/v1/log/entries?logIndex=${entry.logIndex}`]);
    await expect(entryAt(server(), 1n)).rejects.toThrow(failing('service-lied'));
  });
});

describe('a Rekor v2 log', () => {
  const kind = 'hashedrekord/0.0.2';
  const log = () => rekorV2(server());

  test('enters a digest, for envelopes that of what is signed', async () => {
    const submission = await envelopeSubmissionOf(Buffer.from('{}'));
    reply = (asked, body) => {
      expect(asked).toBe('POST /api/v2/log/entries');
      expect(JSON.parse(body.toString())).toEqual({
        hashedRekordRequestV002: {
          digest: Buffer.from(submission.digest).toString('base64'),
          signature: {
            content: Buffer.from(submission.signature).toString('base64'),
            verifier: { keyDetails: 'PKIX_ECDSA_P256_SHA_256', publicKey: { rawBytes: expect.any(String) } },
          },
        },
      });
      return { status: 201, body: JSON.stringify(entered(kind, submission)) };
    };
    expect(await log().enter(submission)).toMatchObject({ kind: 'hashedrekord', version: '0.0.2', integratedTime: 0, promise: undefined });
  });

  test.each<[string, (entry: LogEntryJson, other: LogEntryJson) => object, EntryBend?]>([
    ['another entry’s answer', (_, other) => other],
    ['the proof of another entry', (entry) => entry, { treeBody: Buffer.from('another') }],
    ['another index', (entry) => ({ ...entry, logIndex: String(Number(entry.logIndex) + 1) })],
    ['no proof', ({ inclusionProof: _, ...entry }) => entry],
    ['a root that is not the checkpoint’s', (entry) => ({ ...entry, inclusionProof: { ...entry.inclusionProof, rootHash: 'AAAA' } })],
    ['a size that is not the checkpoint’s', (entry) => ({ ...entry, inclusionProof: { ...entry.inclusionProof, treeSize: '0' } })],
    ['another kind', (entry) => ({ ...entry, kindVersion: { kind: 'dsse', version: '0.0.1' } })],
    ['no body', ({ canonicalizedBody: _, ...entry }) => entry],
  ])('is not believed: %s', async (_, change, bend) => {
    const submission = await submissionOf('lies');
    const other = entered(kind, await submissionOf('other'));
    const entry = entered(kind, submission, bend);
    reply = () => ({ status: 201, body: JSON.stringify(change(entry, other)) });
    await expect(log().enter(submission)).rejects.toThrow(failing('service-lied'));
  });

  test('an entry that is there and cannot be read is refused, and it is said where it is', async () => {
    reply = () => ({
      status: 409,
      body: '{"code":6,"message":"an equivalent entry already exists in the transparency log with index 17"}',
    });
    await expect(log().enter(await submissionOf('again'))).rejects.toThrow(
      expect.objectContaining({ code: 'service-refused', message: expect.stringContaining('index 17') }),
    );
    expect(server().requests).toEqual(['POST /api/v2/log/entries', 'GET /api/v2/checkpoint']);
  });

  test('an entry is not sent twice when the first answer got lost', async () => {
    reply = () => ({ status: 502 });
    await expect(log().enter(await submissionOf('lost'))).rejects.toThrow(failing('service-unavailable'));
    expect(server().requests).toHaveLength(1);
  });

  test('Ed25519 has to be prehashed', async () => {
    const signer = signerOf('ed25519');
    await expect(log().enter(await submissionOf('pure', signer))).rejects.toThrow(failing('algorithm-unsupported'));
    const prehashed = algorithmsOf(signer.publicKey).find((a) => a.scheme.prehashed === true) as KeyAlgorithm;
    const submission = await submissionOf('prehashed', signer, prehashed);
    reply = () => ({ status: 201, body: JSON.stringify(entered(kind, submission)) });
    expect((await log().enter(submission)).version).toBe('0.0.2');
  });
});
