import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { entriesIn } from '../../src/sign/log/answer-v1.ts';
import { rekorV1 } from '../../src/sign/log/index.ts';
import type { LogSubmission } from '../../src/sign/services.ts';
import { rekorBundleJson } from '../../src/signature/cosign-tag/encode.ts';
import { entryJson } from '../../src/signature/sigstore-bundle/encode.ts';
import {
  blobBundle,
  createVirtualSigstore,
  dsseBundle,
  type LogEntryJson,
  messageBundle,
  type SigstoreServices,
  startSigstoreServices,
  timestamp,
  type VirtualSigstore,
} from '../../src/testing/index.ts';
import { createServiceClient } from '../../src/trust/service-client/client.ts';
import { entryV1, envelopeSubmissionOf, type Served, serve, signerOf, submissionOf } from '../sign/log-lab.ts';
import { assay, type Ran } from './harness.ts';

let folder: string;
let services: SigstoreServices;
const sigstore: VirtualSigstore = createVirtualSigstore({ name: 'bundle', now: new Date() });
const ARTIFACT = 'what is signed';
const DIGEST = 'c96b6d0d2d8f3f1c';

beforeAll(async () => {
  services = await startSigstoreServices(sigstore);
});
afterAll(() => services.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-bundle-'));
  write('artifact', ARTIFACT);
  write('root.json', JSON.stringify(sigstore.trustedRoot()));
});
afterEach(() => {
  services.faults.clear();
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, content: string | Uint8Array): void {
  writeFileSync(join(folder, name), content);
}

function run(...argv: string[]): Promise<Ran> {
  return assay(argv, { cwd: folder, home: folder });
}

async function make(...argv: string[]): Promise<string> {
  const ran = await run(...argv);
  expect(ran).toMatchObject({ exit: 0 });
  return ran.stdout.toString();
}

async function failed(...argv: string[]): Promise<{ code: string; message: string; exit: number }> {
  const { stdout, exit } = await run(...argv, '--output', 'json');
  const { errors } = JSON.parse(stdout.toString()) as { errors: { code: string; message: string }[] };
  return { code: errors[0]?.code ?? '', message: errors[0]?.message ?? '', exit };
}

function pem(key: LogSubmission['verifier']): string {
  if (key.kind !== 'public-key') throw new Error('no bare key');
  return key.key.handle.export({ type: 'spki', format: 'pem' }).toString();
}

/** Enters something in the served log, and leaves its signature and key in files. */
async function entered(submission: LogSubmission) {
  const client = createServiceClient({ env: {} });
  const entry = await rekorV1({ url: services.url, client }).enter(submission);
  await client.close();
  write('key.pub', pem(submission.verifier));
  write('signature', Buffer.from(submission.signature).toString('base64'));
  return entry;
}

/** A log that answers what the served one answers, changed. */
async function lyingLog(change: (entry: LogEntryJson) => unknown): Promise<Served> {
  return serve(async (asked, body) => {
    const [method = '', path = ''] = asked.split(' ');
    const answer = await fetch(`${services.url}${path}`, {
      method,
      headers: { 'Content-Type': 'application/json' },
      ...(method === 'POST' ? { body: body.toString() } : {}),
    });
    const json = (await answer.json()) as object;
    const [found] = Array.isArray(json) ? (json as object[]) : [json];
    const [[uuid, anon] = ['', {}]] = Object.entries(found ?? {}) as [string, never][];
    const { entry } = entriesIn({ [uuid]: anon }, services.url)[0] ?? {};
    if (entry === undefined) return { status: answer.status };
    const changed = entryJson(entry) as LogEntryJson;
    change(changed);
    const text = entryV1(uuid, changed);
    return { status: answer.status, body: Array.isArray(json) ? `[${text}]` : text };
  });
}

const VERIFY = ['--trusted-root', 'root.json', '--bundle', 'made.json'];

describe('bundle create', () => {
  test('a signature, a key and the log’s entry of them make a bundle that verifies', async () => {
    const entry = await entered(await submissionOf(ARTIFACT));
    await make(
      'bundle',
      'create',
      '--artifact',
      'artifact',
      '--signature',
      'signature',
      '--key',
      'key.pub',
      '--rekor-url',
      services.url,
      '--out',
      'made.json',
    );
    const bundle = JSON.parse(readFileSync(join(folder, 'made.json'), 'utf8'));
    expect(bundle).toMatchObject({
      mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
      verificationMaterial: { tlogEntries: [{ logIndex: String(entry.logIndex), inclusionProof: { checkpoint: {} } }] },
      messageSignature: { messageDigest: { algorithm: 'SHA2_256' } },
    });
    await make('verify-blob', ...VERIFY, '--key', 'key.pub', 'artifact');
  });

  test.each(['p384', 'p521'] as const)('the entry of a %s key is found by whichever digest was entered', async (kind) => {
    await entered(await submissionOf(ARTIFACT, signerOf(kind)));
    await make(
      'bundle',
      'create',
      '--artifact',
      'artifact',
      '--signature',
      'signature',
      '--key',
      'key.pub',
      '--rekor-url',
      services.url,
      '--out',
      'made.json',
    );
    await make('verify-blob', ...VERIFY, '--key', 'key.pub', 'artifact');
  });

  test('an envelope makes a bundle of a statement', async () => {
    const { createHash } = await import('node:crypto');
    const sha256 = createHash('sha256').update(ARTIFACT).digest('hex');
    const statement = {
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'artifact', digest: { sha256 } }],
      predicateType: 'https://acme.example/p',
      predicate: {},
    };
    const submission = await envelopeSubmissionOf(Buffer.from(JSON.stringify(statement)));
    await entered(submission);
    write('envelope.json', submission.envelope?.json ?? '');
    await make(
      'bundle',
      'create',
      '--artifact',
      'artifact',
      '--attestation',
      'envelope.json',
      '--key',
      'key.pub',
      '--rekor-url',
      services.url,
      '--out',
      'made.json',
    );
    await make('verify-blob-attestation', ...VERIFY, '--key', 'key.pub', '--type', 'https://acme.example/p', 'artifact');
    write('other', 'something else');
    expect(
      await failed('bundle', 'create', '--artifact', 'other', '--attestation', 'envelope.json', '--key', 'key.pub', '--ignore-tlog'),
    ).toMatchObject({ code: 'bundle-invalid' });
  });

  test('cosign’s older bundle file gets the proof of its entry', async () => {
    const submission = await submissionOf(ARTIFACT);
    const entry = await entered(submission);
    const old = {
      base64Signature: Buffer.from(submission.signature).toString('base64'),
      cert: Buffer.from(pem(submission.verifier)).toString('base64'),
      rekorBundle: rekorBundleJson(entry),
    };
    write('old.json', JSON.stringify(old));
    const made = JSON.parse(
      await make('bundle', 'create', '--artifact', 'artifact', '--bundle', 'old.json', '--rekor-url', services.url, '--output', 'json'),
    );
    expect(made).toMatchObject({
      schema: 'assay/bundle/v1',
      outcome: 'made',
      from: 'cosign-blob-bundle',
      bundle: { verificationMaterial: { publicKey: {} } },
    });
    write('made.json', JSON.stringify(made.bundle));
    await make('verify-blob', ...VERIFY, '--key', 'key.pub', 'artifact');
    expect(await failed('bundle', 'create', '--artifact', 'artifact', '--bundle', 'old.json', '--ignore-tlog')).toMatchObject({
      code: 'usage-invalid',
    });
  });

  test('a certificate and a timestamp, without a log', async () => {
    const certificate = sigstore.issue({ notBefore: new Date(Date.now() - 60_000), sans: [{ email: 'dev@example.test' }] });
    const { sign } = await import('../../src/testing/index.ts');
    const signature = sign(certificate.key, Buffer.from(ARTIFACT), { hash: 'sha256' });
    write('signature', signature);
    write('cert.pem', certificate.pem);
    const der = timestamp(sigstore.tsa, signature, { at: new Date() });
    for (const stamp of [der, JSON.stringify({ SignedRFC3161Timestamp: der.toString('base64') })]) {
      write('stamp', stamp);
      await make(
        'bundle',
        'create',
        '--artifact',
        'artifact',
        '--signature',
        'signature',
        '--certificate',
        'cert.pem',
        '--rfc3161-timestamp',
        'stamp',
        '--ignore-tlog',
        '--out',
        'made.json',
      );
      const identity = ['--certificate-identity', 'dev@example.test', '--certificate-oidc-issuer-regexp', '.*'];
      await make('verify-blob', ...VERIFY, ...identity, '--insecure-ignore-tlog', '--use-signed-timestamps', 'artifact');
    }
  });

  test('parts that do not belong together make no bundle', async () => {
    await entered(await submissionOf('something else'));
    const parts = [
      'bundle',
      'create',
      '--artifact',
      'artifact',
      '--signature',
      'signature',
      '--key',
      'key.pub',
      '--ignore-tlog',
      '--out',
      'made.json',
    ];
    expect(await failed(...parts)).toMatchObject({ code: 'bundle-invalid', exit: 1 });
    expect(() => readFileSync(join(folder, 'made.json'))).toThrow();
  });

  test('what is in no log is said to be missing, and a log that lies is not believed', async () => {
    const submission = await submissionOf(ARTIFACT);
    write('key.pub', pem(submission.verifier));
    write('signature', Buffer.from(submission.signature).toString('base64'));
    const parts = [
      'bundle',
      'create',
      '--artifact',
      'artifact',
      '--signature',
      'signature',
      '--key',
      'key.pub',
      '--rekor-url',
      services.url,
    ];
    expect(await failed(...parts)).toMatchObject({ code: 'not-found' });
    await entered(submission);
    const liar = await lyingLog((entry) => entry.inclusionProof?.hashes.reverse());
    expect(await failed(...parts.slice(0, -1), liar.url)).toMatchObject({ code: 'service-lied' });
    await liar.close();
    services.faults.add({ kind: 'status', status: 500 });
    expect(await failed(...parts)).toMatchObject({ code: 'service-unavailable', exit: 3 });
    expect(await failed(...parts, '--offline')).toMatchObject({ code: 'offline' });
  });

  test.each([
    [['--signature', 'signature', '--key', 'key.pub']],
    [['--artifact', 'artifact', '--key', 'key.pub']],
    [['--artifact', 'artifact', '--signature', 'signature', '--ignore-tlog']],
    [['--artifact', 'artifact', '--signature', 'signature', '--bundle', 'x']],
    [['--artifact', 'artifact', '--signature', 'signature', '--key', 'key.pub', '--rekor-url', 'rekor.example']],
  ])('%j is misuse', async (parts) => {
    await entered(await submissionOf(ARTIFACT));
    expect(await failed('bundle', 'create', ...parts)).toMatchObject({ code: 'usage-invalid', exit: 2 });
  });
});

describe('bundle upgrade', () => {
  const certificate = sigstore.issue({ notBefore: new Date(Date.now() - 60_000), sans: [{ email: 'dev@example.test' }] });
  const signer = { kind: 'certificate' as const, certificate, chain: sigstore.ca.chain };
  const identity = ['--certificate-identity', 'dev@example.test', '--certificate-oidc-issuer-regexp', '.*'];

  test('of a bundle v0.1 whose entry has no proof: it is fetched', async () => {
    const submission = await submissionOf(ARTIFACT);
    const entry = await entered(submission);
    const bundle = messageBundle(sigstore, { kind: 'key', key: { ...certificate.key } }, Buffer.from(ARTIFACT), { version: '0.1' });
    bundle.messageSignature = { ...bundle.messageSignature, signature: Buffer.from(submission.signature).toString('base64') };
    const { inclusionProof: _, ...unproven } = entryJson(entry) as Record<string, unknown>;
    bundle.verificationMaterial = { publicKey: { hint: 'mine' }, tlogEntries: [unproven as never] };
    write('old.json', JSON.stringify(bundle));
    await make('bundle', 'upgrade', 'old.json', '--rekor-url', services.url, '--out', 'made.json');
    await make('verify-blob', ...VERIFY, '--key', 'key.pub', 'artifact');
    for (const [code, lie] of [
      ['log-entry-invalid', (e: LogEntryJson) => Object.assign(e, { logId: { keyId: Buffer.alloc(32).toString('base64') } })],
      ['service-lied', (e: LogEntryJson) => e.inclusionProof?.hashes.reverse()],
      ['service-lied', (e: LogEntryJson) => Object.assign(e, { logIndex: String(Number(e.logIndex) + 1) })],
    ] as const) {
      const liar = await lyingLog(lie);
      expect(await failed('bundle', 'upgrade', 'old.json', '--rekor-url', liar.url)).toMatchObject({ code });
      await liar.close();
    }
  });

  test('of a bundle v0.2 needs no network; the chain is left out, and said to be', async () => {
    write(
      'old.json',
      JSON.stringify(messageBundle(sigstore, signer, Buffer.from(ARTIFACT), { version: '0.2', logs: [{ at: new Date() }] })),
    );
    const asked = services.log.length;
    const ran = await run('bundle', 'upgrade', 'old.json', '--out', 'made.json', '--offline');
    expect(ran).toMatchObject({ exit: 0 });
    expect(ran.stderr).toContain('leaf alone');
    expect(services.log.length).toBe(asked);
    await make('verify-blob', ...VERIFY, ...identity, 'artifact');
  });

  test('of cosign’s older file states the digest that the log’s entry has', async () => {
    const submission = await submissionOf(ARTIFACT);
    const entry = await entered(submission);
    const old = { base64Signature: Buffer.from(submission.signature).toString('base64'), rekorBundle: rekorBundleJson(entry) };
    write('old.json', JSON.stringify(old));
    expect(await failed('bundle', 'upgrade', 'old.json')).toMatchObject({ code: 'usage-invalid' });
    const made = JSON.parse(await make('bundle', 'upgrade', 'old.json', '--key', 'key.pub', '--rekor-url', services.url));
    expect(made.messageSignature.messageDigest).toEqual({
      algorithm: 'SHA2_256',
      digest: Buffer.from(submission.digest).toString('base64'),
    });
    write('made.json', JSON.stringify(made));
    await make('verify-blob', ...VERIFY, '--key', 'key.pub', 'artifact');
  });

  test('of a bundle v0.3 changes nothing', async () => {
    const bytes = JSON.stringify(messageBundle(sigstore, signer, Buffer.from(ARTIFACT)));
    write('new.json', bytes);
    expect((await make('bundle', 'upgrade', 'new.json')).trim()).toBe(bytes);
  });

  test('of something else is an error', async () => {
    write('x.json', '{"a":1}');
    expect(await failed('bundle', 'upgrade', 'x.json')).toMatchObject({ code: 'input-invalid' });
    write('x.json', 'no JSON');
    expect(await failed('bundle', 'upgrade', 'x.json')).toMatchObject({ code: 'input-invalid' });
  });
});

describe('bundle inspect', () => {
  const at = new Date();
  const certificate = sigstore.issue({ notBefore: new Date(Date.now() - 60_000), sans: [{ email: 'dev@example.test' }] });
  const signer = { kind: 'certificate' as const, certificate, chain: sigstore.ca.chain };

  test('says what is signed, by whom, in which logs, when, and that nothing of it is verified', async () => {
    const statement = {
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'app\u001b[31m', digest: { sha256: DIGEST.repeat(4) } }],
      predicateType: 'https://acme.example/p',
      predicate: {},
    };
    write(
      'b.json',
      JSON.stringify(dsseBundle(sigstore, signer, Buffer.from(JSON.stringify(statement)), { logs: [{ at }], timestamps: [{ at }] })),
    );
    const text = await make('bundle', 'inspect', 'b.json');
    expect(text).toMatch(/^b\.json.*Sigstore bundle 0\.3, attestation.*unverified/);
    expect(text).not.toContain('\u001b');
    const lines = text.split('\n').map((l) => l.trim().split(/\s{2,}/)[0]);
    expect(lines.slice(1, 5)).toEqual(['states', 'about', 'signed by', 'issuer']);
    expect(lines.indexOf('log')).toBeLessThan(lines.indexOf('timestamp'));
    const json = JSON.parse(await make('bundle', 'inspect', 'b.json', '--output', 'json'));
    expect(json).toMatchObject({
      schema: 'assay/bundle-inspect/v1',
      unverified: true,
      form: 'sigstore-bundle',
      kind: 'attestation',
      signed: {
        kind: 'statement',
        predicateType: 'https://acme.example/p',
        subjects: [{ name: 'app\u001b[31m', digests: { sha256: DIGEST.repeat(4) } }],
      },
      signer: { kind: 'certificate', names: [{ kind: 'email' }], certificates: 1 },
      log: [{ promise: true, time: expect.any(String), proof: { origin: expect.any(String) } }],
      timestamps: [{ hash: 'sha256', authority: expect.stringContaining('tsa') }],
      problems: [],
    });
  });

  test.each(['0.1', '0.2', '0.3', '0.3-old'] as const)('reads version %s', async (version) => {
    write('b.json', JSON.stringify(messageBundle(sigstore, signer, Buffer.from(ARTIFACT), { version, logs: [{ at }] })));
    const json = JSON.parse(await make('bundle', 'inspect', 'b.json', '--output', 'json'));
    expect(json).toMatchObject({ kind: 'signature', signed: { kind: 'file', digest: { algorithm: 'SHA2_256' } } });
  });

  test('reads cosign’s older file and says what it lacks', async () => {
    write('b.json', JSON.stringify(blobBundle(sigstore, signer, Buffer.from(ARTIFACT), { logs: [] })));
    const json = JSON.parse(await make('bundle', 'inspect', 'b.json', '--output', 'json'));
    expect(json).toMatchObject({ form: 'cosign-blob-bundle', signed: { kind: 'file', digest: null }, log: [] });
    expect(json.problems.join()).toContain('no entry of a transparency log');
  });

  test('malformed evidence is an error with its code', async () => {
    write('b.json', JSON.stringify({ mediaType: 'application/vnd.dev.sigstore.bundle.v0.4+json' }));
    expect(await failed('bundle', 'inspect', 'b.json')).toMatchObject({ code: 'bundle-invalid', exit: 1 });
    expect(await failed('bundle', 'inspect', 'missing.json')).toMatchObject({ code: 'file-unreadable' });
  });
});
