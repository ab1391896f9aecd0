import { expect, test } from 'vitest';
import { AssayError } from '../errors.ts';
import { createMemoryStore } from '../oci/memory/index.ts';
import type { Store } from '../oci/store.ts';
import { createVirtualSigstore, newKey, pushImage, pushLayers, signatureLayer, simpleSigningPayload } from '../testing/index.ts';
import { createPairCache } from '../trust/index.ts';
import { imageSubject, publicKey, signedBy } from './ask.ts';
import { verifySubject } from './subject.ts';

const key = newKey('p256');
const memory = createMemoryStore();
const signed = pushImage(memory, 'signed');
const layer = signatureLayer(createVirtualSigstore(), { kind: 'key', key }, simpleSigningPayload(signed.digest), { logs: [] });
pushLayers(memory, signed, 'sig', [layer, layer]);

/** A store whose referrers API never answers: it gives up only when it is told to. */
const hanging: Store = {
  ...memory,
  async *referrers(_subject, { signal } = {}) {
    await new Promise((resolve) => signal?.addEventListener('abort', resolve));
    throw new AssayError('registry-timeout', 'not waited for');
  },
};

test('tells once that enough was found, so that who asks need not wait for a place that hangs', async () => {
  const stored = await memory.manifest(signed.digest);
  if (stored === undefined) throw new Error('the image is not there');
  const settle = new AbortController();
  let told = 0;
  const trust = { logs: [], ctLogs: [], certificateAuthorities: [], timestampAuthorities: [], pairs: createPairCache() };
  const pem = key.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const verdict = await verifySubject({
    stores: [hanging],
    ...imageSubject(stored),
    requirement: signedBy([publicKey(pem)], trust, { demands: { unsafeSkipTransparencyLog: true } }),
    now: 0,
    signal: settle.signal,
    onMet() {
      told++;
      settle.abort();
    },
  });
  expect(told).toBe(1);
  expect(verdict.outcome).toBe('verified');
  expect(verdict.errors.map((e) => e.code)).toEqual(['registry-timeout']);
});
