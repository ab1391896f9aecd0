import { expect, test } from 'vitest';
import { AssayError } from '../errors.ts';
import { createMemoryStore } from '../oci/memory/index.ts';
import type { Store } from '../oci/store.ts';
import { createVirtualSigstore, newKey, pushImage, pushLayers, signatureLayer, simpleSigningPayload } from '../testing/index.ts';
import { createPairCache } from '../trust/index.ts';
import { imageSubject, publicKey, signedBy } from './ask.ts';
import type { EvidenceLeaf } from './requirement.ts';
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

test('a piece is verified once for all leaves that ask the same of it, and again for one that asks more', async () => {
  const stored = await memory.manifest(signed.digest);
  if (stored === undefined) throw new Error('the image is not there');
  const trust = { logs: [], ctLogs: [], certificateAuthorities: [], timestampAuthorities: [], pairs: createPairCache() };
  const authority = publicKey(key.publicKey.export({ type: 'spki', format: 'pem' }).toString());
  let verifications = 0;
  const counting = {
    ...authority,
    get key() {
      verifications++;
      return authority.key;
    },
  };
  const leaf = (more: Partial<EvidenceLeaf> = {}): EvidenceLeaf => ({
    kind: 'evidence',
    wanted: { kind: 'signature' },
    authorities: [counting],
    threshold: 1,
    trust,
    demands: { unsafeSkipTransparencyLog: true },
    ...more,
  });
  const asked = async (of: readonly EvidenceLeaf[]) => {
    verifications = 0;
    const verdict = await verifySubject({ stores: [memory], ...imageSubject(stored), requirement: { kind: 'allOf', of }, now: 0 });
    return { verifications, outcomes: verdict.verdict.parts.map((part) => part.outcome) };
  };
  const refuses = [{ name: 'never', evaluate: async () => ({ result: 'fail', reason: 'no' }) as const }];
  const one = await asked([leaf()]);
  expect(one.verifications).toBeGreaterThan(0);
  // conditions are each leaf's own
  const three = await asked([leaf(), leaf({ conditions: refuses }), leaf({ demands: { unsafeSkipTransparencyLog: true } })]);
  expect(three.outcomes).toEqual(['verified', 'denied', 'verified']);
  const judged = await asked([leaf()]);
  expect(three.verifications - judged.verifications).toBeLessThan(judged.verifications);
  const strict = await asked([leaf(), leaf({ demands: {} }), leaf({ demands: { ...leaf().demands, annotations: new Map([['a', 'b']]) } })]);
  expect(strict.outcomes).toEqual(['verified', 'untrusted', 'denied']);
  expect((await asked([leaf({ authorities: [publicKey(newKey('p256').spkiPem)] }), leaf()])).outcomes).toEqual(['untrusted', 'verified']);
});
