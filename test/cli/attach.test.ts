/** `assay attach artifact`, `attach sbom`, `clean` and `repair`, on registries with and without the referrers API. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Descriptor, digestOf, fallbackTag, hexOf } from '../../src/oci/index.ts';
import { COSIGN_TYPE } from '../../src/signature/index.ts';
import { pushLayers, registrySink } from '../../src/testing/index.ts';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { hold, indexBytes, manifestBytes, referrerBytes } from '../oci/images.ts';
import { assay, type Surroundings } from './harness.ts';

const NAME = 'team/app';
const TYPE = 'application/vnd.example.report.v1';
const SIMPLE = 'application/vnd.dev.cosign.simplesigning.v1+json';
const SPDX = JSON.stringify({ spdxVersion: 'SPDX-2.3', packages: [] });

interface Said {
  readonly exit: number;
  readonly stderr: string;
  readonly json: {
    readonly outcome?: string;
    readonly digest: string;
    readonly attached: readonly { readonly digest: string; readonly stored: { readonly as: string; readonly reference: string } }[];
    readonly files: readonly { readonly name: string; readonly mediaType: string; readonly digest: string }[];
    readonly deleted: readonly { readonly digest: string; readonly tag: string | null; readonly kind: string }[];
    readonly evidence: readonly { readonly digest: string; readonly outcome: string; readonly as: string; readonly tag: string | null }[];
    readonly warnings: readonly { readonly code: string }[];
    readonly errors: readonly { readonly code: string; readonly message: string; readonly hint?: string }[];
  };
}

let registry: TestRegistry;
let home: string;
let image: Descriptor;
let ref: string;

beforeEach(async () => {
  registry = await startRegistry();
  home = mkdtempSync(join(tmpdir(), 'assay-attach-'));
  image = hold(registry, NAME, manifestBytes(), 'v1');
  ref = `${registry.host}/${NAME}:v1`;
});
afterEach(async () => {
  await registry.close();
  rmSync(home, { recursive: true });
});

async function ask(argv: readonly string[], around: Surroundings = {}): Promise<Said> {
  const settle = ['--settle-time', '30ms'];
  const { exit, stderr, stdout } = await assay([...argv, ...settle, '-o', 'json'], { home, cwd: home, ...around });
  return { exit, stderr, json: JSON.parse(stdout.toString()) as Said['json'] };
}

function file(name: string, content: string): string {
  writeFileSync(join(home, name), content);
  return name;
}

function held(what: string): { readonly [k: string]: unknown } {
  const { manifests, tags } = registry.content.repository(NAME);
  return JSON.parse(manifests.get(tags.get(what) ?? what)?.body.toString() ?? 'null') as { readonly [k: string]: unknown };
}

function has(digest: string): boolean {
  return registry.content.repository(NAME).manifests.has(digest);
}

function listed(): readonly string[] {
  const index = held(fallbackTag(image.digest)) as { manifests?: { digest: string }[] } | null;
  return index?.manifests?.map((m) => m.digest) ?? [];
}

function tagOf(suffix: string): string {
  return `sha256-${hexOf(image.digest)}.${suffix}`;
}

/** A signature layer about a digest; `n` makes it another one. */
function signature(n: number, digest: string = image.digest): { mediaType: string; content: Buffer; annotations: Record<string, string> } {
  const critical = { identity: { 'docker-reference': NAME }, image: { 'docker-manifest-digest': digest }, type: COSIGN_TYPE };
  const annotations = { 'dev.cosignproject.cosign/signature': Buffer.from(`signature ${n}`).toString('base64') };
  return { mediaType: SIMPLE, content: Buffer.from(JSON.stringify({ critical, optional: null })), annotations };
}

function attestation(digest: string = image.digest): { mediaType: string; content: Buffer; annotations: Record<string, string> } {
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'app', digest: { sha256: digest.slice(7) } }],
    predicateType: 'https://example.com/p',
    predicate: {},
  };
  const envelope = {
    payloadType: 'application/vnd.in-toto+json',
    payload: Buffer.from(JSON.stringify(statement)).toString('base64'),
    signatures: [{ keyid: '', sig: 'c2ln' }],
  };
  return { mediaType: 'application/vnd.dsse.envelope.v1+json', content: Buffer.from(JSON.stringify(envelope)), annotations: {} };
}

describe('attach artifact', () => {
  test.each([true, false])('makes one referrer of the files (referrers API: %s)', async (referrers) => {
    registry.behaviour.referrers = referrers;
    file('report.json', '{}');
    file('notes.md', '# notes');
    const said = await ask(
      ['attach', 'artifact', '--artifact-type', TYPE, '-a', 'team=web', ref, 'report.json:application/json', './notes.md:text/markdown'],
      { env: { SOURCE_DATE_EPOCH: '1700000000' } },
    );
    expect(said).toMatchObject({ exit: 0, json: { outcome: 'attached', digest: image.digest } });
    const [attached] = said.json.attached;
    expect(attached?.stored.as).toBe(referrers ? 'referrers' : 'fallback-tag');
    expect(held(attached?.digest ?? '')).toMatchObject({
      artifactType: TYPE,
      config: { mediaType: 'application/vnd.oci.empty.v1+json', size: 2, data: 'e30=' },
      layers: [
        {
          mediaType: 'application/json',
          digest: digestOf(Buffer.from('{}')),
          annotations: { 'org.opencontainers.image.title': 'report.json' },
        },
        { mediaType: 'text/markdown', size: 7, annotations: { 'org.opencontainers.image.title': 'notes.md' } },
      ],
      subject: { mediaType: image.mediaType, digest: image.digest, size: image.size },
      annotations: { 'org.opencontainers.image.created': '2023-11-14T22:13:20Z', team: 'web' },
    });
    expect(listed()).toEqual(referrers ? [] : [attached?.digest]);
    const tree = await assay(['tree', ref, '-o', 'json'], { home, cwd: home });
    expect(tree.stdout.toString()).toContain(attached?.digest ?? 'none');
  });

  test('names a file by its last part where its path leads elsewhere, and one whose name has a colon as it is', async () => {
    file('a.txt', 'a');
    file('b:c', 'b');
    const said = await ask(['attach', 'artifact', '--artifact-type', TYPE, ref, join(home, 'a.txt'), 'b:c']);
    expect(said.json.files.map((f) => f.name)).toEqual(['a.txt', 'b:c']);
  });

  test.each<readonly [string, readonly string[], string]>([
    ['no type', ['a.txt'], 'usage-invalid'],
    ['a type that is none', ['--artifact-type', 'report', 'a.txt'], 'usage-invalid'],
    ['no file', ['--artifact-type', TYPE], 'usage-invalid'],
    ['a file that is not there', ['--artifact-type', TYPE, 'b.txt'], 'file-unreadable'],
    ['a folder', ['--artifact-type', TYPE, '.'], 'file-unreadable'],
    ['a file twice', ['--artifact-type', TYPE, 'a.txt', './a.txt'], 'usage-invalid'],
    ['an annotation without value', ['--artifact-type', TYPE, '-a', 'x', 'a.txt'], 'usage-invalid'],
    ['an annotation twice', ['--artifact-type', TYPE, '-a', 'x=1', '-a', 'x=2', 'a.txt'], 'usage-invalid'],
  ])('%s is misuse, and nothing is written', async (_, [...argv], code) => {
    file('a.txt', 'a');
    const words = argv.filter((a, i) => !a.startsWith('-') && !(argv[i - 1] ?? '').startsWith('-'));
    const flags = argv.filter((a) => !words.includes(a));
    const said = await ask(['attach', 'artifact', ...flags, ref, ...words]);
    expect(said).toMatchObject({ exit: 2, json: { errors: [{ code }] } });
    expect(registry.log.filter((e) => e.method !== 'GET' && e.method !== 'HEAD')).toEqual([]);
  });

  test('goes where COSIGN_REPOSITORY says', async () => {
    file('a.txt', 'a');
    const said = await ask(['attach', 'artifact', '--artifact-type', TYPE, ref, 'a.txt'], {
      env: { COSIGN_REPOSITORY: `${registry.host}/evidence` },
    });
    expect(said.exit).toBe(0);
    expect(registry.content.repositories.get('evidence')?.manifests.size).toBe(1);
    expect(registry.content.repository(NAME).manifests.size).toBe(1);
  });

  test('is an error that names the artifact when the list is lost', async () => {
    registry.behaviour.referrers = false;
    registry.faults.add({ match: '^PUT .*/manifests/sha256-', kind: 'lose' });
    file('a.txt', 'a');
    const said = await ask(['attach', 'artifact', '--artifact-type', TYPE, ref, 'a.txt']);
    expect(said).toMatchObject({
      exit: 3,
      json: {
        errors: [
          { code: 'write-conflict', message: expect.stringMatching(/sha256:[0-9a-f]{64}/), hint: expect.stringContaining('assay repair') },
        ],
      },
    });
    const digest = /sha256:[0-9a-f]{64}/.exec(said.json.errors[0]?.message ?? '')?.[0] ?? '';
    expect(has(digest)).toBe(true);
    registry.faults.clear();
    expect(await ask(['repair', ref, digest])).toMatchObject({
      exit: 0,
      json: { outcome: 'repaired', evidence: [{ digest, as: 'fallback-tag' }] },
    });
    expect(listed()).toEqual([digest]);
  });
});

describe('attach sbom', () => {
  test('stands under the tag, and is replaced aloud', async () => {
    file('app.json', SPDX);
    const said = await ask(['attach', 'sbom', '--sbom', 'app.json', ref]);
    expect(said).toMatchObject({
      exit: 0,
      json: { attached: [{ kind: 'sbom', stored: { as: 'tag', reference: `${registry.host}/${NAME}:${tagOf('sbom')}` } }] },
    });
    expect(said.json.warnings.map((w) => w.code)).toEqual(['unsigned']);
    expect(held(tagOf('sbom'))).toMatchObject({ layers: [{ mediaType: 'text/spdx+json', digest: digestOf(Buffer.from(SPDX)) }] });
    const down = await assay(['download', 'sbom', ref], { home, cwd: home });
    expect(down.stdout.toString().trim()).toBe(SPDX);
    file('other.json', JSON.stringify({ bomFormat: 'CycloneDX' }));
    const again = await ask(['attach', 'sbom', '--sbom', 'other.json', ref]);
    expect(again.json.warnings.map((w) => w.code)).toEqual(['unsigned', 'replaced']);
  });

  test('is a referrer when it is asked to be', async () => {
    const said = await ask(['attach', 'sbom', '--sbom', '-', '--format', 'referrer', ref], { stdin: SPDX });
    expect(said).toMatchObject({ exit: 0, json: { attached: [{ artifactType: 'application/spdx+json', stored: { as: 'referrers' } }] } });
  });

  test.each<readonly [string, string, readonly string[], string]>([
    ['text', 'SPDXVersion: SPDX-2.3\n', [], 'text/spdx'],
    ['SPDX JSON', SPDX, [], 'text/spdx+json'],
    ['SPDX JSON as a referrer', SPDX, ['--format', 'referrer'], 'application/spdx+json'],
    ['CycloneDX XML', '<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/1.5"/>', [], 'application/vnd.cyclonedx+xml'],
    ['Syft', '{"artifacts":[],"descriptor":{"name":"syft"}}', ['--type', 'syft'], 'application/vnd.syft+json'],
  ])('%s is known by what it is', async (_, content, flags, mediaType) => {
    file('s', content);
    expect((await ask(['attach', 'sbom', '--sbom', 's', ...flags, ref])).json.files[0]?.mediaType).toBe(mediaType);
  });

  test.each<readonly [string, string, readonly string[], string]>([
    ['what is no SBOM', '{"a":1}', [], 'input-invalid'],
    ['what is another than it is said to be', SPDX, ['--type', 'cyclonedx'], 'input-invalid'],
    ['a name twice', '{"spdxVersion":"1","spdxVersion":"2"}', [], 'input-invalid'],
    ['Syft as XML', SPDX, ['--type', 'syft', '--input-format', 'xml'], 'usage-invalid'],
  ])('%s is refused', async (_, content, flags, code) => {
    file('s', content);
    const said = await ask(['attach', 'sbom', '--sbom', 's', ...flags, ref]);
    expect(said.json.errors).toMatchObject([{ code }]);
    expect(registry.log).toEqual([]);
  });
});

describe('clean', () => {
  /** One of each. */
  function everything(): { readonly sig: string; readonly att: string; readonly sbom: string; readonly referrer: string } {
    const sink = registrySink(registry.content, NAME);
    const of = { ...image, bytes: manifestBytes() };
    const sig = pushLayers(sink, of, 'sig', [signature(1)]).digest;
    const att = pushLayers(sink, of, 'att', [attestation()]).digest;
    const sbom = pushLayers(sink, of, 'sbom', [{ mediaType: 'text/spdx', content: Buffer.from('SPDXVersion: x'), annotations: {} }]).digest;
    const referrer = hold(registry, NAME, referrerBytes(image, 1));
    hold(registry, NAME, indexBytes([referrer]), fallbackTag(image.digest));
    return { sig, att, sbom, referrer: referrer.digest };
  }

  test.each<readonly [string, readonly ('sig' | 'att' | 'sbom' | 'referrer')[]]>([
    ['signature', ['sig']],
    ['attestation', ['att']],
    ['sbom', ['sbom']],
    ['referrer', ['referrer']],
    ['all', ['sig', 'att', 'sbom', 'referrer']],
  ])('--type %s deletes %j and nothing else', async (type, gone) => {
    const all = everything();
    const said = await ask(['clean', '--type', type, '-f', ref]);
    expect(said).toMatchObject({ exit: 0, json: { outcome: 'cleaned' } });
    expect(new Set(said.json.deleted.map((d) => d.digest))).toEqual(new Set(gone.map((g) => all[g])));
    // Nothing in an SBOM says whose it is: it loses its tag, and others may have it under theirs.
    const { tags } = registry.content.repository(NAME);
    for (const [name, digest] of Object.entries(all))
      expect([name, name === 'sbom' ? tags.has(tagOf('sbom')) : has(digest)]).toEqual([name, !(gone as readonly string[]).includes(name)]);
    expect(has(image.digest)).toBe(true);
    expect(tags.has(fallbackTag(image.digest))).toBe(!gone.includes('referrer'));
    expect(await ask(['clean', '--type', type, '-f', ref])).toMatchObject({ exit: 0, json: { outcome: 'nothing', deleted: [] } });
  });

  test('keeps what others are listed as in the fallback tag', async () => {
    registry.behaviour.referrers = false;
    const [mine, sbom] = [referrerBytes(image, 1), referrerBytes(image, 2, { artifactType: 'application/spdx+json' })].map((b) =>
      hold(registry, NAME, b),
    );
    if (mine === undefined || sbom === undefined) throw new Error('unreachable');
    hold(registry, NAME, indexBytes([mine, sbom]), fallbackTag(image.digest));
    expect((await ask(['clean', '--type', 'sbom', '-f', ref])).json.deleted.map((d) => d.digest)).toEqual([sbom.digest]);
    expect(listed()).toEqual([mine.digest]);
  });

  test('deletes no image that somebody listed as evidence, or pointed a tag at', async () => {
    const other = hold(registry, NAME, manifestBytes({ annotations: { production: 'yes' } }), 'prod');
    hold(registry, NAME, indexBytes([other, image]), fallbackTag(image.digest));
    registry.content.repository(NAME).tags.set(tagOf('sig'), other.digest);
    registry.content.repository(NAME).tags.set(tagOf('att'), image.digest);
    const said = await ask(['clean', '-f', ref]);
    expect(said.exit).toBe(0);
    expect([has(other.digest), has(image.digest)]).toEqual([true, true]);
    const { tags } = registry.content.repository(NAME);
    expect([...tags.keys()].sort()).toEqual(['prod', 'v1']);
  });

  test('without a terminal has to be told, before anything is asked', async () => {
    everything();
    expect(await ask(['clean', ref])).toMatchObject({ exit: 2, json: { errors: [{ code: 'confirmation-missing' }] } });
    expect(registry.log).toEqual([]);
  });

  test.each([
    ['y', 0],
    ['no', 1],
    ['', 1],
    [undefined, 1],
  ])('asks at the terminal: %j', async (line, exit) => {
    const { sig } = everything();
    const questions: string[] = [];
    const terminal = {
      secret: async () => undefined,
      line: async (question: string) => {
        questions.push(question);
        return line;
      },
    };
    expect((await ask(['clean', '--type', 'signature', ref], { terminal })).exit).toBe(exit);
    expect(questions).toHaveLength(1);
    expect(has(sig)).toBe(exit !== 0);
  });

  test('says what a registry that deletes nothing left', async () => {
    registry.behaviour.deletes = false;
    const all = everything();
    const said = await ask(['clean', '-f', ref]);
    expect(said).toMatchObject({ exit: 3, json: { outcome: 'incomplete', deleted: [] } });
    expect(said.json.errors).toHaveLength(4);
    expect(said.json.errors[0]).toMatchObject({ code: 'registry-error', hint: expect.stringContaining('registries delete nothing') });
    expect(Object.values(all).every(has)).toBe(true);
    expect(listed()).toHaveLength(1);
  });

  test('deletes nothing while a place does not answer', async () => {
    const all = everything();
    registry.faults.add({ match: '/referrers/', kind: 'status', status: 403 });
    expect(await ask(['clean', '-f', ref])).toMatchObject({ exit: 3, json: { errors: [{ code: 'registry-forbidden' }] } });
    expect(Object.values(all).every(has)).toBe(true);
  });
});

describe('repair', () => {
  test('lists a referrer again that the fallback tag has lost, beside what is there', async () => {
    registry.behaviour.referrers = false;
    const [lost, there] = [1, 2].map((n) => hold(registry, NAME, referrerBytes(image, n)));
    if (lost === undefined || there === undefined) throw new Error('unreachable');
    hold(registry, NAME, indexBytes([there]), fallbackTag(image.digest));
    const said = await ask(['repair', ref, lost.digest, `${registry.host}/${NAME}@${there.digest}`]);
    expect(said.json).toMatchObject({
      outcome: 'repaired',
      evidence: [
        { digest: lost.digest, outcome: 'listed', as: 'fallback-tag', tag: null },
        { digest: there.digest, outcome: 'already-listed', as: 'fallback-tag' },
      ],
    });
    expect(listed()).toEqual([there.digest, lost.digest]);
  });

  test.each(['sig', 'att'] as const)(
    'merges a lost .%s into what the tag holds now, with a configuration of all layers',
    async (suffix) => {
      const sink = registrySink(registry.content, NAME);
      const of = { ...image, bytes: manifestBytes() };
      const layers =
        suffix === 'sig' ? [signature(1), signature(2)] : [attestation(), { ...attestation(), annotations: { predicateType: 'x' } }];
      const [lost, now] = layers.map((layer) => pushLayers(sink, of, suffix, [layer]));
      if (lost === undefined || now === undefined) throw new Error('unreachable');
      const said = await ask(['repair', ref, lost.digest]);
      expect(said).toMatchObject({
        exit: 0,
        json: { outcome: 'repaired', evidence: [{ as: 'tag', tag: tagOf(suffix), outcome: 'listed' }] },
      });
      const merged = held(tagOf(suffix)) as { layers: { digest: string; annotations?: unknown }[]; config: { digest: string } };
      expect(merged.layers).toHaveLength(2);
      const config = JSON.parse(registry.content.blobs.get(merged.config.digest)?.toString() ?? '{}') as { rootfs: { diff_ids: string[] } };
      expect(config.rootfs.diff_ids).toEqual(merged.layers.map((l) => l.digest));
      expect((await ask(['repair', ref, lost.digest])).json).toMatchObject({ outcome: 'already-listed' });
    },
  );

  test('points the tag at it where the tag is gone', async () => {
    const of = { ...image, bytes: manifestBytes() };
    const lost = pushLayers(registrySink(registry.content, NAME), of, 'sig', [signature(1)]);
    registry.content.repository(NAME).tags.delete(tagOf('sig'));
    await ask(['repair', ref, lost.digest]);
    expect(registry.content.repository(NAME).tags.get(tagOf('sig'))).toBe(lost.digest);
  });

  test('refuses what is about another image, what says nothing, and what is not there; nothing is written then', async () => {
    const sink = registrySink(registry.content, NAME);
    const other = hold(registry, NAME, manifestBytes({ annotations: { other: 'yes' } }));
    const strange = [
      [hold(registry, NAME, referrerBytes(other, 1)).digest, 'input-invalid'],
      [pushLayers(sink, { ...other, bytes: Buffer.alloc(0) }, 'sig', [signature(1, other.digest)]).digest, 'input-invalid'],
      [pushLayers(sink, { ...other, bytes: Buffer.alloc(0) }, 'sig', [signature(1), signature(1, other.digest)]).digest, 'input-invalid'],
      [pushLayers(sink, { ...other, bytes: Buffer.alloc(0) }, 'att', [attestation(other.digest)]).digest, 'input-invalid'],
      [other.digest, 'unsupported'],
      [digestOf(Buffer.from('nothing')), 'not-found'],
    ] as const;
    const good = hold(registry, NAME, referrerBytes(image, 1));
    const before = registry.log.length;
    for (const [digest, code] of strange) expect((await ask(['repair', ref, good.digest, digest])).json.errors).toMatchObject([{ code }]);
    expect(registry.log.slice(before).filter((e) => e.method === 'PUT')).toEqual([]);
  });

  test.each([
    ['no digest', []],
    ['what is no digest', ['v1']],
    ['a tag', ['x/y:v1@']],
  ])('%s is misuse', async (_, argv) => {
    expect((await ask(['repair', ref, ...argv])).exit).toBe(2);
    expect(registry.log).toEqual([]);
  });
});

test('people are told in a few lines', async () => {
  file('a.txt', 'a');
  const ran = async (...argv: string[]): Promise<string> => (await assay(argv, { home, cwd: home })).stdout.toString();
  expect(await ran('attach', 'artifact', '--artifact-type', TYPE, ref, 'a.txt')).toMatch(
    /^attached to \S+ @ sha256:[0-9a-f]{12}\n {2}application\/vnd\.example\.report\.v1 /,
  );
  expect(await ran('clean', '-f', ref)).toMatch(/^cleaned \S+ @ sha256:[0-9a-f]{12}\n {2}deleted artifact /);
  expect(await ran('clean', '-f', ref)).toMatch(/^nothing to delete: /);
});
