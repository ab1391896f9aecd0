import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkEntry } from '../../src/sign/log/check-entry.ts';
import { proofFromTiles } from '../../src/sign/log/from-tiles.ts';
import { rekorV2 } from '../../src/sign/log/index.ts';
import { createVirtualSigstore, type SigstoreServices, startSigstoreServices, type VirtualSigstore } from '../../src/testing/index.ts';
import { parseCheckpoint, rootFromProof } from '../../src/trust/index.ts';
import { createServiceClient } from '../../src/trust/service-client/client.ts';
import { signerOf, submissionOf } from './log-lab.ts';

describe('an entry that a Rekor v2 log has already', () => {
  let sigstore: VirtualSigstore;
  let services: SigstoreServices;
  const client = createServiceClient({ env: {} });

  beforeAll(async () => {
    // More leaves than one tile of tiles has on its first level.
    sigstore = createVirtualSigstore({ leaves: 66_000, now: new Date(Math.floor(Date.now() / 1000) * 1000) });
    services = await startSigstoreServices(sigstore);
  }, 60_000);
  afterAll(async () => {
    await client.close();
    await services.close();
  });

  test('is answered with its proof, as deterministic keys need it', async () => {
    const log = rekorV2({
      url: services.url,
      client,
      logIdOf: async (origin) => (origin === sigstore.rekor2.host ? sigstore.rekor2.id : undefined),
    });
    const submission = await submissionOf('the same', signerOf('rsa2048'));
    const first = await log.enter(submission);
    await log.enter(await submissionOf('something else'));
    const again = await log.enter(submission);
    expect(again.logIndex).toBe(first.logIndex);
    expect(again.proof?.treeSize).toBeGreaterThan(first.proof?.treeSize ?? 0n);
    expect(Buffer.from(again.logId)).toEqual(sigstore.rekor2.id);
    expect(() => checkEntry(again, { kind: 'hashedrekord/0.0.2', body: first.body }, services.url)).not.toThrow();
  });

  test('is not used where no trusted root names the log, or where another entry stands at its index', async () => {
    const submission = await submissionOf('once', signerOf('rsa2048'));
    const first = await rekorV2({ url: services.url, client }).enter(submission);
    await expect(rekorV2({ url: services.url, client }).enter(submission)).rejects.toMatchObject({ code: 'service-refused' });
    const { proof } = await proofFromTiles(Number(first.logIndex) - 1, { url: services.url, client });
    expect(() =>
      checkEntry({ ...first, logIndex: first.logIndex - 1n, proof }, { kind: 'hashedrekord/0.0.2', body: first.body }, services.url),
    ).toThrow(expect.objectContaining({ code: 'service-lied' }));
  });

  test.each([0, 1, 255, 256, 511, 65_535, 65_536, 65_999])('leaf %i is proven from the tiles', async (index) => {
    const { proof } = await proofFromTiles(index, { url: services.url, client });
    const checkpoint = parseCheckpoint(proof.checkpoint);
    expect(proof.hashes.map((h) => Buffer.from(h).toString('hex'))).toEqual(
      sigstore.rekor2.tree.path(index, Number(checkpoint.size)).map((h) => h.toString('hex')),
    );
    const leaf = sigstore.rekor2.tree.node(0, index) ?? Buffer.alloc(0);
    expect(rootFromProof(leaf, BigInt(index), checkpoint.size, proof.hashes)).toEqual(checkpoint.rootHash);
  });

  test('that no checkpoint covers yet may be there soon', async () => {
    await expect(proofFromTiles(10_000_000, { url: services.url, client })).rejects.toMatchObject({
      code: 'service-unavailable',
      retryable: true,
    });
  });
});
