import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parseDigest } from '../digest.ts';
import { openStore } from '../open.ts';
import { referrersOf } from '../referrers-of.ts';

const folders: string[] = [];
afterAll(() => {
  for (const f of folders) rmSync(f, { recursive: true, force: true });
});

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const config = { mediaType: 'application/vnd.oci.empty.v1+json', digest: `sha256:${'4'.repeat(64)}`, size: 2 };
const image = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config, layers: [] });
const referrer = JSON.stringify({
  schemaVersion: 2,
  mediaType: MANIFEST,
  artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
  config,
  layers: [],
  subject: { mediaType: MANIFEST, digest: digestOf(image), size: image.length },
});

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** A layout whose index lists the image alone, with these blobs beside it. */
function layout(blobs: ReadonlyMap<string, string>, kind: string | null = 'dev.cosignproject.cosign/image'): string {
  const folder = mkdtempSync(join(tmpdir(), 'assay-blobs-'));
  folders.push(folder);
  mkdirSync(join(folder, 'blobs/sha256'), { recursive: true });
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const entry = {
    mediaType: MANIFEST,
    digest: digestOf(image),
    size: image.length,
    ...(kind === null ? {} : { annotations: { kind } }),
  };
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
  for (const [digest, content] of [[digestOf(image), image] as const, ...blobs])
    writeFileSync(join(folder, 'blobs/sha256', digest.slice('sha256:'.length)), content);
  return folder;
}

async function referrersIn(folder: string) {
  const store = await openStore({ kind: 'layout', path: folder, tag: undefined, digest: undefined });
  const pages = referrersOf(store, parseDigest(digestOf(image)));
  const digests: string[] = [];
  for (;;) {
    const page = await pages.next();
    if (page.done) return { digests, api: page.value.api, errors: page.value.errors.map((e) => e.code) };
    digests.push(...page.value.map((r) => r.descriptor.digest));
  }
}

const one = (content: string, name = digestOf(content)): ReadonlyMap<string, string> => new Map([[name, content]]);

test('a referrer that cosign saved among the blobs is found, where cosign wrote the layout', async () => {
  expect(await referrersIn(layout(one(referrer)))).toEqual({ digests: [digestOf(referrer)], api: 'answered', errors: [] });
  expect(await referrersIn(layout(one(referrer), null))).toEqual({ digests: [], api: 'answered', errors: [] });
});

test.each([
  ['a layer', '\u001f\u008bnot a document'],
  ['a document that says nothing of a schema', '{"subject":{"digest":"x"}}'],
  ['a broken document', '{"schemaVersion":2,"subject":'],
  ['a statement', '{"_type":"https://in-toto.io/Statement/v1","subject":[],"schemaVersion":null}'],
  ['a manifest about another image', referrer.replace(digestOf(image), `sha256:${'0'.repeat(64)}`)],
])('%s is passed over', async (_what, content) => {
  expect(await referrersIn(layout(one(content)))).toMatchObject({ digests: [] });
});

test.each([
  ['is not what its name says', one(referrer, `sha256:${'1'.repeat(64)}`), 'content-mismatch'],
  ['is no manifest', one('{"schemaVersion":2,"subject":{"digest":"x"}}'), 'manifest-invalid'],
])('a referrer that %s makes the answer unknown', async (_what, blobs, code) => {
  expect(await referrersIn(layout(blobs))).toMatchObject({ digests: [], api: 'failed', errors: [code] });
});
