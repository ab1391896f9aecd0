import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseTarget } from '../../verify/checks/notation/target.ts';
import { decodeNotationEnvelope } from './decode.ts';
import { draftNotaryEnvelope, encodeNotaryPayload } from './encode.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const seconds = fc.integer({ min: 0, max: 4_102_444_800 });

describe('what is encoded', () => {
  test('is what is decoded, whatever it is', () => {
    const making = fc.record({
      form: fc.constantFrom('notation-jws' as const, 'notation-cose' as const),
      algorithm: fc.constantFrom(
        'PS256' as const,
        'PS384' as const,
        'PS512' as const,
        'ES256' as const,
        'ES384' as const,
        'ES512' as const,
      ),
      scheme: fc.constantFrom('notary.x509' as const, 'notary.x509.signingAuthority' as const),
      at: seconds,
      lasts: fc.option(fc.integer({ min: 1, max: 1_000_000_000 }), { nil: undefined }),
      signature: fc.uint8Array({ minLength: 1, maxLength: 512 }),
      chain: fc.array(fc.uint8Array({ minLength: 1, maxLength: 64 }), { minLength: 1, maxLength: 4 }),
      timestamp: fc.option(fc.uint8Array({ minLength: 1, maxLength: 64 }), { nil: undefined }),
      metadata: fc.dictionary(
        fc.string({ unit: 'grapheme', minLength: 1 }).filter((n) => !n.startsWith('io.cncf.notary')),
        fc.string({ unit: 'grapheme' }),
      ),
      size: fc.nat(),
    });
    fc.assert(
      fc.property(making, ({ form, algorithm, scheme, at, lasts, signature, chain, timestamp, metadata, size }) => {
        const pairs = new Map(Object.entries(metadata));
        const payload = encodeNotaryPayload({ mediaType: 'a/b', digest: DIGEST, size, metadata: pairs });
        const expiry = lasts === undefined ? undefined : new Date((at + lasts) * 1000);
        const draft = draftNotaryEnvelope(form, payload, { algorithm, scheme, at: new Date(at * 1000), expiry });
        const { content, material, timestamps, format } = decodeNotationEnvelope(
          draft.finish({ signature, chain, timestamp, agent: 'test' }),
        );
        if (content.kind !== 'notary' || material.kind !== 'certificate') throw new Error('no envelope');
        const { envelope } = content;
        expect(format).toBe(form);
        expect(Buffer.from(envelope.signed)).toEqual(Buffer.from(draft.signed));
        expect(Buffer.from(envelope.signature)).toEqual(Buffer.from(signature));
        expect(material.chain.map((c) => Buffer.from(c))).toEqual(chain.map((c) => Buffer.from(c)));
        expect(timestamps.map((t) => Buffer.from(t.der))).toEqual(timestamp === undefined ? [] : [Buffer.from(timestamp)]);
        expect([envelope.algorithm, envelope.scheme, envelope.plugin, envelope.extended.size]).toEqual([algorithm, scheme, undefined, 0]);
        expect((envelope.signingTime ?? envelope.authenticSigningTime)?.getTime()).toBe(at * 1000);
        expect(envelope.expiry).toEqual(expiry);
        const target = parseTarget(envelope.payload);
        expect(target).toMatchObject({ mediaType: 'a/b', size, algorithm: 'sha256' });
        expect([...target.annotations].sort()).toEqual([...pairs].sort());
      }),
      { numRuns: 100 },
    );
  });

  test('does not expire before it is signed', () => {
    const at = new Date(1_700_000_000_000);
    for (const form of ['notation-jws', 'notation-cose'] as const)
      expect(() => draftNotaryEnvelope(form, Buffer.of(1), { algorithm: 'ES256', scheme: 'notary.x509', at, expiry: at })).toThrow(
        expect.objectContaining({ code: 'usage-invalid' }),
      );
  });
});
