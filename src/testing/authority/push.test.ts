import { expect, test } from 'vitest';
import { digestOf } from '../../oci/digest.ts';
import { createMemoryStore } from '../../oci/memory/index.ts';
import { createContent } from '../registry/index.ts';
import {
  createVirtualSigstore,
  dsseBundle,
  inTotoStatement,
  newKey,
  PREDICATES,
  pushBundle,
  pushFallback,
  pushImage,
  pushIndex,
  pushLayers,
  pushOci11,
  registrySink,
  signatureLayer,
  simpleSigningPayload,
} from './index.ts';

const lab = createVirtualSigstore();
const signer = { kind: 'key', key: newKey() } as const;

test('evidence is found in a store in memory in each of its forms', async () => {
  const store = createMemoryStore();
  const image = pushImage(store, 'app', { tag: 'v1' });
  const layer = signatureLayer(lab, signer, simpleSigningPayload(image.digest));
  const tagged = pushLayers(store, image, 'sig', [layer]);
  const bundle = pushBundle(store, image, dsseBundle(lab, signer, inTotoStatement(image.digest, PREDICATES.sign)));
  const oci11 = pushOci11(store, image, [layer]);
  pushFallback(store, image, [bundle, oci11]);

  expect((await store.resolve('v1'))?.descriptor.digest).toBe(image.digest);
  expect((await store.attached(image.digest, 'sig')).map((m) => m.descriptor.digest)).toEqual([tagged.digest]);
  const listed = await store.referrers(image.digest).next();
  expect(Array.isArray(listed.value) ? listed.value.map((d) => d.digest) : []).toEqual([bundle.digest, oci11.digest]);
  expect((await store.fallback(image.digest))?.bytes).toBeDefined();
});

test('an index and its images are put into the content of a registry', () => {
  const content = createContent();
  const sink = registrySink(content, 'acme/app');
  const index = pushIndex(sink, [pushImage(sink, 'a'), pushImage(sink, 'b')], { tag: 'v1' });
  const held = content.repository('acme/app');
  expect(held.tags.get('v1')).toBe(index.digest);
  expect(held.manifests.size).toBe(3);
  expect([...content.blobs].every(([digest, bytes]) => digestOf(bytes) === digest)).toBe(true);
});
