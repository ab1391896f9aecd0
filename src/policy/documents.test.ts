import { describe, expect, test } from 'vitest';
import { LIMITS } from '../limits.ts';
import { readDocuments } from './documents.ts';

const read = (text: string): ReturnType<typeof readDocuments> => readDocuments({ name: 'f.yaml', text });

describe('a dialect is recognised by its content', () => {
  test.each([
    ['apiVersion: policy.sigstore.dev/v1beta1\nkind: ClusterImagePolicy', 'cluster-image-policy'],
    ['kind: ImagePolicy', 'image-policy'],
    ['{"version":"1.0","trustPolicies":[]}', 'notation'],
    ['{"default":[{"type":"reject"}]}', 'containers-policy'],
    ['{"default":[],"transports":{}}', 'containers-policy'],
    ['kind: TrustRoot', 'trust-root'],
  ])('%s', (text, kind) => {
    expect(read(text)).toMatchObject({ documents: [{ kind }], errors: [] });
  });

  test('what policies refer to may stand beside them, and in a List', () => {
    const { documents, errors } = read('kind: List\nitems:\n- kind: Secret\n- kind: ConfigMap\n---\nkind: ClusterImagePolicy\n---\n');
    expect(documents.map((d) => d.kind)).toEqual(['secret', 'config-map', 'cluster-image-policy']);
    expect(errors).toEqual([]);
  });
});

describe('what is no policy is an error with its place', () => {
  test.each([
    ['nothing', '', undefined],
    ['another kind', 'metadata: {}\nkind: Deployment', 2],
    ['a plain value', 'hello', 1],
    ['no kind at all', 'spec: {}', 1],
    ['of two kinds at once', 'kind: ImagePolicy\ntrustPolicies: []', 1],
    ['two dialects in one file', 'kind: ImagePolicy\n---\nkind: ClusterImagePolicy', 3],
    ['a name twice', 'kind: ImagePolicy\nkind: ImagePolicy', 2],
    ['no YAML', 'kind: [', 1],
  ])('%s', (_name, text, line) => {
    const { errors } = read(text);
    expect(errors[0]?.code).toBe('policy-invalid');
    expect(errors[0]?.at?.line).toBe(line);
  });

  test('more than the bounds', () => {
    expect(read(`# ${'x'.repeat(LIMITS.policyBytes)}`).errors[0]?.code).toBe('limit');
    expect(read('kind: Secret\n---\n'.repeat(LIMITS.policyDocuments + 1)).errors[0]?.code).toBe('limit');
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]`;
    expect(read(bomb).errors[0]?.code).toBe('policy-invalid');
  });
});
