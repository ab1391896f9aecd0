import { describe, expect, test } from 'vitest';
import { LIMITS } from '../limits.ts';
import { digestOf } from './digest.ts';
import { artifactTypeOf, parseManifest } from './manifest.ts';
import { mediaTypeOf } from './media-type-of.ts';
import { DOCKER_LIST, DOCKER_MANIFEST, OCI_ARTIFACT_MANIFEST, OCI_EMPTY, OCI_INDEX, OCI_MANIFEST } from './media-types.ts';

const BLOB = { mediaType: OCI_EMPTY, digest: digestOf(Buffer.from('{}')), size: 2 };
const MANIFEST = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: BLOB, layers: [BLOB] };
const INDEX = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [{ ...BLOB, mediaType: OCI_MANIFEST }] };

function bytes(value: unknown): Buffer {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}

describe('parseManifest reads', () => {
  test('manifests, indexes and Docker’s own, with what the document says of itself first', () => {
    expect(parseManifest(bytes(MANIFEST), DOCKER_MANIFEST).mediaType).toBe(OCI_MANIFEST);
    expect(parseManifest(bytes({ ...MANIFEST, mediaType: undefined }), DOCKER_MANIFEST).mediaType).toBe(DOCKER_MANIFEST);
    expect(parseManifest(bytes({ ...INDEX, mediaType: undefined }), DOCKER_LIST)).toMatchObject({ kind: 'index', mediaType: DOCKER_LIST });
    expect(parseManifest(bytes({ ...INDEX, mediaType: undefined }), 'text/plain')).toMatchObject({ kind: 'index', mediaType: OCI_INDEX });
    expect(parseManifest(bytes({ ...MANIFEST, mediaType: undefined }))).toMatchObject({ kind: 'manifest', mediaType: OCI_MANIFEST });
  });

  test('the withdrawn artifact manifest: its blobs are layers, and it has no configuration', () => {
    const artifact = {
      mediaType: OCI_ARTIFACT_MANIFEST,
      artifactType: 'application/x',
      blobs: [BLOB],
      subject: { ...BLOB, mediaType: OCI_MANIFEST },
    };
    const parsed = parseManifest(bytes(artifact));
    expect(parsed).toMatchObject({ kind: 'manifest', artifactType: 'application/x', config: undefined, subject: { digest: BLOB.digest } });
    expect(parsed.kind === 'manifest' && parsed.layers).toHaveLength(1);
  });

  test('the artifact type, or the type of the configuration in its place', () => {
    expect(artifactTypeOf(parseManifest(bytes({ ...MANIFEST, artifactType: 'application/x' })))).toBe('application/x');
    expect(artifactTypeOf(parseManifest(bytes({ ...MANIFEST, artifactType: '' })))).toBe(OCI_EMPTY);
    expect(artifactTypeOf(parseManifest(bytes(INDEX)))).toBeUndefined();
  });
});

describe('parseManifest refuses', () => {
  test.each([
    ['no JSON', '<html>'],
    ['a byte order mark', `\ufeff${JSON.stringify(MANIFEST)}`],
    ['a name twice', '{"schemaVersion":2,"schemaVersion":2,"manifests":[]}'],
    ['a name twice, once escaped', '{"schemaVersion":2,"manifests":[],"m\\u0061nifests":[]}'],
    ['a list', '[]'],
    ['a manifest that is an index too', { ...MANIFEST, manifests: [] }],
    ['an index that has layers', { ...INDEX, layers: [] }],
    ['an index that has a configuration', { ...INDEX, config: BLOB }],
    ['schema 1', { ...MANIFEST, schemaVersion: 1 }],
    ['another media type', { ...MANIFEST, mediaType: 'application/json' }],
    ['a media type that is no text', { ...MANIFEST, mediaType: 1 }],
    ['a missing configuration', { ...MANIFEST, config: undefined }],
    ['layers that are no list', { ...MANIFEST, layers: {} }],
    ['manifests that are no list', { ...INDEX, manifests: {} }],
    ['one broken child', { ...INDEX, manifests: [{ ...BLOB, size: -1 }] }],
    ['a broken subject', { ...MANIFEST, subject: { digest: 'x' } }],
  ])('%s', (_, value) => {
    expect(() => parseManifest(bytes(value))).toThrow(expect.objectContaining({ code: 'manifest-invalid' }));
  });

  test('bytes that are no UTF-8', () => {
    expect(() => parseManifest(Buffer.from([0x7b, 0xff, 0x7d]))).toThrow(expect.objectContaining({ code: 'manifest-invalid' }));
  });

  test('more layers, bytes or depth than the bounds', () => {
    const layers = Array.from({ length: LIMITS.manifestLayers + 1 }, () => BLOB);
    expect(() => parseManifest(bytes({ ...MANIFEST, layers }))).toThrow(expect.objectContaining({ code: 'limit' }));
    expect(() => parseManifest(Buffer.alloc(LIMITS.manifestBytes + 1))).toThrow(expect.objectContaining({ code: 'limit' }));
    const deep = `{"schemaVersion":2,"manifests":[],"x":${'['.repeat(200)}${']'.repeat(200)}}`;
    expect(() => parseManifest(bytes(deep))).toThrow();
  });
});

test('the media type of what may be a manifest', () => {
  expect(mediaTypeOf(bytes(MANIFEST), 'text/plain')).toBe(OCI_MANIFEST);
  expect(mediaTypeOf(bytes('<html>'), 'text/html')).toBeUndefined();
  expect(mediaTypeOf(bytes('<html>'), OCI_INDEX)).toBe(OCI_INDEX);
});
