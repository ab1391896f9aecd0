/** Signing in the Notary Project's form with keys at hand: what is made verifies, and what would not verify is not made. */
import { describe, expect, test } from 'vitest';
import { localSigner, privateKeyOf } from '../../src/crypto/index.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { createMemoryStore, type MemoryStore } from '../../src/oci/memory/index.ts';
import type { StoredManifest } from '../../src/oci/store.ts';
import type { TimestampService } from '../../src/sign/index.ts';
import {
  artifactOf,
  keyNotationSigner,
  makeNotationEvidence,
  type NotationEvidence,
  type NotationOptions,
  type NotationSigning,
  openPluginSigner,
  signNotation,
} from '../../src/sign/notation/index.ts';
import { decodeNotationEnvelope } from '../../src/signature/notation/decode.ts';
import { draftNotaryEnvelope, encodeNotaryPayload, type NotationForm } from '../../src/signature/notation/encode.ts';
import {
  makeNotaryAuthority,
  makeTimestampAuthority,
  notaryChain,
  selfSignedSigner,
  sharedKey,
  timestamp,
} from '../../src/testing/index.ts';
import { type Certificate, parseCertificate, parseTimestamp } from '../../src/trust/index.ts';
import { ALGORITHMS, installPlugin, NOTARY, NOW, signerOf } from './notation-lab.ts';

const FORMS: readonly NotationForm[] = ['notation-jws', 'notation-cose'];
const KINDS = Object.keys(ALGORITHMS) as readonly (keyof typeof ALGORITHMS)[];
const TSA = makeTimestampAuthority({ now: NOW });
const TSA_ROOT = parseCertificate(TSA.chain.at(-1)?.der ?? Buffer.alloc(0));
const DAY = 86_400_000;

function image(text = 'image'): StoredManifest {
  const config = { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf(Buffer.from('{}')), size: 2 };
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [], annotations: { text } }));
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}

const IMAGE = image();

function options(more: Partial<NotationOptions> = {}): NotationOptions {
  return { form: 'notation-jws', signer: signerOf(), metadata: new Map(), agent: 'assay/test', ...more };
}

function make(more: Partial<NotationOptions> = {}): Promise<NotationEvidence> {
  return makeNotationEvidence(artifactOf(IMAGE), options(more), { now: NOW });
}

describe('an envelope', () => {
  test.for(KINDS.flatMap((kind) => FORMS.map((form) => [kind, form] as const)))(
    'with %s in %s verifies',
    { timeout: 120_000 },
    async ([kind, form]) => {
      const metadata = new Map([
        ['stage', 'prod'],
        ['__proto__', 'ü'],
      ]);
      const { found, entity, chain } = await make({ form, signer: signerOf(kind), metadata, expirySeconds: 3600 });
      expect(found).toMatchObject({ outcome: 'verified', format: form, signer: { kind: 'certificate' } });
      expect(chain).toHaveLength(3);
      if (entity.content.kind !== 'notary') throw new Error('no envelope');
      expect(entity.content.envelope).toMatchObject({
        algorithm: ALGORITHMS[kind],
        scheme: 'notary.x509',
        signingTime: NOW,
        authenticSigningTime: undefined,
        expiry: new Date(NOW.getTime() + 3_600_000),
      });
      const payload = JSON.parse(Buffer.from(entity.content.envelope.payload).toString()) as { targetArtifact: { annotations: object } };
      const { mediaType, digest, size } = IMAGE.descriptor;
      expect(payload).toEqual({ targetArtifact: { mediaType, digest, size, annotations: payload.targetArtifact.annotations } });
      expect(Object.entries(payload.targetArtifact.annotations)).toEqual([...metadata]);
    },
  );

  test.each(FORMS)('of a signing authority vouches for its time (%s)', async (form) => {
    const { entity, found } = await make({ form, scheme: 'notary.x509.signingAuthority' });
    expect(found.outcome).toBe('verified');
    expect(entity.content).toMatchObject({
      envelope: { scheme: 'notary.x509.signingAuthority', signingTime: undefined, authenticSigningTime: NOW },
    });
  });

  test('in COSE is deterministic, tagged, and its chain is a list even of one certificate', async () => {
    const self = selfSignedSigner(NOW);
    const signer = keyNotationSigner(localSigner(privateKeyOf(self.key.privateKey), 'self'), [self.der], NOW);
    const { envelope, entity } = await make({ form: 'notation-cose', signer });
    expect(envelope[0]).toBe(0xd2);
    expect(entity.material).toMatchObject({ chain: [expect.anything()] });
    const attributes = { algorithm: 'ES256', scheme: 'notary.x509', at: NOW, expiry: undefined } as const;
    const drafts = [1, 2].map(() => draftNotaryEnvelope('notation-cose', Buffer.from('{}'), attributes).signed);
    expect(drafts[0]).toEqual(drafts[1]);
  });

  test('truncates times to the whole second', async () => {
    const late = new Date(NOW.getTime() + 999);
    for (const form of FORMS) {
      const { entity } = await makeNotationEvidence(artifactOf(IMAGE), options({ form }), { now: late });
      expect(entity.content).toMatchObject({ envelope: { signingTime: NOW } });
    }
  });

  test('takes metadata by any name but the reserved ones', () => {
    const target = { mediaType: 'a/b', digest: `sha256:${'0'.repeat(64)}`, size: 1 };
    for (const name of ['io.cncf.notary', 'io.cncf.notary.x', ''])
      expect(() => encodeNotaryPayload({ ...target, metadata: new Map([[name, 'x']]) })).toThrow(
        expect.objectContaining({ code: 'usage-invalid' }),
      );
    const long = new Map([['x', 'y'.repeat(300_000)]]);
    expect(() => encodeNotaryPayload({ ...target, metadata: long })).toThrow(expect.objectContaining({ code: 'limit' }));
  });

  test('of a file is about the digest that the key demands', async () => {
    const digests = new Map([
      ['sha256', 'a'.repeat(64)],
      ['sha384', 'b'.repeat(96)],
      ['sha512', 'c'.repeat(128)],
    ]);
    const artifact = { mediaType: 'text/plain', digests, size: 3 };
    for (const [kind, digest] of [
      ['p256', `sha256:${'a'.repeat(64)}`],
      ['rsa3072', `sha384:${'b'.repeat(96)}`],
      ['p521', `sha512:${'c'.repeat(128)}`],
    ] as const) {
      const { expected } = await makeNotationEvidence(artifact, options({ signer: signerOf(kind) }), { now: NOW });
      expect(expected.target.digest).toBe(digest);
    }
  });

  test.each([0, 0.5, -1, Number.NaN])('does not expire after %s seconds', async (expirySeconds) => {
    await expect(make({ expirySeconds })).rejects.toMatchObject({ code: 'usage-invalid' });
  });
});

describe('a key', () => {
  const key = sharedKey('p256', 'notary leaf');
  const signer = localSigner(privateKeyOf(key.privateKey), 'my.key');
  const chain = notaryChain(NOTARY).map((c) => c.der);
  const other = notaryChain(makeNotaryAuthority({ name: 'other', now: NOW, intermediate: true })).map((c) => c.der);
  const leafWith = (more: Parameters<typeof notaryChain>[1]): readonly Buffer[] => notaryChain(NOTARY, more).map((c) => Buffer.from(c.der));
  const refused = (certificates: readonly Uint8Array[], part: string): void =>
    expect(() => keyNotationSigner(signer, certificates, NOW)).toThrow(
      expect.objectContaining({ code: 'key-invalid', message: expect.stringContaining(part) }),
    );

  test('signs with its own whole chain in order', () => {
    expect(keyNotationSigner(signer, chain, NOW).algorithm).toBe('ES256');
    refused([], 'no certificate');
    refused(chain.slice(0, 2), 'no root');
    refused([...chain].reverse(), 'make no Notary Project signer');
    refused([chain[0] ?? key.spki, ...other.slice(1)], 'does not follow');
    refused([Buffer.from('none')], 'DER');
  });

  test("does not sign with another key's certificate, an expired one, or one that is not for signing code", () => {
    refused(leafWith({ keyKind: 'p384' }), 'another key');
    refused(leafWith({ notAfter: new Date(NOW.getTime() - DAY) }), 'was not valid');
    refused(leafWith({ notBefore: new Date(NOW.getTime() + DAY) }), 'was not valid');
    refused(leafWith({ extensions: (usual) => usual.slice(1) }), 'key usage');
  });

  test('of a size that nobody may sign with is refused', () => {
    const small = sharedKey('rsa1024', 'small');
    const certificates = notaryChain(NOTARY, { key: small }).map((c) => c.der);
    expect(() => keyNotationSigner({ ...signer, publicKey: signer.publicKey }, certificates, NOW)).toThrow(
      expect.objectContaining({ group: 'misuse' }),
    );
  });

  test('whose service signs something else has published nothing', async () => {
    const store = filled();
    const lying = { ...signerOf(), chain: undefined, sign: async () => ({ signature: Buffer.alloc(64, 1), chain }) };
    await expect(signNotation(signing(store), options({ signer: lying }))).rejects.toMatchObject({ code: 'self-verification-failed' });
    expect(await stored(store)).toEqual([]);
  });

  test('whose certificate is revoked does not sign; where that is not known it is said', async () => {
    const says = (status: 'revoked' | 'unknown') => async (certificates: readonly Certificate[]) =>
      certificates.slice(0, -1).map((certificate) => ({ certificate, status, reason: 'key compromise' }));
    await expect(make({ facts: { revocation: says('revoked') } })).rejects.toMatchObject({
      code: 'self-verification-failed',
      message: expect.stringContaining('key compromise'),
    });
    const { warnings } = await make({ facts: { revocation: says('unknown') } });
    expect(warnings).toEqual([{ code: 'check-not-enforced', message: expect.stringContaining('revocation') }]);
  });
});

describe('a timestamp', () => {
  const service = (answer: (message: Uint8Array) => Uint8Array): TimestampService => ({
    url: 'https://tsa.example',
    stamp: async (message) => answer(message),
  });
  const honest = service((message) => timestamp(TSA, message, { at: NOW, hash: 'sha256' }));

  test.each(FORMS)('stands in the envelope as a token, over the signature (%s)', async (form) => {
    const { entity, found } = await make({ form, timestamping: { service: honest, roots: [TSA_ROOT] } });
    expect(found).toMatchObject({ outcome: 'verified', times: [{ time: NOW }] });
    expect(entity.timestamps).toHaveLength(1);
    expect(() => parseTimestamp(entity.timestamps[0]?.der ?? Buffer.alloc(0))).not.toThrow();
  });

  test('of another authority, of something else or of no form at all is not used', async () => {
    const stranger = makeTimestampAuthority({ now: NOW });
    for (const answer of [
      (m: Uint8Array) => timestamp(stranger, m, { at: NOW }),
      () => timestamp(TSA, Buffer.from('another signature'), { at: NOW }),
      () => Buffer.from('none'),
    ]) {
      await expect(make({ timestamping: { service: service(answer), roots: [TSA_ROOT] } })).rejects.toMatchObject({ code: 'service-lied' });
    }
  });

  test('of a time at which the certificate was not valid is not used', async () => {
    const early = service((m) => timestamp(TSA, m, { at: new Date(NOW.getTime() - 100 * DAY) }));
    await expect(make({ timestamping: { service: early, roots: [TSA_ROOT] } })).rejects.toMatchObject({ code: 'self-verification-failed' });
  });

  test('does not belong to a signing authority, nor to an envelope that a plugin makes', async () => {
    const timestamping = { service: honest, roots: [TSA_ROOT] };
    await expect(make({ timestamping, scheme: 'notary.x509.signingAuthority' })).rejects.toMatchObject({ code: 'usage-invalid' });
    const plugin = installPlugin();
    try {
      const signer = await openPluginSigner({ plugin: plugin.name, id: 'x' }, plugin.host({ kind: 'ENVELOPE' }).call);
      await expect(make({ timestamping, signer })).rejects.toMatchObject({ code: 'unsupported' });
    } finally {
      plugin.close();
    }
  });
});

function filled(): MemoryStore {
  const store = createMemoryStore();
  store.putManifest(IMAGE.bytes, { mediaType: IMAGE.descriptor.mediaType });
  return store;
}

function signing(store: MemoryStore, more: Partial<NotationSigning> = {}): NotationSigning {
  return { image: IMAGE, store, stores: [store], now: () => NOW, ...more };
}

async function stored(store: MemoryStore): Promise<readonly string[]> {
  const digests: string[] = [];
  for await (const page of store.referrers(IMAGE.descriptor.digest)) digests.push(...page.map((d) => d.digest));
  return digests;
}

describe('a signature of an image', () => {
  test('is stored as the specification has it', async () => {
    const store = filled();
    const { outcome, pieces } = await signNotation(signing(store), options({ form: 'notation-cose' }));
    expect(outcome).toBe('signed');
    const [digest] = await stored(store);
    expect(pieces[0]?.stored).toMatchObject({ as: 'referrers', digest });
    const manifest = await store.manifest(pieces[0]?.stored?.digest ?? IMAGE.descriptor.digest);
    const { mediaType, size } = IMAGE.descriptor;
    expect(JSON.parse(Buffer.from(manifest?.bytes ?? []).toString())).toEqual({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      artifactType: 'application/vnd.cncf.notary.signature',
      config: {
        mediaType: 'application/vnd.oci.empty.v1+json',
        digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
        size: 2,
      },
      layers: [{ mediaType: 'application/cose', digest: expect.any(String), size: expect.any(Number) }],
      subject: { mediaType, digest: IMAGE.descriptor.digest, size },
      annotations: {
        'io.cncf.notary.x509chain.thumbprint#S256': expect.stringMatching(/^\["[0-9a-f]{64}","[0-9a-f]{64}","[0-9a-f]{64}"\]$/),
        'org.opencontainers.image.created': NOW.toISOString().replace('.000Z', 'Z'),
      },
    });
  });

  test('that says the same is kept, and nothing is signed; another one is added where it says something else, or by force', async () => {
    const store = filled();
    let signatures = 0;
    const counting = signerOf();
    const signer = { ...counting, sign: (bytes: Uint8Array) => counting.sign(bytes).finally(() => signatures++) };
    const sign = async (more: Partial<NotationOptions> = {}, how: Partial<NotationSigning> = {}): Promise<string> =>
      (await signNotation(signing(store, how), options({ signer, ...more }))).outcome;
    expect([await sign(), await sign(), signatures]).toEqual(['signed', 'kept', 1]);
    const prod = { metadata: new Map([['stage', 'prod']]) };
    expect([await sign(prod), await sign(prod), await sign()]).toEqual(['signed', 'kept', 'kept']);
    expect(await sign({ form: 'notation-cose' })).toBe('signed');
    expect(await sign({ scheme: 'notary.x509.signingAuthority' })).toBe('signed');
    expect(await sign({ expirySeconds: 60 })).toBe('signed');
    expect(await sign({ signer: signerOf('p384') })).toBe('signed');
    const service: TimestampService = { url: 'x', stamp: async (m) => timestamp(TSA, m, { at: NOW }) };
    expect(await sign({ timestamping: { service, roots: [TSA_ROOT] } })).toBe('signed');
    expect(await sign({}, { force: true })).toBe('signed');
    expect(await stored(store)).toHaveLength(8);
  });

  test('is kept of plugins too, whose chain comes with the signature', async () => {
    const [plugin, store] = [installPlugin(), filled()];
    try {
      const signer = await openPluginSigner({ plugin: plugin.name, id: 'x' }, plugin.host().call);
      const outcomes = [1, 2].map(() => async () => (await signNotation(signing(store), options({ signer }))).outcome);
      expect([await outcomes[0]?.(), await outcomes[1]?.()]).toEqual(['signed', 'kept']);
      expect(await stored(store)).toHaveLength(1);
    } finally {
      plugin.close();
    }
  });

  test('that only looks the same keeps nobody from signing', async () => {
    const store = filled();
    await signNotation(signing(store), options());
    const [first] = await stored(store);
    const manifest = JSON.parse(Buffer.from((await store.manifest(first as typeof IMAGE.descriptor.digest))?.bytes ?? []).toString()) as {
      layers: { digest: typeof IMAGE.descriptor.digest; mediaType: string; size: number }[];
    };
    const [layer] = manifest.layers;
    if (layer === undefined) throw new Error('no layer');
    const envelope = JSON.parse(Buffer.from(await store.read(layer)).toString()) as { signature: string };
    const forged = Buffer.from(JSON.stringify({ ...envelope, signature: Buffer.alloc(64, 7).toString('base64url') }));
    store.drop(first as typeof IMAGE.descriptor.digest);
    const { digest, size } = await store.writeBlob(forged);
    await store.writeManifest(Buffer.from(JSON.stringify({ ...manifest, layers: [{ ...layer, digest, size }] })));
    expect((await signNotation(signing(store), options())).outcome).toBe('signed');
  });

  test('without a store is made and goes nowhere', async () => {
    const store = filled();
    const made: NotationEvidence[] = [];
    const { store: _none, ...nowhere } = signing(store);
    await signNotation({ ...nowhere, onMade: async (m) => void made.push(m) }, options());
    expect(await stored(store)).toEqual([]);
    expect(decodeNotationEnvelope(made[0]?.envelope ?? Buffer.alloc(0)).format).toBe('notation-jws');
  });
});
