/** Plugins of Notation that sign: what they answer is checked before it is believed, and a plugin that lies, hangs or floods leaves nothing behind. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import { descriptorOf } from '../../src/oci/descriptor.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { makeNotationEvidence, type NotationEvidence, notationManifest, openPluginSigner } from '../../src/sign/notation/index.ts';
import type { NotationForm } from '../../src/signature/notation/encode.ts';
import { ALGORITHMS, installPlugin, type LabPlugin, NOW } from './notation-lab.ts';

const MANIFEST = Buffer.from('{"schemaVersion":2}');
const SUBJECT = descriptorOf('application/vnd.oci.image.manifest.v1+json', digestOf(MANIFEST), MANIFEST.length);
const ARTIFACT = { mediaType: SUBJECT.mediaType, digests: new Map([['sha256', SUBJECT.digest.slice(7)]]), size: SUBJECT.size };

interface Asked {
  readonly config?: Readonly<Record<string, string>>;
  readonly form?: NotationForm;
  readonly expirySeconds?: number;
  readonly scheme?: 'notary.x509' | 'notary.x509.signingAuthority';
  readonly timeoutMs?: number;
}

async function signBy(
  plugin: LabPlugin,
  { config = {}, form = 'notation-jws', timeoutMs, ...more }: Asked = {},
): Promise<NotationEvidence> {
  const host = plugin.host(config, timeoutMs);
  const signer = await openPluginSigner({ plugin: plugin.name, id: 'key-1' }, host.call);
  const options = { form, signer, metadata: new Map([['stage', 'prod']]), agent: 'assay/test', facts: { plugins: host }, ...more };
  return makeNotationEvidence(ARTIFACT, options, { now: new Date() });
}

let plugin: LabPlugin;
beforeAll(() => {
  plugin = installPlugin();
});
afterAll(() => plugin.close());

describe('a plugin that generates signatures', () => {
  // Making an RSA key of 4096 bits takes as long as chance will have it.
  test.each(Object.entries(ALGORITHMS))('signs with %s', { timeout: 120_000 }, async (kind, algorithm) => {
    const its = installPlugin(kind as keyof typeof ALGORITHMS);
    try {
      for (const form of ['notation-jws', 'notation-cose'] as const) {
        const { found, entity } = await signBy(its, { form, expirySeconds: 60 });
        expect(found).toMatchObject({ outcome: 'verified', format: form });
        expect(entity.content).toMatchObject({ envelope: { algorithm } });
      }
      expect(its.asked().slice(0, 3)).toEqual(['get-plugin-metadata', 'describe-key', 'generate-signature']);
    } finally {
      its.close();
    }
  });

  test('is named in the envelope', async () => {
    const { envelope } = await signBy(plugin);
    expect(JSON.parse(Buffer.from(envelope).toString())).toMatchObject({
      header: { 'io.cncf.notary.signingAgent': 'assay/test com.example.signer/1.0.0' },
    });
  });

  test.each<readonly [lie: string, code: ErrorCode]>([
    ['contract', 'plugin-unavailable'],
    ['no-capability', 'plugin-unavailable'],
    ['described-id', 'service-lied'],
    ['odd-spec', 'algorithm-unsupported'],
    ['key-spec', 'service-lied'],
    ['signed-id', 'service-lied'],
    ['algorithm', 'service-lied'],
    ['no-base64', 'service-lied'],
    ['no-chain', 'service-lied'],
    ['long-chain', 'service-lied'],
    ['chain-text', 'plugin-unavailable'],
    ['no-certificate', 'service-lied'],
    ['other-bytes', 'self-verification-failed'],
    ['other-key', 'self-verification-failed'],
    ['der', 'self-verification-failed'],
    ['short-chain', 'self-verification-failed'],
    ['reversed-chain', 'self-verification-failed'],
    ['denied:generate-signature', 'plugin-unavailable'],
    ['crashes:describe-key', 'plugin-unavailable'],
    ['babbles:generate-signature', 'plugin-unavailable'],
    ['floods:generate-signature', 'plugin-unavailable'],
  ])('is not believed when it gets one thing wrong: %s', async (lie, code) => {
    await expect(signBy(plugin, { config: { lie } })).rejects.toMatchObject({ code });
  });

  test('may not hang', async () => {
    const hanging = signBy(plugin, { config: { lie: 'hangs:generate-signature' }, timeoutMs: 1500 });
    await expect(hanging).rejects.toMatchObject({ code: 'plugin-unavailable', message: expect.stringContaining('no answer within') });
  });

  test('does not run unless it is pinned', async () => {
    const its = installPlugin();
    try {
      const { createPluginHost } = await import('../../src/trust/notation-plugin/index.ts');
      const host = createPluginHost({ folder: its.folder, pins: [], config: its.config, env: {}, home: '/' });
      await expect(openPluginSigner({ plugin: its.name, id: 'x' }, host.call)).rejects.toMatchObject({
        code: 'plugin-unavailable',
        message: expect.stringContaining(`--plugin-digest ${its.pin}`),
      });
      expect(its.asked()).toEqual([]);
    } finally {
      its.close();
    }
  });
});

describe('a plugin that generates envelopes', () => {
  const config = { kind: 'ENVELOPE' };

  test('signs, and its annotations stand in the manifest', async () => {
    const made = await signBy(plugin, { config, expirySeconds: 600 });
    expect(made.found.outcome).toBe('verified');
    expect(made.warnings).toEqual([]);
    const { annotations } = JSON.parse(Buffer.from(notationManifest(made, SUBJECT, NOW)).toString()) as {
      annotations: Record<string, string>;
    };
    expect(annotations['com.example.by']).toBe('plugin');
    expect(JSON.parse(annotations['io.cncf.notary.x509chain.thumbprint#S256'] ?? '')).toHaveLength(3);
  });

  test('chooses the scheme unless one is asked for', async () => {
    const authority = { ...config, scheme: 'notary.x509.signingAuthority' };
    expect((await signBy(plugin, { config: authority })).expected.scheme).toBe('notary.x509.signingAuthority');
    await expect(signBy(plugin, { config: authority, scheme: 'notary.x509' })).rejects.toMatchObject({ code: 'service-lied' });
  });

  test('may add metadata and attributes that nobody has to understand, which is said', async () => {
    const { warnings } = await signBy(plugin, { config: { ...config, lie: 'adds-metadata' } });
    expect(warnings).toEqual([{ code: 'plugin-added-metadata', message: expect.stringContaining('com.example.added') }]);
    expect((await signBy(plugin, { config: { ...config, lie: 'uncritical' } })).found.outcome).toBe('verified');
  });

  test.each<readonly [lie: string, code: ErrorCode, part: string]>([
    ['key-spec', 'service-lied', 'ES384'],
    ['envelope-type', 'service-lied', 'application/cose'],
    ['no-envelope', 'service-lied', 'no signature envelope'],
    ['envelope-algorithm', 'service-lied', 'ES512'],
    ['content-type', 'self-verification-failed', 'content type'],
    ['digest', 'service-lied', 'it is about sha256:0000'],
    ['size', 'service-lied', 'bytes'],
    ['media-type', 'service-lied', 'media type'],
    ['drops-metadata', 'service-lied', 'metadata "stage"'],
    ['changes-metadata', 'service-lied', 'metadata "stage"'],
    ['adds-member', 'service-lied', '"urls"'],
    ['adds-root', 'service-lied', '"more"'],
    ['no-expiry', 'service-lied', 'does not expire'],
    ['expires-late', 'service-lied', 'later than was asked'],
    ['backdated', 'service-lied', 'not now'],
    ['critical', 'self-verification-failed', 'com.example.secret'],
    ['other-key', 'self-verification-failed', 'does not verify'],
    ['other-bytes', 'self-verification-failed', 'does not verify'],
    ['short-chain', 'self-verification-failed', 'no root'],
    ['floods:generate-envelope', 'plugin-unavailable', 'bytes to stdout'],
    ['denied:generate-envelope', 'plugin-unavailable', 'ACCESS_DENIED'],
  ])('is not believed when it gets one thing wrong: %s', async (lie, code, part) => {
    await expect(signBy(plugin, { config: { ...config, lie }, expirySeconds: 600 })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(part),
    });
  });

  test('may not say of the signature what it is', async () => {
    const made = await signBy(plugin, { config: { ...config, lie: 'thumbprint' } });
    expect(() => notationManifest(made, SUBJECT, NOW)).toThrow(expect.objectContaining({ code: 'service-lied' }));
  });

  test('that knows no COSE says so', async () => {
    await expect(signBy(plugin, { config, form: 'notation-cose' })).rejects.toMatchObject({
      code: 'plugin-unavailable',
      message: expect.stringContaining('only JWS'),
    });
  });
});
