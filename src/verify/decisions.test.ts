import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { importPublicKey } from '../crypto/index.ts';
import { AssayError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { createMemoryStore } from '../oci/memory/index.ts';
import type { Store } from '../oci/store.ts';
import { createVirtualSigstore, newKey, pushImage, pushLayers, signatureLayer, simpleSigningPayload } from '../testing/index.ts';
import { createPairCache } from '../trust/index.ts';
import { createDecisions } from './decisions.ts';
import type { EvidenceLeaf } from './requirement.ts';

const key = newKey('p256');
const memory = createMemoryStore();
const signed = pushImage(memory, 'signed');
const unsigned = pushImage(memory, 'unsigned');
pushLayers(memory, signed, 'sig', [
  signatureLayer(createVirtualSigstore(), { kind: 'key', key }, simpleSigningPayload(signed.digest), { logs: [] }),
]);

function leaf(): EvidenceLeaf {
  const trust = { logs: [], ctLogs: [], certificateAuthorities: [], timestampAuthorities: [], pairs: createPairCache() };
  return {
    kind: 'evidence',
    wanted: { kind: 'signature' },
    authorities: [{ kind: 'key', name: 'k', key: importPublicKey(key.spki) }],
    threshold: 1,
    demands: { unsafeSkipTransparencyLog: true },
    trust,
  };
}

/** A store that counts the questions about signatures, and fails when it is told to. */
function counted(label = 'store'): { store: Store; asked: () => number; fail: (on: boolean) => void } {
  let asked = 0;
  let failing = false;
  const store: Store = {
    ...memory,
    label,
    attached(subject, suffix, options) {
      asked++;
      if (failing) return Promise.reject(new AssayError('registry-error', 'down'));
      return memory.attached(subject, suffix, options);
    },
  };
  return {
    store,
    asked: () => asked / 2,
    fail: (on) => {
      failing = on;
    },
  };
}

function ask(store: Store, requirement: EvidenceLeaf, image = signed, now = 0) {
  return {
    stores: [store],
    digest: image.digest,
    subject: { digests: new Map([['sha256', image.digest.slice(7)]]), bytes: image.bytes },
    requirement,
    now,
  };
}

describe('decisions', () => {
  test('a verified one is given again for its time, and then asked anew', async () => {
    const { store, asked } = counted();
    const [decisions, requirement] = [createDecisions(), leaf()];
    for (const now of [0, 1, LIMITS.verifiedHoldsMs - 1])
      expect((await decisions.verify(ask(store, requirement, signed, now))).outcome).toBe('verified');
    expect(asked()).toBe(1);
    await decisions.verify(ask(store, requirement, signed, LIMITS.verifiedHoldsMs));
    expect(asked()).toBe(2);
  });
  test('a refusal holds for a shorter time', async () => {
    const { store, asked } = counted();
    const [decisions, requirement] = [createDecisions(), leaf()];
    for (const now of [0, LIMITS.refusalHoldsMs - 1, LIMITS.refusalHoldsMs])
      expect((await decisions.verify(ask(store, requirement, unsigned, now))).outcome).toBe('unsigned');
    expect(asked()).toBe(2);
  });
  test('equal questions under way are asked once', async () => {
    const { store, asked } = counted();
    const [decisions, requirement] = [createDecisions(), leaf()];
    await Promise.all(Array.from({ length: 50 }, () => decisions.verify(ask(store, requirement))));
    expect(asked()).toBe(1);
  });
  test('what is inconclusive is never remembered', async () => {
    const { store, asked, fail } = counted();
    const [decisions, requirement] = [createDecisions(), leaf()];
    fail(true);
    expect((await decisions.verify(ask(store, requirement, unsigned))).outcome).toBe('inconclusive');
    fail(false);
    expect((await decisions.verify(ask(store, requirement, unsigned))).outcome).toBe('unsigned');
    expect(asked()).toBe(2);
  });
  test('another requirement, another digest, another store are other questions', async () => {
    const { store } = counted();
    const [decisions, requirement] = [createDecisions(), leaf()];
    const stranger: EvidenceLeaf = {
      ...leaf(),
      authorities: [
        {
          kind: 'key',
          name: 's',
          key: importPublicKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'der' })),
        },
      ],
    };
    expect((await decisions.verify(ask(store, requirement))).outcome).toBe('verified');
    expect((await decisions.verify(ask(store, stranger))).outcome).toBe('untrusted');
    expect((await decisions.verify(ask(store, requirement, unsigned))).outcome).toBe('unsigned');
    expect((await decisions.verify(ask(createMemoryStore({ label: 'empty' }), requirement))).outcome).toBe('unsigned');
  });
});
