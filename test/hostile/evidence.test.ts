import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/limits.ts';
import { BUNDLE_V03, OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '../../src/oci/media-types.ts';
import { seq } from '../../src/testing/authority/encode.ts';
import {
  type BundleJson,
  dsseBundle,
  type Extension,
  inTotoStatement,
  type LeafOptions,
  PREDICATES,
  pushBundle,
  pushLayers,
  signatureLayer,
  simpleSigningPayload,
} from '../../src/testing/index.ts';
import { lab } from '../forgeries/lab.ts';
import { ASKED, STRANGER } from './crowd.ts';
import { BY_KEY, gist, goodBundle, type Lab, sign, startLab } from './lab.ts';

const MiB = 1 << 20;
const BY_IDENTITY = [
  '--trusted-root',
  'root.json',
  '--certificate-identity',
  'dev@acme.example',
  '--certificate-oidc-issuer',
  'https://token.actions.githubusercontent.com',
];

let l: Lab;
beforeEach(async () => {
  l = await startLab();
});
afterEach(() => l.close());

/** The answer about the image with one bundle attached. */
async function judge(bundle: object | string | Uint8Array, how: readonly string[] = BY_KEY): Promise<ReturnType<typeof gist>> {
  pushBundle(l.app.sink, l.app.image, typeof bundle === 'string' ? Buffer.from(bundle) : bundle);
  return gist(await l.ask(['verify', ...how, l.image]));
}

/** The answer about a file with the same bundle. */
async function judgeFile(bundle: string | Uint8Array, how: readonly string[] = BY_KEY): Promise<ReturnType<typeof gist>> {
  l.file('bundle.json', bundle);
  return gist(await l.ask(['verify-bundle', '--bundle', 'bundle.json', ...how, l.app.image.digest]));
}

const INVALID = { exit: 1, outcome: 'invalid', codes: [] };
const good = (): string => Buffer.from(goodBundle(l.app)).toString();

describe('a bundle', () => {
  test('that is good is verified: what follows is refused for its one fault', async () => {
    expect(await judge(good())).toEqual({ exit: 0, outcome: 'verified', codes: [] });
    expect(await judgeFile(good())).toEqual({ exit: 0, outcome: 'verified', codes: [] });
  });

  const spoilt: readonly (readonly [string, (text: string) => string])[] = [
    ['cut short', (t) => t.slice(0, -20)],
    ['empty', () => ''],
    ['with a name twice', (t) => t.replace('{', `{"mediaType":"${BUNDLE_V03}",`)],
    ['with a name twice deep inside', (t) => t.replace('"payloadType"', '"payload":"e30=","payloadType"')],
    ['with a name twice, once escaped', (t) => t.replace('"payloadType"', '"p\\u0061yload":"e30=","payloadType"')],
    ['with a line break in its base64', (t) => t.replace(/"sig":"(.{8})/, '"sig":"$1\\n')],
    ['with spaces in its base64', (t) => t.replace(/"payload":"(.{8})/, '"payload":"$1 ')],
    ['with base64 that goes on after its padding', (t) => t.replace(/"sig":"([^"]+)"/, '"sig":"$1AAAA="')],
    [
      'with a number beyond all numbers',
      (t) => t.replace('"verificationMaterial":{', '"verificationMaterial":{"tlogEntries":[{"logIndex":1e999}],'),
    ],
    ['that is a list', (t) => `[${t}]`],
    ['followed by another', (t) => `${t}${t}`],
    ['with a byte order mark', (t) => `\ufeff${t}`],
    ['with bytes that are no UTF-8', (t) => t],
  ];

  test.each(spoilt)('%s: invalid, in an image and as a file', async (name, spoil) => {
    const bytes = Buffer.from(spoil(good()));
    if (name.includes('UTF-8')) bytes[bytes.indexOf('application')] = 0xff;
    expect(await judge(bytes)).toEqual(INVALID);
    expect(await judgeFile(bytes)).toMatchObject({ exit: 1, outcome: 'invalid' });
  });

  test('in a crowd of lists: limit, in no time', async () => {
    const deep = good().replace('{', `{"x":${'['.repeat(100_000)}${']'.repeat(100_000)},`);
    expect(await judge(deep)).toEqual({ exit: 3, outcome: 'inconclusive', codes: ['limit'] });
    expect(await judgeFile(deep)).toMatchObject({ exit: 3, outcome: 'inconclusive' });
  });

  test('with a hundred megabytes of white space: verified, for it is good', async () => {
    expect(await judge(`${good()}${' '.repeat(100 * MiB)}`)).toEqual({ exit: 0, outcome: 'verified', codes: [] });
  });

  test('with more white space than evidence may have bytes: limit, and it is not fetched', async () => {
    expect(await judge(Buffer.alloc(LIMITS.evidenceBytes + 1, ' '))).toEqual({ exit: 3, outcome: 'inconclusive', codes: ['limit'] });
    expect(l.registry.log.filter((e) => e.target.includes('/blobs/'))).toEqual([]);
  });

  test('with a million names: verified, for it is good', async () => {
    const names = Array.from({ length: 1_000_000 }, (_, i) => `"n${i}":0`).join(',');
    expect(await judge(good().replace('{', `{"unknown":{${names}},`))).toEqual({ exit: 0, outcome: 'verified', codes: [] });
  });

  test('with names that every object has: nothing is read from them', async () => {
    expect(await judge(good().replace('{', '{"__proto__":{"verificationMaterial":{}},"constructor":1,'))).toEqual({
      exit: 0,
      outcome: 'verified',
      codes: [],
    });
    expect(await judgeFile('{"__proto__":{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}}')).toEqual(INVALID);
  });

  test('with more log entries than are read: limit', async () => {
    const value = JSON.parse(good()) as BundleJson;
    value.verificationMaterial.tlogEntries = Array.from({ length: LIMITS.logEntries + 1 }, () => ({}) as never);
    expect(await judge(value)).toEqual({ exit: 3, outcome: 'inconclusive', codes: ['limit'] });
  });

  test('behind a hundred bad ones is found all the same', async () => {
    for (let i = 0; i < 100; i++) pushBundle(l.app.sink, l.app.image, Buffer.from(`garbage ${i}`));
    sign(l.app);
    expect(gist(await l.ask(['verify', ...BY_KEY, l.image]))).toEqual({ exit: 0, outcome: 'verified', codes: [] });
  });
});

describe('a certificate', () => {
  const leaf = (options: LeafOptions): BundleJson => {
    const certificate = lab.issue({ sans: [{ email: 'dev@acme.example' }], ...options });
    return dsseBundle(lab, { kind: 'certificate', certificate, chain: lab.ca.chain }, inTotoStatement(l.app.image.digest, PREDICATES.sign));
  };
  const der = (bytes: Uint8Array): BundleJson => {
    const bundle = leaf({});
    bundle.verificationMaterial.certificate = { rawBytes: Buffer.from(bytes).toString('base64') };
    return bundle;
  };
  const critical = (critical: boolean): Extension => ({ id: '1.2.3.4.5', critical, value: seq() });

  test('that is good is verified', async () => {
    expect(await judge(leaf({}), BY_IDENTITY)).toEqual({ exit: 0, outcome: 'verified', codes: [] });
  });

  test('with a critical extension that nobody knows: invalid', async () => {
    expect(await judge(leaf({ extra: [critical(true)] }), BY_IDENTITY)).toEqual(INVALID);
  });

  test('with one that is not critical: verified', async () => {
    expect(await judge(leaf({ extra: [critical(false)] }), BY_IDENTITY)).toMatchObject({ exit: 0, outcome: 'verified' });
  });

  test('without a subject alternative name: not verified, whatever is asked', async () => {
    for (const subject of ['dev@acme.example', '.*', '^$', '']) {
      const flag = subject === 'dev@acme.example' ? '--certificate-identity' : '--certificate-identity-regexp';
      const how = ['--trusted-root', 'root.json', flag, subject, '--certificate-oidc-issuer-regexp', '.*'];
      const answer = await judge(leaf({ sans: [] }), how);
      expect(answer.exit).toBe(subject === '' ? 2 : 1);
      expect(['invalid', 'untrusted', undefined]).toContain(answer.outcome);
    }
  });

  const nested = (depth: number): Buffer => {
    let value: Buffer = Buffer.from([5, 0]);
    for (let i = 0; i < depth; i++) value = seq(value);
    return value;
  };

  test.each<readonly [string, () => Uint8Array]>([
    ['nested 3,000 levels deep', () => nested(3000)],
    ['of a hundred thousand elements', () => seq(Buffer.alloc(200_000, Buffer.from([5, 0])))],
    ['that states a length of 4 GiB', () => Buffer.from([0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x00])],
    ['that states a length of 2^1000', () => Buffer.from([0x30, 0xfd, ...Array.from({ length: 125 }, () => 0xff)])],
    ['of indefinite length', () => Buffer.from([0x30, 0x80, 0x05, 0x00, 0x00, 0x00])],
    ['larger than certificates are', () => seq(Buffer.alloc(LIMITS.certificateBytes))],
    ['of nothing', () => Buffer.from([0x30, 0x00])],
    ['of random bytes', () => Buffer.from('c0ffee'.repeat(50), 'hex')],
  ])('%s: refused in no time', async (_name, make) => {
    const answer = await judge(der(make()), BY_IDENTITY);
    expect([1, 3]).toContain(answer.exit);
    expect(['invalid', 'inconclusive']).toContain(answer.outcome);
    l.file('cert.pem', `-----BEGIN CERTIFICATE-----\n${Buffer.from(make()).toString('base64')}\n-----END CERTIFICATE-----\n`);
    const own = await l.ask([
      'verify',
      ...BY_IDENTITY.slice(2),
      '--certificate-chain',
      'cert.pem',
      '--insecure-ignore-tlog',
      '--insecure-ignore-sct',
      l.image,
    ]);
    expect(gist(own)).toEqual({ exit: 2, outcome: undefined, codes: ['trust-invalid'] });
  });
});

describe('a public key', () => {
  test.each<readonly [string, string]>([
    ['that is none', 'hello'],
    ['that is empty', ''],
    ['nested deep', `-----BEGIN PUBLIC KEY-----\n${Buffer.alloc(60_000, 0x30).toString('base64')}\n-----END PUBLIC KEY-----\n`],
    ['of which a part is missing', ASKED.spkiPem.replace(/.{20}\n-----END/, '\n-----END')],
  ])('%s: misuse', async (_name, text) => {
    l.file('bad.pub', text);
    const answer = gist(await l.ask(['verify', '--key', 'bad.pub', '--insecure-ignore-tlog', l.image]));
    expect(answer).toMatchObject({ exit: 2, outcome: undefined });
    expect(['key-invalid', 'pem-invalid']).toContain(answer.codes[0]);
    expect(l.registry.log).toEqual([]);
  });
});

describe('a manifest of evidence', () => {
  const layers = (count: number): object[] =>
    Array.from({ length: count }, (_, i) =>
      signatureLayer(
        lab,
        { kind: 'key', key: i === count - 1 ? ASKED : STRANGER },
        simpleSigningPayload(l.app.image.digest, { optional: { serial: i } }),
      ),
    );

  test('of 1,000 layers of which the last is good: verified', async () => {
    pushLayers(l.app.sink, l.app.image, 'sig', layers(LIMITS.manifestLayers) as never);
    expect(gist(await l.ask(['verify', ...BY_KEY, l.image]))).toEqual({ exit: 0, outcome: 'verified', codes: [] });
  });

  test('of 1,001 layers: limit', async () => {
    pushLayers(l.app.sink, l.app.image, 'sig', layers(LIMITS.manifestLayers + 1) as never);
    expect(gist(await l.ask(['verify', ...BY_KEY, l.image]))).toEqual({ exit: 3, outcome: 'inconclusive', codes: ['limit'] });
  });

  test('of 1,001 layers hides no good one elsewhere', async () => {
    pushLayers(l.app.sink, l.app.image, 'sig', layers(LIMITS.manifestLayers + 1) as never);
    sign(l.app);
    expect(gist(await l.ask(['verify', ...BY_KEY, l.image]))).toMatchObject({ exit: 0, outcome: 'verified' });
  });

  const manifests: readonly (readonly [string, string])[] = [
    ['that is no JSON', 'garbage'],
    ['with a name twice', `{"schemaVersion":2,"schemaVersion":2,"mediaType":"${OCI_MANIFEST}"}`],
    ['that is a manifest and an index', `{"schemaVersion":2,"mediaType":"${OCI_MANIFEST}","manifests":[],"layers":[]}`],
    [
      'whose layer has a negative size',
      `{"schemaVersion":2,"mediaType":"${OCI_MANIFEST}","config":{"mediaType":"x","digest":"sha256:${'0'.repeat(64)}","size":-1},"layers":[]}`,
    ],
    [
      'whose digest is none',
      `{"schemaVersion":2,"mediaType":"${OCI_MANIFEST}","config":{"mediaType":"x","digest":"sha256:../../etc","size":1},"layers":[]}`,
    ],
    ['nested deep', `{"schemaVersion":2,"mediaType":"${OCI_MANIFEST}","x":${'['.repeat(5000)}${']'.repeat(5000)}}`],
  ];

  test.each(manifests)('%s: invalid', async (_name, text) => {
    l.app.sink.putManifest(Buffer.from(text), { tag: `${l.app.image.digest.replace(':', '-')}.sig` });
    expect(gist(await l.ask(['verify', ...BY_KEY, l.image]))).toEqual(INVALID);
  });
});

describe('an image', () => {
  const push = (document: object | string, tag = 'bad', type = OCI_INDEX): void =>
    void l.app.sink.putManifest(Buffer.from(typeof document === 'string' ? document : JSON.stringify(document)), { tag, mediaType: type });
  const ask = async (...argv: string[]): Promise<ReturnType<typeof gist>> => gist(await l.ask([...argv, `${l.registry.host}/app:bad`]));
  const verify = (...more: string[]): Promise<ReturnType<typeof gist>> => ask('verify', ...BY_KEY, ...more);

  test('whose manifest is larger than manifests are: limit', async () => {
    push({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [], annotations: { a: 'x'.repeat(LIMITS.manifestBytes) } });
    expect(await verify()).toEqual({ exit: 3, outcome: 'inconclusive', codes: ['limit'] });
    for (const command of ['tree', 'inspect', 'manifest']) expect(await ask(command)).toMatchObject({ exit: 3, codes: ['limit'] });
  });

  test('whose manifest is nested deep, or has a name twice: not accepted', async () => {
    for (const text of [
      `{"schemaVersion":2,"mediaType":"${OCI_INDEX}","manifests":[],"x":${'['.repeat(5000)}${']'.repeat(5000)}}`,
      `{"schemaVersion":2,"mediaType":"${OCI_INDEX}","manifests":[],"manifests":[]}`,
      'garbage',
    ]) {
      push(text);
      expect(await verify()).toMatchObject({ exit: 3, outcome: 'inconclusive', codes: ['manifest-invalid'] });
      expect((await ask('tree')).exit).not.toBe(0);
      expect((await ask('inspect')).exit).not.toBe(0);
    }
  });

  test('that is an index of itself: the circle is found', async () => {
    const self = { mediaType: OCI_INDEX, digest: `sha256:${'1'.repeat(64)}`, size: 0, platform: { os: 'linux', architecture: 'amd64' } };
    const text = (size: number): string => JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [{ ...self, size }] });
    // The size stands in what it is the size of.
    const own = text(text(1000).length - 1);
    push(own);
    const held = l.registry.content.repository('app');
    held.manifests.set(self.digest, { type: OCI_INDEX, body: Buffer.from(own) });
    for (const platform of ['linux/amd64', 'all'])
      expect(await verify('--platform', platform)).toMatchObject({ exit: 3, outcome: 'inconclusive', codes: ['content-mismatch'] });
    expect((await ask('tree')).codes).toEqual(['content-mismatch']);
  });

  test('that nests indexes: each is an index, and ends', async () => {
    let inner: object = {
      mediaType: OCI_MANIFEST,
      digest: l.app.image.digest,
      size: l.app.image.size,
      platform: { os: 'linux', architecture: 'amd64' },
    };
    for (let i = 0; i < 30; i++) {
      const bytes = Buffer.from(
        JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [inner], annotations: { level: String(i) } }),
      );
      l.app.sink.putManifest(bytes, { tag: 'bad', mediaType: OCI_INDEX });
      const { digestOf } = await import('../../src/oci/digest.ts');
      inner = { mediaType: OCI_INDEX, digest: digestOf(bytes), size: bytes.length, platform: { os: 'linux', architecture: 'amd64' } };
    }
    expect(await verify('--platform', 'linux/amd64')).toMatchObject({ exit: 1, outcome: 'unsigned' });
    expect((await ask('tree')).exit).toBeLessThan(4);
  });

  test('of more platforms than are asked about: limit', async () => {
    const entry = (i: number): object => ({
      mediaType: OCI_MANIFEST,
      digest: l.app.image.digest,
      size: l.app.image.size,
      platform: { os: 'linux', architecture: `a${i}` },
    });
    push({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: Array.from({ length: LIMITS.indexManifests + 1 }, (_, i) => entry(i)) });
    expect(await verify('--platform', 'all')).toEqual({ exit: 3, outcome: 'inconclusive', codes: ['limit'] });
  });

  test('with names that paint the terminal: nothing of it reaches the terminal', async () => {
    const evil = '\u001b[2J\u001b]0;owned\u0007\u202e\u0000';
    const config = { mediaType: OCI_CONFIG, digest: l.app.image.digest, size: l.app.image.size };
    push(
      { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [], artifactType: evil, annotations: { [evil]: evil } },
      'bad',
      OCI_MANIFEST,
    );
    const { assay } = await import('../cli/harness.ts');
    for (const argv of [['tree'], ['inspect'], ['verify', ...BY_KEY], ['tree', '--verbose'], ['inspect', '--verbose']]) {
      const ran = await assay([...argv, `${l.registry.host}/app:bad`], { home: l.home, cwd: l.home, env: { NO_COLOR: '1' } });
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect(ran.stdout.toString() + ran.stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    }
  });
});
