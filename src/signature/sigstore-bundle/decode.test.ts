import { expect, test } from 'vitest';
import { utf8 } from '../../bytes/index.ts';
import { decodeBundle } from './decode.ts';

function bundle(messageDigest: unknown): Uint8Array {
  return utf8(
    JSON.stringify({
      mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
      verificationMaterial: { publicKey: { hint: '' } },
      messageSignature: { messageDigest, signature: 'AAAA' },
    }),
  );
}

const digest = Buffer.alloc(32, 7).toString('base64');

test('a digest of the message is read as it is stated', () => {
  const { content } = decodeBundle(bundle({ algorithm: 'SHA2_256', digest }));
  expect(content).toMatchObject({ kind: 'artifact', stated: { algorithm: 'SHA2_256', digest: Buffer.alloc(32, 7) } });
});

test.each([[undefined], [null], [{}]])('%j states nothing, as cosign 3 writes it for Ed25519 keys', (value) => {
  expect(decodeBundle(bundle(value)).content).toMatchObject({ kind: 'artifact', stated: undefined });
});

test.each([
  [{ digest }],
  [{ algorithm: 'SHA2_256' }],
  [{ algorithm: 'SHA2_256', digest: '' }],
  [{ algorithm: 1, digest }],
  [{ algorithm: 'SHA2_256', digest: '*' }],
  ['SHA2_256'],
])('%j states half of it, and is refused', (value) => {
  expect(() => decodeBundle(bundle(value))).toThrow(expect.objectContaining({ code: 'bundle-invalid' }));
});
