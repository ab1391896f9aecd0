import { expect, test } from 'vitest';
import { readDocuments } from './documents.ts';
import { clusterObjects, twinObjects } from './kubernetes.ts';

const secret = (name: string, namespace?: string): string =>
  `kind: Secret\nmetadata: {name: ${name}${namespace === undefined ? '' : `, namespace: ${namespace}`}}\nstringData: {key: ${name}}\n`;
const read = (...texts: readonly string[]): ReturnType<typeof readDocuments>['documents'] =>
  readDocuments({ name: 'f.yaml', text: texts.join('---\n') }).documents;

test('a Secret without a namespace is in that of policy-controller', () => {
  expect(
    clusterObjects(read(secret('a')))
      .secret('cosign-system', 'a')
      ?.get('key')
      ?.toString(),
  ).toBe(Buffer.from('a').toString());
  expect(clusterObjects(read(secret('a', 'default'))).secret('cosign-system', 'a')).toBeUndefined();
});

test('a second Secret or ConfigMap of one name and namespace is a mistake, whichever is the right one', () => {
  expect(twinObjects(read(secret('a'), secret('b'), secret('a', 'default'), 'kind: ConfigMap\nmetadata: {name: a}\n'))).toEqual([]);
  const [twin, more] = twinObjects(read(secret('a'), secret('a', 'cosign-system')));
  expect(more).toBeUndefined();
  expect(twin?.error).toMatchObject({ code: 'policy-invalid', at: { line: 6, path: 'metadata.name' } });
  const map = 'kind: ConfigMap\nmetadata: {name: a}\n';
  expect(twinObjects(read(map, map)).map((t) => t.error.code)).toEqual(['policy-invalid']);
});
