import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Descriptor } from '../../src/oci/descriptor.ts';
import { parseManifest } from '../../src/oci/manifest.ts';
import { OCI_CONFIG } from '../../src/oci/media-types.ts';
import { evidenceTag, fallbackTag } from '../../src/oci/tags.ts';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { hold, holdBlob, indexBytes, manifestBytes, referrerBytes } from '../oci/images.ts';
import { assay } from './harness.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-copy-cli-'));
let one: TestRegistry;
let two: TestRegistry;

beforeEach(async () => {
  [one, two] = await Promise.all([startRegistry(), startRegistry()]);
});
afterEach(() => Promise.all([one, two].map((r) => r.close())));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Answer {
  readonly exit: number;
  readonly stderr: string;
  readonly code: string | undefined;
  readonly result: {
    readonly bytes: number;
    readonly tag: string | null;
    readonly evidence: readonly { readonly as: string; readonly state: string; readonly subject: string; readonly digest: string }[];
    readonly left: readonly unknown[];
    readonly errors: readonly { readonly code: string; readonly hint?: string }[];
  };
}

async function run(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const ran = await assay([...argv, '--output=json'], { cwd: folder, home: folder, env });
  const result = JSON.parse(ran.stdout.toString()) as Answer['result'];
  return { exit: ran.exit, stderr: ran.stderr, code: result.errors[0]?.code, result };
}

const copy = (...more: readonly string[]): Promise<Answer> =>
  run(['copy', '--settle-time=10ms', `${one.host}/team/app:v1`, `${two.host}/mirror/app:v1`, ...more]);
const mirror = (): ReturnType<TestRegistry['content']['repository']> => two.content.repository('mirror/app');

function image(registry: TestRegistry, name: string, text: string, tag?: string): Descriptor {
  const config = holdBlob(registry, name, Buffer.from(JSON.stringify({ text })), OCI_CONFIG);
  return hold(registry, name, manifestBytes({ config }), tag);
}

function referrer(registry: TestRegistry, name: string, subject: Descriptor, n: string, more: object = {}): Descriptor {
  holdBlob(registry, name, Buffer.from('{}'));
  return hold(registry, name, referrerBytes(subject, n, { ...more }));
}

function tagged(
  registry: TestRegistry,
  name: string,
  subject: Descriptor,
  suffix: 'sig' | 'att' | 'sbom',
  ...texts: readonly string[]
): Descriptor {
  const config = holdBlob(registry, name, Buffer.from(JSON.stringify({ texts })), OCI_CONFIG);
  const layers = texts.map((t) => ({
    ...holdBlob(registry, name, Buffer.from(t), 'text/plain'),
    annotations: { 'dev.cosignproject.cosign/signature': t },
  }));
  return hold(registry, name, manifestBytes({ config, layers }), evidenceTag(subject.digest, suffix));
}

describe('copy', () => {
  test.for([
    ['the referrers API', '/referrers/'],
    ['the fallback tag', 'manifests/sha256-[0-9a-f]{64}$'],
    ['a tag of signatures', 'manifests/sha256-[0-9a-f]{64}[.]sig$'],
  ] as const)('what cannot be read at the source is an error, never nothing: %s', async ([, match]) => {
    image(one, 'team/app', 'a', 'v1');
    one.faults.add({ kind: 'status', status: 403, match });
    const ran = await copy();
    expect(ran).toMatchObject({ exit: 3, code: 'registry-forbidden' });
    expect(mirror().tags.has('v1')).toBe(false);
  });

  test.for(['/blobs/', 'manifests/sha256:'])('an image that is not whole is none that is not there: 404 for %s', async (match) => {
    const app = image(one, 'team/app', 'a');
    hold(one, 'team/app', indexBytes([app]), 'v1');
    one.faults.add({ kind: 'status', status: 404, match: `^GET .*${match}` });
    expect(await copy()).toMatchObject({ exit: 3, code: 'content-truncated' });
    expect(mirror().tags.has('v1')).toBe(false);
  });

  test('what cannot be read at the destination is one as well', async () => {
    const app = image(one, 'team/app', 'a', 'v1');
    referrer(one, 'team/app', app, '1');
    two.faults.add({ kind: 'status', status: 403, match: '/referrers/' });
    expect(await copy()).toMatchObject({ exit: 3, code: 'registry-forbidden' });
    expect(mirror().tags.has('v1')).toBe(false);
  });

  test('a referrer that the destination loses is missed', async () => {
    const app = image(one, 'team/app', 'a', 'v1');
    referrer(one, 'team/app', app, '1');
    two.faults.add({
      kind: 'substitute',
      match: '/referrers/',
      body: '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}',
      type: 'application/vnd.oci.image.index.v1+json',
    });
    const ran = await copy();
    expect(ran).toMatchObject({ exit: 3, code: 'write-conflict' });
    expect(ran.result.errors[0]?.hint).toContain('assay repair');
    expect(mirror().tags.has('v1')).toBe(false);
  });

  test('a tag that means something else is moved only with --force', async () => {
    const app = image(one, 'team/app', 'a', 'v1');
    const other = image(two, 'mirror/app', 'b', 'v1');
    expect(await copy()).toMatchObject({ exit: 2, code: 'confirmation-missing' });
    expect(mirror().tags.get('v1')).toBe(other.digest);
    expect(mirror().manifests.has(app.digest)).toBe(false);
    expect((await copy('--force')).exit).toBe(0);
    expect(mirror().tags.get('v1')).toBe(app.digest);
  });

  test('what the destination has is kept: signatures, referrers of the fallback tag', async () => {
    two.behaviour.referrers = false;
    const app = image(one, 'team/app', 'a', 'v1');
    image(two, 'mirror/app', 'a');
    tagged(one, 'team/app', app, 'sig', 'ours', 'both');
    tagged(two, 'mirror/app', app, 'sig', 'theirs', 'both');
    const ours = referrer(one, 'team/app', app, 'ours');
    const theirs = referrer(two, 'mirror/app', app, 'theirs');
    hold(two, 'mirror/app', indexBytes([theirs]), fallbackTag(app.digest));
    const ran = await copy();
    expect(ran.exit, ran.stderr).toBe(0);
    expect(ran.result.evidence.map((e) => `${e.as} ${e.state}`).sort()).toEqual(['fallback-tag copied', 'sig merged']);
    const at = (tag: string | undefined): ReturnType<typeof parseManifest> => {
      const held = mirror().manifests.get(mirror().tags.get(tag ?? '') ?? '');
      if (held === undefined) throw new Error(`no ${tag}`);
      return parseManifest(held.body);
    };
    const sig = at(evidenceTag(app.digest, 'sig'));
    if (sig.kind !== 'manifest') throw new Error('no manifest');
    expect(sig.layers.map((l) => l.annotations?.get('dev.cosignproject.cosign/signature'))).toEqual(['theirs', 'both', 'ours']);
    expect(mirror().blobs.has(sig.config?.digest ?? '')).toBe(true);
    const list = at(fallbackTag(app.digest));
    expect(list.kind === 'index' ? list.manifests.map((m) => m.digest).sort() : []).toEqual([ours.digest, theirs.digest].sort());
  });

  test('another SBOM is replaced only with --force', async () => {
    const app = image(one, 'team/app', 'a', 'v1');
    const sbom = tagged(one, 'team/app', app, 'sbom', 'new');
    tagged(two, 'mirror/app', app, 'sbom', 'old');
    expect(await copy()).toMatchObject({ exit: 3, code: 'write-conflict' });
    expect((await copy('--force')).exit).toBe(0);
    expect(mirror().tags.get(evidenceTag(app.digest, 'sbom') ?? '')).toBe(sbom.digest);
  });

  test('evidence that is listed and is not there, or is broken, is named; the rest is copied', async () => {
    one.behaviour.referrers = false;
    const app = image(one, 'team/app', 'a', 'v1');
    const good = referrer(one, 'team/app', app, 'good');
    const gone = referrer(one, 'team/app', app, 'gone');
    const stranger = image(one, 'team/app', 'stranger');
    hold(one, 'team/app', indexBytes([gone, stranger, good]), fallbackTag(app.digest));
    one.content.repository('team/app').manifests.delete(gone.digest);
    const ran = await copy();
    expect(ran.exit).toBe(3);
    expect(ran.result.errors.map((e) => e.code).sort()).toEqual(['manifest-invalid', 'not-found']);
    expect(ran.result.evidence.map((e) => e.digest)).toEqual([good.digest]);
    expect(mirror().tags.get('v1')).toBe(app.digest);
  });

  test('--only copies that kind, and moves no tag', async () => {
    const app = image(one, 'team/app', 'a', 'v1');
    tagged(one, 'team/app', app, 'sig', 's');
    tagged(one, 'team/app', app, 'att', 'a');
    const bundle = 'application/vnd.dev.sigstore.bundle.v0.3+json';
    const predicate = (of: string): object => ({ artifactType: bundle, annotations: { 'dev.sigstore.bundle.predicateType': of } });
    const signature = referrer(one, 'team/app', app, '', predicate('https://sigstore.dev/cosign/sign/v1'));
    referrer(one, 'team/app', app, '', predicate('https://spdx.dev/Document'));
    referrer(one, 'team/app', app, 'else');
    const ran = await copy('--only', 'sig');
    expect(ran.exit, ran.stderr).toBe(0);
    expect(ran.result.tag).toBeNull();
    expect(ran.result.evidence.map((e) => e.as).sort()).toEqual(['referrers', 'sig']);
    expect(ran.result.evidence.map((e) => e.digest)).toContain(signature.digest);
    expect(mirror().tags.has('v1')).toBe(false);
    expect(mirror().manifests.has(app.digest)).toBe(true);
    expect((await copy('--only=att,referrers')).result.evidence).toHaveLength(4);
    expect(await copy('--only=everything')).toMatchObject({ exit: 2, code: 'usage-invalid' });
  });

  test('--platform copies one image with its own evidence; --no-recursive-evidence one level', async () => {
    const children = ['amd64', 'arm64'].map((architecture) => ({
      ...image(one, 'team/app', architecture),
      platform: { os: 'linux', architecture },
    }));
    const index = hold(one, 'team/app', indexBytes(children), 'v1');
    const [amd, arm] = children;
    if (amd === undefined || arm === undefined) throw new Error('no children');
    const about = referrer(one, 'team/app', arm, 'arm');
    referrer(one, 'team/app', about, 'about that');
    referrer(one, 'team/app', index, 'index');
    const ran = await copy('--platform=linux/arm64', '--no-recursive-evidence');
    expect(ran.exit, ran.stderr).toBe(0);
    expect(mirror().tags.get('v1')).toBe(arm.digest);
    expect(ran.result.evidence.map((e) => e.digest)).toEqual([about.digest]);
    expect(mirror().manifests.has(amd.digest)).toBe(false);
  });

  test('evidence in COSIGN_REPOSITORY goes along', async () => {
    const app = image(one, 'team/app', 'a', 'v1');
    tagged(one, 'evidence/all', app, 'sig', 'elsewhere');
    tagged(one, 'team/app', app, 'sig', 'here');
    const ran = await run(['copy', `${one.host}/team/app:v1`, `${two.host}/mirror/app:v1`], {
      COSIGN_REPOSITORY: `${one.host}/evidence/all`,
    });
    expect(ran.exit, ran.stderr).toBe(0);
    const held = mirror().manifests.get(mirror().tags.get(evidenceTag(app.digest, 'sig') ?? '') ?? '');
    expect(held === undefined ? [] : (JSON.parse(held.body.toString()) as { layers: unknown[] }).layers).toHaveLength(2);
  });

  test('credentials of one registry are not shown to another', async () => {
    image(one, 'team/app', 'a', 'v1');
    expect(await copy('--registry-username=me', '--registry-password=secret')).toMatchObject({ exit: 2, code: 'usage-invalid' });
    expect(two.log).toEqual([]);
  });

  test('a digest as the name of the copy has to be right', async () => {
    const app = image(one, 'team/app', 'a', 'v1');
    const to = (digest: string): Promise<Answer> => run(['copy', `${one.host}/team/app:v1`, `${two.host}/mirror/app@${digest}`]);
    expect(await to(`sha256:${'0'.repeat(64)}`)).toMatchObject({ exit: 2, code: 'usage-invalid' });
    expect((await to(app.digest)).exit).toBe(0);
    expect([...mirror().tags]).toEqual([]);
  });

  test('save and load: one image a folder, which is whole when it is loaded', async () => {
    const app = image(one, 'team/app', 'a', 'v1');
    referrer(one, 'team/app', app, '1');
    tagged(one, 'team/app', app, 'sig', 's');
    image(one, 'team/app', 'b', 'v2');
    expect((await run(['save', '--dir=saved', `${one.host}/team/app:v1`])).exit).toBe(0);
    expect((await run(['save', '--dir=saved', `${one.host}/team/app:v1`])).result.bytes).toBe(0);
    expect(await run(['save', '--dir=saved', `${one.host}/team/app:v2`])).toMatchObject({ exit: 2, code: 'usage-invalid' });
    const loaded = await run(['load', '--dir=saved', `${two.host}/mirror/app:v1`]);
    expect(loaded.exit, loaded.stderr).toBe(0);
    expect(loaded.result.evidence).toHaveLength(2);
    expect(mirror().tags.get('v1')).toBe(app.digest);
    writeFileSync(join(folder, 'file'), '');
    expect(await run(['save', '--dir=file', `${one.host}/team/app:v1`])).toMatchObject({ exit: 3, code: 'file-unwritable' });
  });

  test('text for people', async () => {
    image(one, 'team/app', 'a', 'v1');
    const ran = await assay(['copy', `${one.host}/team/app:v1`, `${two.host}/mirror/app:v1`], { cwd: folder, home: folder });
    expect(ran.exit).toBe(0);
    expect(ran.stdout.toString()).toMatch(/^copied .*\/team\/app@sha256:.*\n {4}to .*\/mirror\/app:v1@sha256:.*\n {7}no evidence\n/);
  });
});
