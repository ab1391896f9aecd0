import { describe, expect, test } from 'vitest';
import { CborTag, type CborValue, encodeCbor } from '../../codec/cbor.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { parseManifest } from '../../oci/manifest.ts';
import { COSE_ENVELOPE, JWS_ENVELOPE, NOTATION_SIGNATURE, OCI_CONFIG, OCI_EMPTY } from '../../oci/media-types.ts';
import { createMemoryStore } from '../../oci/memory/index.ts';
import {
  makeNotaryAuthority,
  type NotaryEnvelopeOptions,
  notaryChain,
  notaryEnvelope,
  pushImage,
  pushNotation,
} from '../../testing/index.ts';
import type { NotaryEnvelope } from '../entity.ts';
import { partsOf } from '../formats.ts';
import { decodeNotationEnvelope, looksLikeNotationEnvelope } from './decode.ts';

const now = new Date('2026-03-01T12:00:00Z');
const chain = notaryChain(makeNotaryAuthority({ now }));
const PAYLOAD = Buffer.from('payload');
const H = 'io.cncf.notary.';

function minted(options: Partial<NotaryEnvelopeOptions> = {}): Uint8Array {
  return notaryEnvelope(chain, PAYLOAD, { at: now, ...options });
}

function envelopeOf(bytes: Uint8Array, mediaType?: string): NotaryEnvelope {
  const { content } = decodeNotationEnvelope(bytes, mediaType);
  if (content.kind !== 'notary') throw new Error('no envelope');
  return content.envelope;
}

function codeOf(bytes: Uint8Array, mediaType?: string): string {
  try {
    decodeNotationEnvelope(bytes, mediaType);
    return 'taken';
  } catch (error) {
    return error instanceof AssayError ? error.code : `not ours: ${String(error)}`;
  }
}

describe.each(['jws', 'cose'] as const)('an envelope in %s', (form) => {
  test('gives everything that was signed', () => {
    const entity = decodeNotationEnvelope(
      minted({
        form,
        expiry: new Date('2026-04-01T00:00:00Z'),
        plugin: { name: 'com.acme.plugin', minVersion: '1.0.0' },
        attributes: [
          { name: 'acme.must', value: 'x', critical: true },
          { name: 'acme.may', value: 7, critical: false },
        ],
      }),
    );
    expect(entity).toMatchObject({ kind: 'signature', format: `notation-${form}`, timestamps: [], logEntries: [] });
    expect(entity.material).toMatchObject({ kind: 'certificate', chain: { length: 2 } });
    expect(entity.content).toMatchObject({
      kind: 'notary',
      envelope: {
        algorithm: 'ES256',
        contentType: 'application/vnd.cncf.notary.payload.v1+json',
        scheme: 'notary.x509',
        signingTime: now,
        authenticSigningTime: undefined,
        expiry: new Date('2026-04-01T00:00:00Z'),
        plugin: { name: 'com.acme.plugin', minVersion: '1.0.0' },
        extended: new Map([
          ['acme.must', { critical: true, value: 'x' }],
          ['acme.may', { critical: false, value: 7 }],
        ]),
      },
    });
  });

  test('is recognised by its content, and by its media type', () => {
    const bytes = minted({ form });
    const [mine, other] = form === 'jws' ? [JWS_ENVELOPE, COSE_ENVELOPE] : [COSE_ENVELOPE, JWS_ENVELOPE];
    expect(looksLikeNotationEnvelope(bytes)).toBe(true);
    expect(codeOf(bytes, mine)).toBe('taken');
    expect(codeOf(bytes, other)).toMatch(/-invalid$/);
    expect(codeOf(bytes, 'application/json')).toBe('envelope-invalid');
  });

  test('may have a signing authority', () => {
    expect(envelopeOf(minted({ form, scheme: 'notary.x509.signingAuthority' }))).toMatchObject({
      scheme: 'notary.x509.signingAuthority',
      signingTime: undefined,
      authenticSigningTime: now,
    });
  });

  test('has bounds', () => {
    const attributes = Array.from({ length: LIMITS.envelopeAttributes }, (_, i) => ({ name: `a${i}`, value: 1, critical: false }));
    expect(codeOf(minted({ form, attributes }))).toBe('limit');
    const certificates = Array.from({ length: LIMITS.chainCertificates + 1 }, () => Buffer.from('x'));
    expect(codeOf(minted({ form, bend: { certificates } }))).toBe('limit');
  });

  test('without the plugin that has to have a version is malformed', () => {
    expect(codeOf(minted({ form, attributes: [{ name: `${H}verificationPluginMinVersion`, value: '1.0.0', critical: true }] }))).toBe(
      'envelope-invalid',
    );
    expect(codeOf(minted({ form, plugin: { name: ' ' } }))).toBe('envelope-invalid');
  });
});

describe('times in JWS', () => {
  const at = (value: unknown) => minted({ bend: { header: { [`${H}signingTime`]: value } } });

  test.each([
    ['2026-03-01T12:00:00Z', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T04:00:00-08:00', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01t12:00:00.123456789z', '2026-03-01T12:00:00.123Z'],
    ['2026-02-28T23:59:60Z', '2026-03-01T00:00:00.000Z'],
  ])('%s', (text, time) => {
    expect(envelopeOf(at(text)).signingTime?.toISOString()).toBe(time);
  });

  test.each([
    '2026-03-01',
    '2026-02-30T12:00:00Z',
    '2026-03-01T25:00:00Z',
    '2026-03-01T24:00:00Z',
    '2026-03-01T12:00:00',
    '2026-03-01 12:00:00Z',
    '1772366400',
    '',
    1772366400,
    null,
  ])('%j is none', (value) => {
    expect(codeOf(at(value))).toBe('envelope-invalid');
  });
});

describe('COSE', () => {
  const [SIGN1] = [18];
  function cose(change: (header: Map<number | string, CborValue>, open: Map<number | string, CborValue>) => void): Uint8Array {
    const header = new Map<number | string, CborValue>([
      [1, -7],
      [2, [`${H}signingScheme`]],
      [3, 'application/vnd.cncf.notary.payload.v1+json'],
      [`${H}signingScheme`, 'notary.x509'],
      [`${H}signingTime`, new CborTag(1, 1772366400)],
    ]);
    const open = new Map<number | string, CborValue>([[33, chain.map((c) => c.der)]]);
    change(header, open);
    return encodeCbor(new CborTag(SIGN1 ?? 18, [encodeCbor(header), open, PAYLOAD, Buffer.from('signature')]));
  }

  test('may protect its chain', () => {
    const bytes = cose((header, open) => {
      header.set(33, open.get(33) ?? null);
      open.delete(33);
    });
    expect(decodeNotationEnvelope(bytes).material).toMatchObject({ kind: 'certificate', chain: { length: 2 } });
  });

  test.each<readonly [string, Parameters<typeof cose>[0]]>([
    ['a chain in both headers', (header, open) => header.set(33, open.get(33) ?? null)],
    ['a single certificate that is no list', (_, open) => open.set(33, chain[0]?.der ?? null)],
    ['no chain', (_, open) => open.delete(33)],
    ['a time without its tag', (header) => header.set(`${H}signingTime`, 1772366400)],
    ['a time that is a text', (header) => header.set(`${H}signingTime`, '2026-03-01T12:00:00Z')],
    ['an algorithm that is a text', (header) => header.set(1, 'ES256')],
    ['a content type that is a number', (header) => header.set(3, 50)],
    ['a timestamp that is a text', (_, open) => open.set(`${H}timestampSignature`, 'x')],
    ['crit that is a text', (header) => header.set(2, `${H}signingScheme`)],
  ])('refuses %s', (_what, change) => {
    expect(codeOf(cose(change))).toBe('envelope-invalid');
  });

  test('takes an empty timestamp for none', () => {
    expect(decodeNotationEnvelope(cose((_, open) => open.set(`${H}timestampSignature`, Buffer.alloc(0)))).timestamps).toEqual([]);
  });
});

describe('manifests', () => {
  const store = createMemoryStore();
  const image = pushImage(store, 'image');
  const partsIn = (options: Parameters<typeof pushNotation>[3] = {}, form: 'jws' | 'cose' = 'jws') => {
    const { bytes, mediaType } = pushNotation(store, image, minted({ form }), options);
    return partsOf({ manifest: parseManifest(bytes, mediaType), found: 'referrers' });
  };

  test.each(['artifact-type', 'config', 'artifact-manifest'] as const)('in the form %s', async (form) => {
    for (const envelope of ['jws', 'cose'] as const) {
      const [part, ...others] = partsIn({ form }, envelope);
      expect(others).toEqual([]);
      expect(part?.format).toBe(`notation-${envelope}`);
      expect(await part?.decode(minted({ form: envelope }))).toMatchObject({ format: `notation-${envelope}` });
    }
  });

  test('with two layers is malformed, and with none', async () => {
    const [part] = partsIn({ edit: (m) => ({ ...m, layers: [...(m.layers as object[]), ...(m.layers as object[])] }) });
    await expect(part?.decode(minted())).rejects.toMatchObject({ code: 'manifest-invalid' });
    expect(() => partsIn({ edit: (m) => ({ ...m, layers: [] }) })).toThrowError(expect.objectContaining({ code: 'manifest-invalid' }));
  });

  test('with a layer of another type is malformed', async () => {
    const [part] = partsIn({ type: 'application/octet-stream' });
    await expect(part?.decode(minted())).rejects.toMatchObject({ code: 'envelope-invalid' });
  });

  test.each([
    ['another artifact type', { artifactType: 'application/vnd.acme' }],
    ['a configuration that is not the empty one', { config: { mediaType: OCI_CONFIG, digest: `sha256:${'0'.repeat(64)}`, size: 1 } }],
    ['neither', { artifactType: undefined }],
    [
      'another artifact type beside the legacy configuration',
      { artifactType: OCI_EMPTY, config: { mediaType: NOTATION_SIGNATURE, digest: `sha256:${'0'.repeat(64)}`, size: 2 } },
    ],
  ])('of %s are no signatures', (_what, change) => {
    expect(partsIn({ edit: (m) => ({ ...m, ...change }) })).toEqual([]);
  });
});

test.each(['', 'x', '[]', ' \n', '{"payload":""}'])('%j does not look like an envelope', (text) => {
  expect(looksLikeNotationEnvelope(Buffer.from(text))).toBe(false);
  expect(codeOf(Buffer.from(text))).toMatch(/-invalid$/);
});
