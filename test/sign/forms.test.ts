import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/bytes/index.ts';
import { localSigner, type PublicKey, privateKeyOf, type Signer } from '../../src/crypto/index.ts';
import { digestOf, parseDigest } from '../../src/oci/digest.ts';
import { makeEvidence, predicateOf, samePredicate, schemeFor, signStatement, simpleSigningPayload } from '../../src/sign/index.ts';
import { decodeBundle, decodeCosignLayer, encodeBundle, encodeCosignLayer, parseSimpleSigning } from '../../src/signature/index.ts';
import { createVirtualSigstore, dsseBundle, jsonBytes, type KeyKind, messageBundle, sharedKey } from '../../src/testing/authority/index.ts';

const DIGEST = digestOf(utf8('an image'));
const NO_SERVICES = { certificates: undefined, logs: [], timestamps: [] };

function signerOf(kind: KeyKind): Signer {
  return localSigner(privateKeyOf(sharedKey(kind).privateKey), kind);
}

describe('payloads', () => {
  test('simple signing, whatever the pairs are, says what it was made of', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.string()), (pairs) => {
        const annotations = new Map(Object.entries(pairs));
        const payload = simpleSigningPayload({ dockerReference: 'registry.example/app', digest: DIGEST, annotations });
        const read = parseSimpleSigning(payload);
        expect(read).toMatchObject({ digest: DIGEST, dockerReference: 'registry.example/app' });
        expect(new Map([...read.optional].sort())).toEqual(new Map([...annotations].sort()));
      }),
    );
  });

  test('cosign 3 gives the subject of a signature no name, and no annotations where there are none', () => {
    expect(JSON.parse(Buffer.from(signStatement(DIGEST, new Map())).toString())).toEqual({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ digest: { sha256: DIGEST.slice(7) } }],
      predicateType: 'https://sigstore.dev/cosign/sign/v1',
      predicate: {},
    });
  });

  test('predicates: numbers stay what they are, custom ones are wrapped, and what is no object is refused', async () => {
    const now = new Date('2026-11-21T12:00:00Z');
    const type = 'https://acme.example/review/v1';
    expect((await predicateOf(utf8('{"n":12345678901234567890}'), type, now)).json).toContain('12345678901234567890');
    const custom = await predicateOf(utf8('any text'), 'custom', now);
    expect(JSON.parse(custom.json)).toEqual({ Data: 'any text', Timestamp: '2026-11-21T12:00:00Z' });
    expect(JSON.parse((await predicateOf(utf8('SPDXVersion: SPDX-2.3'), 'spdx', now)).json)).toBe('SPDXVersion: SPDX-2.3');
    for (const text of ['[]', '1', '{', '{"a":1,"a":2}'])
      await expect(predicateOf(utf8(text), type, now)).rejects.toMatchObject({ code: 'predicate-invalid' });
    expect(samePredicate(custom.type, { Data: 'x', Timestamp: 'a' }, { Data: 'x', Timestamp: 'b' })).toBe(true);
    expect(samePredicate(type, { Data: 'x', Timestamp: 'a' }, { Data: 'x', Timestamp: 'b' })).toBe(false);
    expect(samePredicate(type, { a: 1, b: [2] }, { b: [2], a: 1 })).toBe(true);
  });
});

describe('schemes', () => {
  test.each([
    ['p256', false, 'sha256'],
    ['p384', false, 'sha384'],
    ['p521', false, 'sha512'],
    ['p384', true, 'sha256'],
    ['p521', true, 'sha256'],
    ['rsa2048', false, 'sha256'],
  ] as const)('%s, in a tag: %s, signs with %s', (kind, sha256, hash) => {
    expect(schemeFor(signerOf(kind), { sha256, byDigest: true })).toMatchObject({ hash });
  });

  test('Ed25519 is prehashed exactly where a log is given a digest', () => {
    expect(schemeFor(signerOf('ed25519'), { sha256: false, byDigest: true })).toMatchObject({ prehashed: true });
    expect(schemeFor(signerOf('ed25519'), { sha256: true, byDigest: false }).prehashed ?? false).toBe(false);
    const pure: Signer = { ...signerOf('ed25519'), schemes: [{ hash: 'sha512' }] };
    expect(() => schemeFor(pure, { sha256: false, byDigest: true })).toThrow(expect.objectContaining({ code: 'algorithm-unsupported' }));
  });

  test('a key in a service that has one scheme signs in that one', () => {
    const { publicKey }: { publicKey: PublicKey } = signerOf('rsa2048');
    const bound: Signer = { ...signerOf('rsa2048'), publicKey, schemes: [{ hash: 'sha512', padding: 'pss' }] };
    expect(schemeFor(bound, { sha256: true, byDigest: true })).toEqual({ hash: 'sha512', padding: 'pss' });
  });
});

describe('encoders', () => {
  const sigstore = createVirtualSigstore();
  const signer = { kind: 'certificate' as const, certificate: sigstore.issue(), chain: sigstore.ca.chain };

  test.each([
    ['an envelope', () => dsseBundle(sigstore, signer, signStatement(DIGEST, new Map()), { timestamps: [{}] })],
    ['a file', () => messageBundle(sigstore, signer, utf8('file'), { timestamps: [{}] })],
    ['Rekor v2', () => messageBundle(sigstore, signer, utf8('file'), { logs: [{ log: sigstore.rekor2 }], timestamps: [{}] })],
    ['a key', () => messageBundle(sigstore, { kind: 'key', key: sharedKey('p256') }, utf8('file'))],
  ])('a bundle of %s is written as it was read', (_, make) => {
    const bytes = jsonBytes(make());
    const again = encodeBundle(decodeBundle(bytes));
    expect(JSON.parse(Buffer.from(again).toString())).toEqual(JSON.parse(Buffer.from(bytes).toString()));
    expect(encodeBundle(decodeBundle(again))).toEqual(again);
  });

  test('a layer of cosign, too; and what it has no place for is refused', async () => {
    const party = { signer: signerOf('p256'), chain: [] };
    const payload = simpleSigningPayload({ dockerReference: 'x', digest: parseDigest(DIGEST), annotations: new Map() });
    const entity = await makeEvidence({ kind: 'payload', payload }, 'cosign-tag', party, NO_SERVICES);
    const layer = encodeCosignLayer(entity);
    expect(decodeCosignLayer(layer, 'cosign-tag')).toMatchObject({ content: entity.content, kind: 'signature' });
    const v2 = decodeBundle(
      jsonBytes(dsseBundle(sigstore, signer, signStatement(DIGEST, new Map()), { logs: [{ log: sigstore.rekor2 }] })),
    );
    expect(() => encodeCosignLayer(v2)).toThrow(expect.objectContaining({ code: 'unsupported' }));
    expect(() => encodeBundle(entity)).toThrow(expect.objectContaining({ code: 'bundle-invalid' }));
  });
});
