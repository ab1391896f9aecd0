/** Our clients against the real Rekor v2 and the real timestamp server. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { algorithmsOf } from '../../src/crypto/index.ts';
import { rekorV2 } from '../../src/sign/log/index.ts';
import { timestampService } from '../../src/sign/timestamp/index.ts';
import { encodeBundle } from '../../src/signature/sigstore-bundle/encode.ts';
import { sharedKey } from '../../src/testing/index.ts';
import { parseTimestamp, parseTrustedRoot, verifyTimestamp } from '../../src/trust/index.ts';
import { createServiceClient, type ServiceClient } from '../../src/trust/service-client/client.ts';
import { envelopeSubmissionOf, signerOf, submissionOf } from '../sign/log-lab.ts';
import { openWorkshop, type Workshop } from './lab/workshop.ts';
import { lacksServers, type RealRekor, type RealTimestampServer, startRekorV2, startTimestampServer } from './servers.ts';

describe.skipIf(lacksServers())('the real servers', () => {
  let rekor: RealRekor;
  let tsa: RealTimestampServer;
  let client: ServiceClient;
  let workshop: Workshop;

  beforeAll(async () => {
    [rekor, tsa] = await Promise.all([startRekorV2(), startTimestampServer()]);
    client = createServiceClient({ env: {} });
    workshop = openWorkshop('rekor-v2');
  }, 60_000);
  afterAll(async () => {
    await client?.close();
    await workshop?.close();
    await Promise.all([rekor?.close(), tsa?.close()]);
  });

  function trustedRoot(): string {
    return JSON.stringify({
      mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
      tlogs: [rekor.instance],
      timestampAuthorities: [tsa.instance],
    });
  }

  test.each(['p256', 'p384', 'p521', 'rsa2048', 'ed25519'] as const)('what a %s key signed is entered', async (kind) => {
    const signer = signerOf(kind);
    const algorithm = algorithmsOf(signer.publicKey).find((a) => kind !== 'ed25519' || a.scheme.prehashed === true);
    const entry = await rekorV2({ url: rekor.url, client }).enter(await submissionOf(`by ${kind}`, signer, algorithm));
    expect(entry).toMatchObject({ kind: 'hashedrekord', version: '0.0.2', integratedTime: 0, promise: undefined });
  });

  test('an envelope is entered by the digest of what is signed', async () => {
    const entry = await rekorV2({ url: rekor.url, client }).enter(await envelopeSubmissionOf(Buffer.from('{"a":1}')));
    expect(entry.proof?.checkpoint).toMatch(/^rekor\.local\n/);
  });

  test('an equal entry is refused and its index named; a wrong signature is refused with what the log says', async () => {
    const submission = await submissionOf('twice');
    const log = rekorV2({ url: rekor.url, client });
    const { logIndex } = await log.enter(submission);
    await expect(log.enter(submission)).rejects.toThrow(
      expect.objectContaining({ code: 'service-refused', message: expect.stringContaining(`index ${logIndex}`) }),
    );
    const { digest } = await submissionOf('something else');
    await expect(log.enter({ ...submission, digest })).rejects.toThrow(
      expect.objectContaining({ code: 'service-refused', message: expect.stringContaining('invalid hashedrekord request') }),
    );
  });

  test.each(['sha256', 'sha384', 'sha512'] as const)('the timestamp server stamps a %s digest', async (hash) => {
    const token = parseTimestamp(await timestampService({ url: tsa.url, client }).stamp(Buffer.from('signature'), { hash }));
    const [authority] = parseTrustedRoot(trustedRoot()).timestampAuthorities;
    expect(token.imprint.hash).toBe(hash);
    expect(authority === undefined ? 'no authority' : verifyTimestamp(token, authority)).toHaveProperty('signer');
  });

  test('real cosign verifies a bundle made of both answers', async () => {
    const key = sharedKey('p256', 'rekor-v2 interop');
    const { localSigner, privateKeyOf } = await import('../../src/crypto/index.ts');
    const signer = localSigner(privateKeyOf(key.privateKey), 'key');
    const submission = await submissionOf('the blob', signer);
    const [entry, der] = await Promise.all([
      rekorV2({ url: rekor.url, client }).enter(submission),
      timestampService({ url: tsa.url, client }).stamp(submission.signature),
    ]);
    const bundle = encodeBundle({
      content: { kind: 'artifact', signature: submission.signature, stated: { algorithm: 'SHA2_256', digest: submission.digest } },
      material: { kind: 'public-key', hint: Buffer.from(signer.publicKey.keyId.slice(7), 'hex').toString('base64') },
      logEntries: [entry],
      timestamps: [{ der, over: 'signature' }],
    });
    workshop.write('blob', 'the blob');
    workshop.write('bundle.json', bundle);
    workshop.write('key.pub', key.spkiPem);
    workshop.write('root.json', trustedRoot());
    const verify = [
      'verify-blob',
      '--key',
      'key.pub',
      '--trusted-root',
      'root.json',
      '--bundle',
      'bundle.json',
      '--use-signed-timestamps',
      'blob',
    ];
    expect(await workshop.cosign('3', verify)).toMatchObject({ code: 0 });
    expect(await workshop.assay(verify)).toMatchObject({ code: 0 });
  });

  test('sign-blob signs with the real servers, and cosign verifies it', async () => {
    const spec = (url: string, version: number): string => `url=${url},api-version=${version},start-time=2024-01-01T00:00:00Z,operator=lab`;
    workshop.write('cosign.pem', sharedKey('p256', 'rekor-v2 interop').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    workshop.write('key.pub', sharedKey('p256', 'rekor-v2 interop').spkiPem);
    workshop.write('blob', 'the blob');
    workshop.write('root.json', trustedRoot());
    const create = [
      'signing-config',
      'create',
      `--rekor=${spec(rekor.url, 2)}`,
      '--rekor-config=ANY',
      `--tsa=${spec(tsa.url, 1)}`,
      '--tsa-config=ANY',
    ];
    expect(await workshop.assay([...create, '--out', 'sc.json'])).toMatchObject({ code: 0 });
    const sign = [
      'sign-blob',
      '--key',
      'cosign.pem',
      '--trusted-root',
      'root.json',
      '--signing-config',
      'sc.json',
      '--bundle',
      'own.json',
      'blob',
    ];
    const signed = await workshop.assay(sign);
    expect(signed, signed.stderr).toMatchObject({ code: 0 });
    const verify = [
      'verify-blob',
      '--key',
      'key.pub',
      '--trusted-root',
      'root.json',
      '--bundle',
      'own.json',
      '--use-signed-timestamps',
      'blob',
    ];
    expect(await workshop.cosign('3', verify)).toMatchObject({ code: 0 });
    expect(await workshop.assay(verify)).toMatchObject({ code: 0 });
  });
});
