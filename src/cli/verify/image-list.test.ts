import { describe, expect, test } from 'vitest';
import { imagesInDockerfile } from './dockerfile.ts';
import { imagesInManifest } from './kubernetes.ts';

const none = { buildArgs: [], baseImageOnly: false, env: {} };

describe('images of a Dockerfile', () => {
  test('every FROM and --from that is no stage, each once, in order', () => {
    const text = `# syntax=docker/dockerfile:1
ARG BASE=debian
FROM --platform=linux/amd64 \${BASE}:bookworm AS Build
RUN --mount=type=bind,from=tools:1,target=/t make
FROM scratch
COPY --from=build /a /a
COPY --from=0 /b /b
COPY --from=registry.test/files:v2 /c /c
FROM build AS final
FROM debian:bookworm`;
    expect(imagesInDockerfile(text, 'Dockerfile', none)).toEqual(['debian:bookworm', 'tools:1', 'registry.test/files:v2']);
  });
  test('arguments: given, default, from the environment, missing', () => {
    const text = `ARG TAG\nARG NAME=a\nFROM \${NAME:-x}:\${TAG:-latest}`;
    expect(imagesInDockerfile(text, 'f', none)).toEqual(['a:latest']);
    expect(imagesInDockerfile(text, 'f', { ...none, buildArgs: ['TAG=v1', 'NAME'], env: { NAME: 'b' } })).toEqual(['b:v1']);
    expect(() => imagesInDockerfile('FROM app:$TAG\\x$', 'f', none)).toThrowError(expect.objectContaining({ code: 'input-invalid' }));
    expect(() => imagesInDockerfile('ARG A\nFROM $A', 'f', none)).toThrowError(expect.objectContaining({ code: 'input-invalid' }));
  });
  test('lines that go on, comments between them, another escape character', () => {
    expect(imagesInDockerfile('FROM \\\n# note\n  app:v1 \\\n AS x', 'f', none)).toEqual(['app:v1']);
    expect(imagesInDockerfile('# escape=`\nFROM `\n app:v1', 'f', none)).toEqual(['app:v1']);
  });
  test.each([
    ['an escape character that a comment names', '# note\n# escape=`\nFROM a\nRUN x `\nFROM hidden'],
    ['an escape character after an instruction', 'FROM a\n# escape=`\nRUN x `\nFROM hidden'],
    ['an escape character that is escaped', 'FROM a\nRUN x \\\\\nFROM hidden'],
    ['an escape character before another space', 'FROM a\nRUN x \\\u00a0\nFROM hidden'],
    ["a space that is only Go's", 'FROM a\n\u0085FROM hidden'],
    ['a mount whose key is in capitals', 'FROM a\nRUN --mount=type=bind,From=hidden,target=/t x'],
  ])('no image is hidden by %s', (_how, text) => {
    expect(imagesInDockerfile(text, 'f', none)).toEqual(['a', 'hidden']);
  });
  test('directives stand at the top, and what is not certain about them is refused', () => {
    expect(imagesInDockerfile('# syntax=docker/dockerfile:1\n#ESCAPE = `\nFROM `\n app:v1', 'f', none)).toEqual(['app:v1']);
    for (const text of ['# other=x\n# escape=`\nFROM a', '# escape=x\nFROM a'])
      expect(() => imagesInDockerfile(text, 'f', none)).toThrowError(expect.objectContaining({ code: 'input-invalid' }));
  });
  test('only the base image of the last stage', () => {
    const text = 'FROM one AS a\nFROM two AS b\nFROM a AS c\nFROM c';
    expect(imagesInDockerfile(text, 'f', { ...none, baseImageOnly: true })).toEqual(['one']);
  });
  test('no FROM, a FROM without an image, only scratch', () => {
    for (const text of ['RUN x', 'FROM', 'FROM a b', 'FROM scratch'])
      expect(() => imagesInDockerfile(text, 'f', none)).toThrowError(expect.objectContaining({ code: 'input-invalid' }));
  });
});

describe('images of Kubernetes YAML', () => {
  test('workloads, lists, init and ephemeral containers, image volumes, custom resources', () => {
    const text = `
apiVersion: apps/v1
kind: Deployment
spec:
  template:
    spec:
      initContainers: [{name: i, image: init:1}]
      containers: [{name: c, image: main:1}, {name: d, image: main:1}]
      volumes: [{name: v, image: {reference: data:1}}]
---
kind: List
items:
  - kind: CronJob
    spec: {jobTemplate: {spec: {template: {spec: {containers: [{image: cron:1}]}}}}}
  - kind: Pod
    spec: {ephemeralContainers: [{image: debug:1}]}
---
kind: Rollout
spec: {template: {spec: {containers: [{image: custom:1}]}}}
`;
    expect([...new Set(imagesInManifest(text, 'f').map((i) => i.text))]).toEqual([
      'init:1',
      'main:1',
      'data:1',
      'cron:1',
      'debug:1',
      'custom:1',
    ]);
  });
  test('every item of a list is an object of its own, in lists of lists and of one kind too', () => {
    const pod = (name: string): string => `{metadata: {name: ${name}}, spec: {containers: [{image: "${name}:1"}]}}`;
    const text = `kind: List
items:
  - {apiVersion: v1, kind: PodList, items: [${pod('a')}, ${pod('b')}]}
  - {kind: List, items: [{apiVersion: apps/v1, kind: Deployment, spec: {template: ${pod('c')}}}]}
`;
    expect(imagesInManifest(text, 'f').map((i) => [i.text, i.workload?.apiVersion, i.workload?.kind, i.path])).toEqual([
      ['a:1', 'v1', 'Pod', 'spec.containers[0].image'],
      ['b:1', 'v1', 'Pod', 'spec.containers[0].image'],
      ['c:1', 'apps/v1', 'Deployment', 'spec.template.spec.containers[0].image'],
    ]);
    const deep = `${'{kind: List, items: ['.repeat(70)}{}${']}'.repeat(70)}`;
    expect(() => imagesInManifest(deep, 'f')).toThrowError(expect.objectContaining({ code: 'limit' }));
  });
  test('an image that is too deep to be looked at is not overlooked', () => {
    const deep = (levels: number): string => `${'{a: '.repeat(levels)}{containers: [{image: deep:1}]}${'}'.repeat(levels)}`;
    expect(imagesInManifest(deep(50), 'f').map((i) => i.text)).toEqual(['deep:1']);
    expect(() => imagesInManifest(`spec: {containers: [{image: main:1}]}\nmore: ${deep(70)}`, 'f')).toThrowError(
      expect.objectContaining({ code: 'limit' }),
    );
  });
  test('broken YAML, no image, a container without one, an alias bomb', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
      .split('')
      .map((n, i) => `${n}: &${n} [${Array(9).fill(`*${'abcdefg'[i]}`).join(',')}]`)
      .join('\n')}`;
    for (const text of ['a: [', 'kind: ConfigMap', 'spec: {containers: [{name: x}]}', bomb])
      expect(() => imagesInManifest(text, 'f')).toThrowError(expect.objectContaining({ code: 'input-invalid' }));
  });
});
