import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { newKey, sign } from '../../src/testing/index.ts';
import { lacksServers, startRekorV2, startTimestampServer } from './servers.ts';

describe.skipIf(lacksServers())('the real servers', () => {
  test('two Rekor v2 run at the same time, and each enters what is signed and nothing else', async () => {
    const servers = await Promise.all([startRekorV2(), startRekorV2({ key: 'ed25519' })]);
    try {
      const key = newKey('p256');
      const data = Buffer.from('logged');
      const body = (signature: Uint8Array): string =>
        JSON.stringify({
          hashedRekordRequestV002: {
            digest: createHash('sha256').update(data).digest('base64'),
            signature: {
              content: Buffer.from(signature).toString('base64'),
              verifier: { publicKey: { rawBytes: key.spki.toString('base64') }, keyDetails: 'PKIX_ECDSA_P256_SHA_256' },
            },
          },
        });
      for (const { url } of servers) {
        const post = (text: string): Promise<Response> =>
          fetch(`${url}/api/v2/log/entries`, { method: 'POST', body: text, headers: { 'Content-Type': 'application/json' } });
        const entered = await post(body(sign(key, data)));
        expect(entered.status).toBe(201);
        expect(await entered.json()).toMatchObject({ kindVersion: { kind: 'hashedrekord', version: '0.0.2' } });
        expect((await post(body(sign(key, Buffer.from('other'))))).status).toBe(400);
      }
    } finally {
      await Promise.all(servers.map((s) => s.close()));
    }
  });

  test('two timestamp servers run at the same time', async () => {
    const servers = await Promise.all([startTimestampServer(), startTimestampServer()]);
    try {
      for (const { url } of servers) {
        const answer = await fetch(`${url}/certchain`);
        expect(answer.status).toBe(200);
      }
    } finally {
      await Promise.all(servers.map((s) => s.close()));
    }
  });
});
