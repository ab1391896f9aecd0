import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Descriptor } from '../../src/oci/descriptor.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { DSSE_ENVELOPE, OCI_ARTIFACT_MANIFEST, SIMPLE_SIGNING } from '../../src/oci/media-types.ts';
import { evidenceTag, fallbackTag } from '../../src/oci/tags.ts';
import { COSIGN_TYPE } from '../../src/signature/index.ts';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { assay } from '../cli/harness.ts';
import { hold, holdBlob, indexBytes, manifestBytes } from '../oci/images.ts';

const NAME = 'team/app';
let registry: TestRegistry;
let home: string;
let mine: Descriptor;
let other: Descriptor;

beforeEach(async () => {
  registry = await startRegistry();
  home = mkdtempSync(join(tmpdir(), 'assay-move-clean-'));
  holdBlob(registry, NAME, Buffer.from('{}'));
  mine = hold(registry, NAME, manifestBytes({ annotations: { is: 'mine' } }), 'v1');
  other = hold(registry, NAME, manifestBytes({ annotations: { is: 'other' } }), 'v2');
});
afterEach(async () => {
  await registry.close();
  rmSync(home, { recursive: true });
});

async function ask(
  ...argv: readonly string[]
): Promise<{ exit: number; json: { deleted: { digest: string }[]; errors: { code: string }[] } }> {
  const ran = await assay([...argv, '--settle-time=20ms', '-o', 'json', `${registry.host}/${NAME}:v1`], { home, cwd: home });
  return { exit: ran.exit, json: JSON.parse(ran.stdout.toString()) as { deleted: { digest: string }[]; errors: { code: string }[] } };
}
const clean = (): ReturnType<typeof ask> => ask('clean', '-f');
const held = (): ReturnType<TestRegistry['content']['repository']> => registry.content.repository(NAME);

function layerOf(mediaType: string, text: string, more: object = {}): object {
  return { ...holdBlob(registry, NAME, Buffer.from(text), mediaType), ...more };
}

function signatureOf({ digest }: Descriptor): object {
  const critical = { identity: { 'docker-reference': NAME }, image: { 'docker-manifest-digest': digest }, type: COSIGN_TYPE };
  return layerOf(SIMPLE_SIGNING, JSON.stringify({ critical, optional: null }));
}

function attestationOf(...subjects: readonly Descriptor[]): object {
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: subjects.map(({ digest }) => ({ name: 'app', digest: { sha256: digest.slice(7) } })),
    predicateType: 'https://example.com/p',
    predicate: {},
  };
  const payload = Buffer.from(JSON.stringify(statement)).toString('base64');
  return layerOf(
    DSSE_ENVELOPE,
    JSON.stringify({ payloadType: 'application/vnd.in-toto+json', payload, signatures: [{ keyid: '', sig: 'c2ln' }] }),
  );
}

/** Points tags of evidence of both images at one manifest. */
function shared(suffix: 'sig' | 'att' | 'sbom', layers: readonly object[]): { digest: string; tags: readonly string[] } {
  const bytes = manifestBytes({ layers });
  const tags = [mine, other].map(({ digest }) => evidenceTag(digest, suffix) ?? '');
  for (const tag of tags) hold(registry, NAME, bytes, tag);
  return { digest: digestOf(bytes), tags };
}

describe('clean deletes nothing of another image', () => {
  test.for([
    ['sig', () => [signatureOf(other)]],
    ['att', () => [attestationOf(other)]],
    ['sig', () => [signatureOf(other), signatureOf(mine)]],
    ['att', () => [attestationOf(mine, other)]],
    ['att', () => [layerOf(DSSE_ENVELOPE, 'no envelope')]],
    ['sbom', () => [layerOf('text/spdx', 'SPDXVersion: SPDX-2.3')]],
  ] as const)('whose .%s tag points at the same manifest', async ([suffix, layers]) => {
    const { digest, tags } = shared(suffix, layers());
    expect((await clean()).exit).toBe(0);
    expect(held().manifests.has(digest)).toBe(true);
    expect([...held().tags.keys()].filter((t) => tags.includes(t))).toEqual([tags[1]]);
  });

  test('whose signatures somebody listed in the fallback tag', async () => {
    const bytes = manifestBytes({ layers: [signatureOf(other)] });
    const theirs = hold(registry, NAME, bytes, evidenceTag(other.digest, 'sig'));
    hold(registry, NAME, indexBytes([theirs, other]), fallbackTag(mine.digest));
    expect((await clean()).exit).toBe(0);
    for (const d of [theirs, other, mine]) expect(held().manifests.has(d.digest)).toBe(true);
    expect(held().tags.has(evidenceTag(other.digest, 'sig') ?? '')).toBe(true);
  });

  test('while what says whose it is cannot be read now', async () => {
    shared('sig', [signatureOf(mine)]);
    registry.faults.add({ kind: 'status', status: 403, match: 'GET .*/blobs/' });
    expect(await clean()).toMatchObject({ exit: 3, json: { errors: [{ code: 'registry-forbidden' }] } });
    expect(registry.log.filter((e) => e.method === 'DELETE')).toEqual([]);
  });

  test('an SBOM goes itself where a registry deletes no tag alone', async () => {
    const sbom = hold(
      registry,
      NAME,
      manifestBytes({ layers: [layerOf('text/spdx', 'SPDXVersion: x')] }),
      evidenceTag(mine.digest, 'sbom'),
    );
    registry.faults.add({ kind: 'status', status: 405, match: 'DELETE .*/manifests/sha256-' });
    expect((await clean()).exit).toBe(0);
    expect(held().manifests.has(sbom.digest)).toBe(false);
  });
});

describe('repair lists nothing that is about something else', () => {
  test.for([
    ['another image', () => manifestBytes({ layers: [signatureOf(other)] }), 'input-invalid'],
    ['another image beside this one', () => manifestBytes({ layers: [signatureOf(mine), signatureOf(other)] }), 'input-invalid'],
    ['nothing', () => manifestBytes({ layers: [] }), 'unsupported'],
    ['whatever beside this one', () => manifestBytes({ layers: [signatureOf(mine), layerOf('text/plain', 'x')] }), 'unsupported'],
    ['another image, by its subject', () => manifestBytes({ subject: other, layers: [signatureOf(mine)] }), 'input-invalid'],
    [
      'this one, in a form that is withdrawn',
      () => Buffer.from(JSON.stringify({ mediaType: OCI_ARTIFACT_MANIFEST, blobs: [] })),
      'unsupported',
    ],
  ] as const)('%s', async ([, bytes, code]) => {
    const { digest } = hold(registry, NAME, bytes());
    const ran = await assay(['repair', '-o', 'json', `${registry.host}/${NAME}:v1`, digest], { home, cwd: home });
    expect(JSON.parse(ran.stdout.toString())).toMatchObject({ errors: [{ code }] });
    expect(registry.log.filter((e) => e.method !== 'GET')).toEqual([]);
  });
});
