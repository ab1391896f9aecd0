/** Each test is named by the sentence of the contract with scripts that it holds Assay to. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseDuration } from '../../src/cli/duration.ts';
import { parseSize } from '../../src/cli/size.ts';
import { packTar, writeLayout } from '../../src/oci/index.ts';
import { layoutFilesOf } from '../../src/oci/layout/write.ts';
import {
  dsseBundle,
  inTotoStatement,
  messageBundle,
  PREDICATES,
  type Pushed,
  pushBundle,
  pushImage,
  pushIndex,
  registrySink,
} from '../../src/testing/index.ts';
import { assay } from '../cli/harness.ts';
import { lab } from '../forgeries/lab.ts';
import { ASKED, type Corner, corner, pushStrangers, STRANGER } from '../hostile/crowd.ts';
import { type Answer, BY_KEY, gist, type Lab, sign, startLab } from '../hostile/lab.ts';

let l: Lab;
beforeEach(async () => {
  l = await startLab();
});
afterEach(() => l.close());

const verify = (...more: string[]): Promise<Answer> => l.ask(['verify', ...BY_KEY, ...more]);
const signedBy = (image: Pushed, key = ASKED): Uint8Array =>
  Buffer.from(JSON.stringify(dsseBundle(lab, { kind: 'key', key }, inTotoStatement(image.digest, PREDICATES.sign))));

describe('Command line', () => {
  test('The result goes to stdout; progress, warnings, logs and hints go to stderr.', async () => {
    sign(l.app);
    const ran = await assay(['verify', ...BY_KEY, '--private-infrastructure', l.image], { home: l.home, cwd: l.home });
    expect(ran.stdout.toString()).toContain('verified');
    expect(ran.stdout.toString()).not.toContain('warning');
    expect(ran.stderr).toContain('warning: --private-infrastructure');
    const bad = await assay(['verify', 'UPPER:v1'], { home: l.home, cwd: l.home });
    expect(bad.stdout.length).toBe(0);
    expect(bad.stderr).toContain('error: ');
  });

  test('With --output json every exit, misuse and internal errors included, prints exactly one JSON object on stdout.', async () => {
    sign(l.app);
    const exits = new Map<number, Answer>();
    for (const argv of [
      ['verify', ...BY_KEY, l.image],
      ['verify', ...BY_KEY, `${l.registry.host}/app@${pushImage(l.app.sink, 'other').digest}`],
      ['verify', '--no-such-flag'],
      ['no-such-command'],
      [],
      ['verify', ...BY_KEY, `${l.registry.host}/app:nothing`],
      ['tree', `${l.registry.host}/app:nothing`],
      ['--help'],
      ['verify', '--help'],
      ['--version'],
    ]) {
      const answer = await l.ask(argv);
      expect(answer.json.schema, argv.join(' ')).toMatch(/^assay\/[a-z-]+\/v1$/);
      exits.set(answer.exit, answer);
    }
    expect([...exits.keys()].sort()).toEqual([0, 1, 2, 3]);
    const broken = await l.ask(['verify', ...BY_KEY, l.image], {
      env: new Proxy({}, { get: (_env, name) => (name === 'COSIGN_REPOSITORY' ? explode() : undefined) }),
    });
    expect(gist(broken)).toMatchObject({ exit: 4, codes: ['internal'] });
  });

  test('oci:PATH[:TAG][@DIGEST] (OCI layout folder), oci-archive:FILE[:TAG][@DIGEST].', async () => {
    const bundle = pushBundle(l.app.sink, l.app.image, signedBy(l.app.image));
    await layout('image', [{ ...l.app.image, tag: 'v1' }, bundle]);
    for (const at of ['oci:image', 'oci-archive:image.tar'])
      for (const end of ['', ':v1', `@${l.app.image.digest}`, `:v1@${l.app.image.digest}`])
        expect(gist(await verify(`${at}${end}`))).toEqual({ exit: 0, outcome: 'verified', codes: [] });
  });

  test('A layout named with neither tag nor digest means its only image (evidence aside), and is misuse when there are several.', async () => {
    const other = pushImage(l.app.sink, 'other');
    await layout('two', [
      { ...l.app.image, tag: 'v1' },
      { ...other, tag: 'v2' },
    ]);
    expect(gist(await verify('oci:two'))).toEqual({ exit: 2, outcome: undefined, codes: ['reference-ambiguous'] });
    expect(gist(await verify('oci:two:v1'))).toEqual({ exit: 1, outcome: 'unsigned', codes: [] });
  });

  test('With both tag and digest the digest counts, and a tag that points elsewhere is a warning.', async () => {
    sign(l.app);
    const { digest } = l.app.image;
    pushImage(l.app.sink, 'other', { tag: 'v1' });
    const answer = await verify(`${l.image}@${digest}`);
    expect(gist(answer)).toEqual({ exit: 0, outcome: 'verified', codes: [] });
    expect(answer.json.images?.[0]?.digest).toBe(digest);
    expect(answer.json.warnings?.map((w) => w.code)).toContain('tag-moved');
    expect(gist(await verify(l.image))).toMatchObject({ exit: 1, outcome: 'unsigned' });
  });

  test('What is verified is the digest that the reference resolves to: an index is itself the subject.', async () => {
    const { index } = multi('multi');
    expect((await verify(`${l.registry.host}/multi:v1`)).json.images?.[0]?.digest).toBe(index.digest);
  });

  test('--platform P takes that child and its own evidence; --platform all asks it of every child.', async () => {
    const { children, sink } = multi('multi');
    const [first, second] = children;
    pushBundle(sink, first, signedBy(first));
    const one = await verify('--platform', 'linux/amd64', `${l.registry.host}/multi:v1`);
    expect({ ...gist(one), digest: one.json.images?.[0]?.digest }).toEqual({
      exit: 0,
      outcome: 'verified',
      codes: [],
      digest: first.digest,
    });
    const all = await verify('--platform', 'all', `${l.registry.host}/multi:v1`);
    expect(all.json.images?.map((i) => [i.digest, i.outcome])).toEqual([
      [first.digest, 'verified'],
      [second.digest, 'unsigned'],
    ]);
    expect(all.exit).toBe(1);
  });

  test('A signed index never silently vouches for a child, nor a child for its index; what only stands in a signed index is shown as listed-in-signed-index and satisfies nothing by itself.', async () => {
    const { index, children, sink } = multi('multi');
    pushBundle(sink, index, signedBy(index));
    const child = await verify('--platform', 'linux/amd64', `${l.registry.host}/multi:v1`);
    expect(gist(child)).toEqual({ exit: 1, outcome: 'unsigned', codes: [] });
    expect(child.json.images?.[0]?.warnings?.map((w) => w.code)).toEqual(['listed-in-signed-index']);
    const other = multi('reverse');
    for (const c of other.children) pushBundle(other.sink, c, signedBy(c));
    expect(gist(await verify(`${l.registry.host}/reverse:v1`))).toMatchObject({ exit: 1, outcome: 'unsigned' });
    expect(children.length).toBe(2);
  });

  test('Several images: each is judged, in the order given. Exit code: 1 if any is definitely not verified, else 3 if any is inconclusive, else 0.', async () => {
    sign(l.app);
    corner(l.registry.content, 'bare');
    const [good, bad, unknown] = [l.image, `${l.registry.host}/bare:v1`, `${l.registry.host}/app:nothing`];
    for (const [images, exit] of [
      [[good, good], 0],
      [[unknown, good], 3],
      [[unknown, good, bad], 1],
    ] as const) {
      const answer = await verify(...images);
      expect([answer.exit, answer.json.images?.map((i) => i.reference)]).toEqual([exit, images]);
    }
  });

  test('Several keys or identities: --key repeats; any one suffices, --threshold N asks for N distinct ones.', async () => {
    l.file('other.pub', STRANGER.spkiPem);
    sign(l.app);
    const both = ['--key', 'other.pub'];
    expect((await verify(...both, l.image)).exit).toBe(0);
    expect(gist(await verify(...both, '--threshold', '2', l.image))).toMatchObject({ exit: 1, outcome: 'untrusted' });
    // The same signer twice is one.
    pushBundle(l.app.sink, l.app.image, Buffer.concat([signedBy(l.app.image), Buffer.from(' ')]));
    expect((await verify(...both, '--threshold', '2', l.image)).exit).toBe(1);
    pushStrangers(l.app, 1);
    expect((await verify(...both, '--threshold', '2', l.image)).exit).toBe(0);
    expect(gist(await verify('--threshold', '2', l.image))).toMatchObject({ exit: 2, codes: ['usage-invalid'] });
  });

  test('identities pair with issuers by position (one issuer serves all).', async () => {
    const issuers = ['https://a.test', 'https://b.test'];
    const certificate = lab.issue({ sans: [{ email: 'two@x.test' }], issuer: issuers[1] ?? '' });
    const bundle = dsseBundle(
      lab,
      { kind: 'certificate', certificate, chain: lab.ca.chain },
      inTotoStatement(l.app.image.digest, PREDICATES.sign),
    );
    pushBundle(l.app.sink, l.app.image, bundle);
    const ask = async (subjects: readonly string[], by: readonly (string | undefined)[]): Promise<number> =>
      (
        await l.ask([
          'verify',
          '--trusted-root',
          'root.json',
          ...subjects.flatMap((s) => ['--certificate-identity', s]),
          ...by.flatMap((i) => ['--certificate-oidc-issuer', i ?? '']),
          l.image,
        ])
      ).exit;
    expect(await ask(['one@x.test', 'two@x.test'], issuers)).toBe(0);
    expect(await ask(['two@x.test', 'one@x.test'], issuers)).toBe(1);
    expect(await ask(['one@x.test', 'two@x.test'], [issuers[1]])).toBe(0);
    expect(await ask(['one@x.test', 'two@x.test', 'three@x.test'], issuers)).toBe(2);
  });

  test('Durations as Go writes them (500ms, 8000ms, 30s, 3m). Sizes 10MiB.', () => {
    expect(['500ms', '8000ms', '30s', '3m', '1h30m', '1.5s'].map((d) => parseDuration(d))).toEqual([
      500, 8000, 30_000, 180_000, 5_400_000, 1500,
    ]);
    expect(parseSize('10MiB')).toBe(10 * 1024 * 1024);
  });

  test('Booleans accept --flag, --flag=false, and --no-flag where that reads naturally.', async () => {
    sign(l.app);
    const ask = (...flags: string[]): Promise<Answer> =>
      l.ask(['verify', '--key', 'key.pub', '--trusted-root', 'root.json', ...flags, l.image]);
    expect((await ask('--insecure-ignore-tlog')).exit).toBe(0);
    expect((await ask('--insecure-ignore-tlog=true')).exit).toBe(0);
    expect((await ask('--insecure-ignore-tlog=false')).exit).toBe(1);
    expect((await ask('--insecure-ignore-tlog', '--no-insecure-ignore-tlog')).exit).toBe(1);
  });

  test.each(['--check-claims=false', '--private-infrastructure'])(
    "A flag of theirs that weakens a check without 'insecure' in its name (%s) sets an unsafe… option, warns, and shows the check as skipped.",
    async (flag) => {
      sign(l.app);
      const more = flag.startsWith('--check') ? ['--insecure-ignore-tlog'] : [];
      const answer = await l.ask(['verify', '--key', 'key.pub', ...more, flag, l.image]);
      expect(answer.json.warnings?.map((w) => w.code)).toContain('weakened');
      const skipped = answer.json.images?.[0]?.evidence[0]?.checks.filter((c) => c.result === 'skipped') ?? [];
      expect(skipped.length).toBeGreaterThan(0);
      expect(skipped.map((c) => c.reason).join()).toContain('unsafe');
    },
  );

  test("cosign's *-regexp flags: anchored at the start (a pattern that would have matched further in is refused with that hint).", async () => {
    const certificate = lab.issue({ sans: [{ email: 'dev@acme.example' }], issuer: 'https://issuer.test' });
    const bundle = dsseBundle(
      lab,
      { kind: 'certificate', certificate, chain: lab.ca.chain },
      inTotoStatement(l.app.image.digest, PREDICATES.sign),
    );
    pushBundle(l.app.sink, l.app.image, bundle);
    const ask = (pattern: string): Promise<Answer> =>
      l.ask([
        'verify',
        '--trusted-root',
        'root.json',
        '--certificate-identity-regexp',
        pattern,
        '--certificate-oidc-issuer',
        'https://issuer.test',
        l.image,
      ]);
    expect((await ask('dev@')).exit).toBe(0);
    const further = await ask('acme');
    expect(gist(further)).toMatchObject({ exit: 1, outcome: 'untrusted' });
    expect(further.json.images?.[0]?.reasons.join()).toMatch(/start/);
  });
});

describe('Exit codes', () => {
  test('0 done / verified · 1 not verified; nothing found (inspect, download …) · 2 misuse (nothing was tried) · 3 inconclusive', async () => {
    sign(l.app);
    corner(l.registry.content, 'bare');
    const bare = `${l.registry.host}/bare:v1`;
    expect((await verify(l.image)).exit).toBe(0);
    expect((await verify(bare)).exit).toBe(1);
    expect((await l.ask(['inspect', `${l.registry.host}/app:nothing`])).exit).toBe(1);
    expect((await l.ask(['download', 'signature', bare])).exit).toBe(1);
    l.registry.log.length = 0;
    expect((await l.ask(['verify', l.image])).exit).toBe(2);
    expect(l.registry.log).toEqual([]);
    l.registry.faults.add({ kind: 'status', status: 403 });
    expect((await verify(l.image)).exit).toBe(3);
    expect((await l.ask(['inspect', l.image])).exit).toBe(3);
  });
});

describe('Outcomes', () => {
  test('of an image: verified when what was found meets the requirement, whatever else is attached.', async () => {
    sign(l.app);
    pushStrangers(l.app, 3);
    pushBundle(l.app.sink, l.app.image, Buffer.from('garbage'));
    l.registry.faults.add({ kind: 'status', status: 403, match: '\\.att' });
    expect(gist(await verify(l.image))).toEqual({ exit: 0, outcome: 'verified', codes: ['registry-forbidden'] });
  });

  test('Otherwise the first of these that applies: inconclusive, …, untrusted, invalid, unsigned.', async () => {
    const ask = async (): Promise<string | undefined> => (await verify(l.image)).json.outcome;
    expect(await ask()).toBe('unsigned');
    pushBundle(l.app.sink, l.app.image, Buffer.from('garbage'));
    expect(await ask()).toBe('invalid');
    pushStrangers(l.app, 1);
    expect(await ask()).toBe('untrusted');
    l.registry.faults.add({ kind: 'status', status: 403, match: '\\.att' });
    expect(await ask()).toBe('inconclusive');
  });

  test('unsigned is said only when every store answered and held nothing of the kind asked for.', async () => {
    const statement = inTotoStatement(l.app.image.digest, PREDICATES.slsa1);
    pushBundle(l.app.sink, l.app.image, dsseBundle(lab, { kind: 'key', key: ASKED }, statement));
    expect(gist(await verify(l.image))).toEqual({ exit: 1, outcome: 'unsigned', codes: [] });
    for (const match of ['\\.sig', '\\.att', 'referrers/', 'manifests/sha256-[0-9a-f]+$']) {
      l.registry.faults.clear();
      l.registry.faults.add({ kind: 'status', status: 403, match });
      expect(gist(await verify(l.image))).toEqual({ exit: 3, outcome: 'inconclusive', codes: ['registry-forbidden'] });
    }
  });

  test('An image that does not exist is inconclusive with the error not-found (exit 3: a mistyped name is no proof of anything).', async () => {
    expect(gist(await verify(`${l.registry.host}/app:nothing`))).toEqual({ exit: 3, outcome: 'inconclusive', codes: ['not-found'] });
    expect(gist(await verify(`${l.registry.host}/nothing:v1`))).toEqual({ exit: 3, outcome: 'inconclusive', codes: ['not-found'] });
  });

  test('Of a run: that of the first image in the class that set the exit code.', async () => {
    corner(l.registry.content, 'bare');
    pushStrangers(l.app, 1);
    const bare = `${l.registry.host}/bare:v1`;
    expect((await verify(`${l.registry.host}/app:nothing`, l.image, bare)).json.outcome).toBe('untrusted');
    expect((await verify(bare, l.image)).json.outcome).toBe('unsigned');
  });

  test('a signature whose hint, certificate or log entry names an asked-for key and which that key does not verify: invalid', async () => {
    const bundle = dsseBundle(lab, { kind: 'key', key: STRANGER }, inTotoStatement(l.app.image.digest, PREDICATES.sign));
    bundle.verificationMaterial.publicKey = { hint: ASKED.id.toString('base64') };
    pushBundle(l.app.sink, l.app.image, bundle);
    expect(gist(await verify(l.image))).toMatchObject({ exit: 1, outcome: 'invalid' });
  });

  test.each([400, 404, 405, 406])(
    'a referrers request answered %i means "no referrers API here" (use the fallback tag)',
    async (status) => {
      const pushed = pushBundle(l.app.sink, l.app.image, signedBy(l.app.image));
      const { pushFallback } = await import('../../src/testing/index.ts');
      l.registry.faults.add({ kind: 'status', status, match: 'referrers/' });
      expect(gist(await verify(l.image))).toEqual({ exit: 1, outcome: 'unsigned', codes: [] });
      pushFallback(l.app.sink, l.app.image, [pushed]);
      expect(gist(await verify(l.image))).toEqual({ exit: 0, outcome: 'verified', codes: [] });
    },
  );

  test('read the fallback tag also when the API answers', async () => {
    const elsewhere = pushImage(l.app.sink, 'another');
    const moved = pushBundle(l.app.sink, elsewhere, signedBy(l.app.image));
    const { pushFallback } = await import('../../src/testing/index.ts');
    pushFallback(l.app.sink, l.app.image, [moved]);
    expect(gist(await verify(l.image))).toEqual({ exit: 0, outcome: 'verified', codes: [] });
  });
});

describe('JSON of verify', () => {
  test('has the members that the contract names, in every outcome', async () => {
    sign(l.app);
    pushStrangers(l.app, 1);
    const { json } = await verify(l.image, `${l.registry.host}/app:nothing`);
    expect(Object.keys(json)).toEqual(expect.arrayContaining(['schema', 'outcome', 'images', 'warnings', 'errors']));
    expect(json.schema).toBe('assay/verify/v1');
    const [found, missing] = json.images ?? [];
    expect(missing).toMatchObject({
      digest: null,
      outcome: 'inconclusive',
      evidence: [],
      errors: [{ code: 'not-found', retryable: false }],
    });
    const names = ['id', 'kind', 'format', 'digest', 'found', 'outcome', 'signer', 'claims', 'predicateType', 'times', 'log', 'checks'];
    for (const e of found?.evidence ?? []) expect(Object.keys(e)).toEqual(expect.arrayContaining(names));
    expect(found?.evidence[0]).toMatchObject({ kind: 'signature', format: 'sigstore-bundle', found: 'referrers', outcome: 'verified' });
    expect(found?.evidence[0]).toMatchObject({ signer: { kind: 'key', keyId: `sha256:${ASKED.id.toString('hex')}` } });
  });

  test('signer, claims and times of evidence that is not verified carry "unverified": true beside them, or are left out.', async () => {
    const certificate = lab.issue({ sans: [{ email: 'eve@stranger.test' }] });
    const signer = { kind: 'certificate', certificate, chain: lab.ca.chain } as const;
    pushBundle(l.app.sink, l.app.image, dsseBundle(lab, signer, inTotoStatement(l.app.image.digest, PREDICATES.sign)));
    const how = [
      '--trusted-root',
      'root.json',
      '--certificate-identity',
      'dev@acme.example',
      '--certificate-oidc-issuer',
      'https://i.test',
    ];
    const answer = await l.ask(['verify', ...how, l.image]);
    const [e] = (answer.json.images?.[0]?.evidence ?? []) as readonly Record<string, unknown>[];
    expect(e).toMatchObject({ outcome: 'untrusted', claims: { unverified: true } });
    for (const part of [e?.signer, ...((e?.times as unknown[]) ?? [])]) if (part !== null) expect(part).toMatchObject({ unverified: true });
  });

  test('"files" for blobs', async () => {
    l.file('blob', 'hello');
    l.file('blob.json', JSON.stringify(messageBundle(lab, { kind: 'key', key: ASKED }, Buffer.from('hello'))));
    const answer = await l.ask(['verify-blob', ...BY_KEY, '--bundle', 'blob.json', 'blob']);
    expect(gist(answer)).toEqual({ exit: 0, outcome: 'verified', codes: [] });
    expect(answer.json.files?.length).toBe(1);
    expect(answer.json.images).toBeUndefined();
  });

  test('the id is over the signer’s keyId and the signed bytes: the same evidence in another wrapping has the same', async () => {
    pushBundle(l.app.sink, l.app.image, signedBy(l.app.image));
    const parsed = JSON.parse(Buffer.from(signedBy(l.app.image)).toString()) as { dsseEnvelope: object };
    pushBundle(l.app.sink, l.app.image, Buffer.from(JSON.stringify(parsed, null, 2)));
    const answer = await verify(l.image);
    const ids = answer.json.images?.[0]?.evidence.map((e) => (e as unknown as { id: string }).id) ?? [];
    expect(ids.length).toBe(2);
    expect(new Set(ids).size).toBe(1);
  });
});

function explode(): never {
  throw new TypeError('something is broken inside');
}

function multi(name: string): { readonly index: Pushed; readonly children: readonly [Pushed, Pushed]; readonly sink: Corner['sink'] } {
  const sink = registrySink(l.registry.content, name);
  const children = [pushImage(sink, `${name} one`), pushImage(sink, `${name} two`)] as const;
  return { sink, children, index: pushIndex(sink, children, { tag: 'v1' }) };
}

/** Writes a layout of everything that the registry's `app` holds, as a folder and as an archive. */
async function layout(name: string, entries: readonly (Pushed & { readonly tag?: string })[]): Promise<void> {
  const blobs = [...l.registry.content.repository('app').blobs].map((digest) => l.registry.content.blobs.get(digest) ?? Buffer.alloc(0));
  await writeLayout(join(l.home, name), { entries, blobs });
  l.file(`${name}.tar`, packTar(layoutFilesOf({ entries, blobs })));
}
