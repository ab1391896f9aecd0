/** The clients of logs and timestamp authorities against a served Sigstore that lies. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { rekorV1, rekorV2 } from '../../src/sign/log/index.ts';
import { timestampService } from '../../src/sign/timestamp/index.ts';
import {
  createVirtualSigstore,
  type Lie,
  makeCertificate,
  newKey,
  type SigstoreServices,
  startSigstoreServices,
} from '../../src/testing/index.ts';
import { createServiceClient, type ServiceClient } from '../../src/trust/service-client/client.ts';
import { envelopeSubmissionOf, signerOf, submissionOf } from './log-lab.ts';

const sigstore = createVirtualSigstore({ name: 'served', now: new Date(Math.floor(Date.now() / 1000) * 1000) });
let services: SigstoreServices;
let client: ServiceClient;

beforeAll(async () => {
  services = await startSigstoreServices(sigstore);
  client = createServiceClient({ env: {} });
});
afterAll(async () => {
  await client.close();
  await services.close();
});
afterEach(() => services.faults.clear());

const failing = (code: string) => expect.objectContaining({ code });
const logs = () => [rekorV1({ url: services.url, client }), rekorV2({ url: services.url, client })] as const;

test.each(['p256', 'p384', 'p521', 'rsa2048'] as const)('what a %s key signs is entered in logs of both versions', async (kind) => {
  const signer = signerOf(kind);
  for (const log of logs()) {
    const { proof } = await log.enter(await submissionOf(`${kind} ${log.version}`, signer));
    expect(proof?.checkpoint).toContain('served');
  }
});

test('entering the same twice: found again by Rekor v1, refused by Rekor v2', async () => {
  const [v1, v2] = logs();
  const submission = await envelopeSubmissionOf(Buffer.from('{"twice":true}'));
  const first = await v1.enter(submission);
  expect(await v1.enter(submission)).toEqual(first);
  await v2.enter(submission);
  await expect(v2.enter(submission)).rejects.toThrow(failing('service-refused'));
});

test.each<Lie>(['inclusion-proof', 'another-entry'])('the lie "%s" is not believed', async (lie) => {
  services.faults.add({ kind: 'lie', lie });
  for (const log of logs()) await expect(log.enter(await submissionOf(`${lie} ${log.version}`))).rejects.toThrow(failing('service-lied'));
});

test.each<Lie>(['imprint', 'nonce'])('a timestamp with the lie "%s" is not believed', async (lie) => {
  services.faults.add({ kind: 'lie', lie });
  const service = timestampService({ url: services.timestampUrl, client });
  await expect(service.stamp(Buffer.from('signature'))).rejects.toThrow(failing('service-lied'));
});

test.each([
  [{ kind: 'status', status: 502 }, 'service-unavailable'],
  [{ kind: 'reset' }, 'service-unavailable'],
  [{ kind: 'truncate' }, 'service-unavailable'],
  [{ kind: 'status', status: 400, body: '{"message":"no"}' }, 'service-refused'],
] as const)('a service that does %j fails with %s', async (fault, code) => {
  services.faults.add(fault);
  const submission = await submissionOf(JSON.stringify(fault));
  for (const log of logs()) await expect(log.enter(submission)).rejects.toThrow(failing(code));
  await expect(timestampService({ url: services.timestampUrl, client }).stamp(Buffer.from('x'))).rejects.toThrow(failing(code));
});

describe('a timestamp authority that wants a client certificate', () => {
  let folder: string;
  let guarded: SigstoreServices;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'assay-mtls-'));
    const write = (name: string, content: string): string => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const [caKey, key] = [newKey('p256'), newKey('p256')];
    const [notBefore, notAfter] = [new Date(Date.now() - 60_000), new Date(Date.now() + 3_600_000)];
    const { basicConstraints, keyUsage, subjectAltName } = await import('../../src/testing/index.ts');
    const ca = makeCertificate({
      subject: [['CN', 'mtls']],
      key: caKey,
      notBefore,
      notAfter,
      extensions: [basicConstraints(true), keyUsage(['keyCertSign'])],
    });
    const leaf = makeCertificate({
      subject: [['CN', 'tsa']],
      key,
      issuer: ca,
      notBefore,
      notAfter,
      extensions: [subjectAltName([{ dns: 'tsa.example' }]), keyUsage(['digitalSignature'])],
    });
    write('ca.pem', ca.pem);
    write('cert.pem', leaf.pem);
    write('key.pem', key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    const pem = { cert: leaf.pem, key: key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), ca: ca.pem };
    guarded = await startSigstoreServices(sigstore, { tls: pem });
  });
  afterAll(async () => {
    await guarded.close();
    rmSync(folder, { recursive: true });
  });

  const stamp = async (tls: {
    readonly ca?: readonly string[];
    readonly clientCert?: string;
    readonly clientKey?: string;
    readonly serverName?: string;
  }) => {
    const own = createServiceClient({ env: {}, tls });
    try {
      return await timestampService({ url: guarded.timestampUrl, client: own }).stamp(Buffer.from('signature'));
    } finally {
      await own.close();
    }
  };

  test('gets it, under the name that its own certificate has', async () => {
    const ca = [join(folder, 'ca.pem')];
    const whole = { ca, clientCert: join(folder, 'cert.pem'), clientKey: join(folder, 'key.pem'), serverName: 'tsa.example' };
    expect((await stamp(whole)).length).toBeGreaterThan(100);
    await expect(stamp({ ca, serverName: 'tsa.example' })).rejects.toThrow(failing('service-unavailable'));
    await expect(stamp({ ...whole, serverName: 'other.example' })).rejects.toThrow(failing('service-unavailable'));
    const { ca: _, ...unknown } = whole;
    await expect(stamp(unknown)).rejects.toThrow(failing('service-unavailable'));
  });
});
