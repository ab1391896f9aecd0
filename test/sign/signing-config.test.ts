import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  API_VERSIONS,
  type ConfiguredService,
  createSigningConfig,
  parseSigningConfig,
  type SigningConfig,
  selectService,
  selectServices,
  signingConfigJson,
} from '../../src/sign/signing-config/index.ts';
import { initTrust, publicSigningConfig } from '../../src/trust/tuf/index.ts';
import { assay } from '../cli/harness.ts';
import { DAY, type Mirror, serveMirror, TufRepository } from '../trust/tuf-repository.ts';

const MEDIA_TYPE = 'application/vnd.dev.sigstore.signingconfig.v0.2+json';
const NOW = Date.parse('2026-03-01T12:00:00Z');
const failing = (code: string, message: string | RegExp = '') =>
  expect.objectContaining({
    code,
    message: typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message),
  });

function parse(value: object, lenient = false): SigningConfig {
  return parseSigningConfig(Buffer.from(JSON.stringify({ mediaType: MEDIA_TYPE, ...value })), { lenient });
}

function service(url: string, more: Partial<ConfiguredService> & { readonly from?: string; readonly to?: string } = {}): ConfiguredService {
  const { from, to, ...rest } = more;
  const at = (text: string | undefined): number | undefined => (text === undefined ? undefined : Date.parse(text));
  return { url: `https://${url}.example`, majorApiVersion: 1, operator: url, validFor: { start: at(from), end: at(to) }, ...rest };
}

describe('reading', () => {
  test('the public good instance’s configuration, in both spellings of its names', () => {
    const url = {
      url: 'https://rekor.sigstore.dev',
      majorApiVersion: 1,
      validFor: { start: '2021-01-12T11:53:27.000Z' },
      operator: 'sigstore.dev',
    };
    const config = parse({ rekorTlogUrls: [url], rekorTlogConfig: { selector: 'ANY' } });
    expect(config).toMatchObject({
      rekorTlogUrls: [
        { url: url.url, majorApiVersion: 1, operator: 'sigstore.dev', validFor: { start: Date.parse(url.validFor.start), end: undefined } },
      ],
      rekorTlogConfig: { selector: 'ANY' },
      tsaUrls: [],
    });
    const snake = { url: url.url, major_api_version: 1, valid_for: url.validFor, operator: 'sigstore.dev' };
    const bytes = Buffer.from(JSON.stringify({ media_type: MEDIA_TYPE, rekor_tlog_urls: [snake], rekor_tlog_config: { selector: 2 } }));
    expect(parseSigningConfig(bytes)).toEqual(config);
  });

  test('numbers may be texts, as protobuf’s JSON has them', () => {
    const config = parse({
      caUrls: [{ url: 'https://a.example', majorApiVersion: '1' }],
      rekorTlogConfig: { selector: 'EXACT', count: '2' },
    });
    expect(config).toMatchObject({ caUrls: [{ majorApiVersion: 1 }], rekorTlogConfig: { selector: 'EXACT', count: 2 } });
  });

  test('a start that Go writes for "not said" is none', () => {
    const config = parse({ caUrls: [{ url: 'https://a.example', majorApiVersion: 1, validFor: { start: '0001-01-01T00:00:00Z' } }] });
    expect(config.caUrls[0]?.validFor.start).toBeUndefined();
  });

  test.each<[string, object, RegExp]>([
    ['of version 0.1', { mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.1+json' }, /version 0\.1/],
    ['of no version', { mediaType: undefined }, /mediaType/],
    ['with a misspelled member', { rekorTlogURLs: [] }, /rekorTlogURLs/],
    ['with a misspelled member of a service', { caUrls: [{ url: 'https://a.example', apiVersion: 1 }] }, /apiVersion/],
    ['with lists that are none', { caUrls: {} }, /caUrls is not a list/],
    ['with addresses as version 0.1 had them', { caUrls: ['https://a.example'] }, /caUrls\[0\] is not an object/],
    ['with an address that is none', { tsaUrls: [{ url: 'tsa.example' }] }, /tsaUrls\[0\]\.url/],
    ['with a secret in an address', { tsaUrls: [{ url: 'https://a:b@tsa.example' }] }, /credentials/],
    ['with a time that is none', { tsaUrls: [{ url: 'https://tsa.example', validFor: { start: 'yesterday' } }] }, /start is no time/],
    ['with a day that there is not', { tsaUrls: [{ url: 'https://tsa.example', validFor: { start: '2024-02-30T00:00:00Z' } }] }, /no time/],
    ['with spaces around an address', { tsaUrls: [{ url: ' https://tsa.example' }] }, /tsaUrls\[0\]\.url/],
    ['with a list in both spellings', { tsaUrls: [], tsa_urls: [{ url: 'https://tsa.example' }] }, /both tsaUrls and tsa_urls/],
    ['with a version in both spellings', { caUrls: [{ url: 'https://a.example', majorApiVersion: 1, major_api_version: 2 }] }, /both/],
    ['with a version that is a word', { caUrls: [{ url: 'https://a.example', majorApiVersion: 'one' }] }, /majorApiVersion/],
    ['with an unknown selector', { tsaConfig: { selector: 'SOME' } }, /ALL, ANY and EXACT/],
    ['with exactly 0', { tsaConfig: { selector: 'EXACT' } }, /exactly 0/],
    ['with a version below 0', { caUrls: [{ url: 'https://a.example', majorApiVersion: -1 }] }, /majorApiVersion/],
  ])('a configuration %s is refused with the reason', (_, value, reason) => {
    expect(() => parse(value)).toThrow(failing('signing-config-invalid', reason));
  });

  test('what TUF signs may have members of a newer version', () => {
    expect(parse({ moreUrls: [], caUrls: [{ url: 'https://a.example', weight: 3 }] }, true).caUrls).toHaveLength(1);
  });

  test('a name that stands twice is refused', () => {
    expect(() => parseSigningConfig(Buffer.from(`{"mediaType":"${MEDIA_TYPE}","caUrls":[],"caUrls":[]}`))).toThrow(
      failing('signing-config-invalid'),
    );
  });
});

describe('choosing', () => {
  const choose = (
    services: ConfiguredService[],
    selector: 'ANY' | 'ALL' | 'EXACT' | undefined,
    count = 0,
    versions: readonly number[] = [1, 2],
  ) =>
    selectServices(services, { selector, count }, { what: 'transparency log', versions, now: NOW }).map(
      (s) => new URL(s.url).hostname.split('.')[0],
    );

  test('the highest API version that both speak, and no other beside it', () => {
    const services = [service('one'), service('two', { majorApiVersion: 2 }), service('three', { majorApiVersion: 3 })];
    expect(choose(services, 'ALL')).toEqual(['two']);
    expect(choose(services, 'ALL', 0, [1])).toEqual(['one']);
  });

  test('valid now, both ends included', () => {
    const services = [
      service('future', { from: '2026-03-01T12:00:01Z' }),
      service('past', { to: '2026-03-01T11:59:59Z' }),
      service('begins', { from: '2026-03-01T12:00:00Z' }),
      service('ends', { from: '2025-01-01T00:00:00Z', to: '2026-03-01T12:00:00Z' }),
    ];
    expect(choose(services, 'ALL')).toEqual(['begins', 'ends']);
  });

  test('one for each operator, and of those the newest', () => {
    const services = [
      service('old', { operator: 'a', from: '2024-01-01T00:00:00Z' }),
      service('new', { operator: 'a', from: '2025-01-01T00:00:00Z' }),
      service('other', { operator: 'b', from: '2023-01-01T00:00:00Z' }),
    ];
    expect(choose(services, 'ALL')).toEqual(['new', 'other']);
    expect(choose(services, 'ANY')).toHaveLength(1);
    expect(choose(services, 'EXACT', 2)).toEqual(['new', 'other']);
    expect(() => choose(services, 'EXACT', 3)).toThrow(failing('signing-config-invalid', 'exactly 3'));
  });

  test.each<[string, ConfiguredService[], 'ANY' | undefined, RegExp]>([
    ['names none', [], 'ANY', /names no transparency log/],
    ['offers only another API version', [service('a', { majorApiVersion: 3 })], 'ANY', /API version 3 only, Assay speaks 1 and 2/],
    ['begins in the future', [service('a', { from: '2027-01-01T00:00:00Z' })], 'ANY', /the first begins 2027-01-01T00:00:00Z/],
    ['has ended', [service('a', { to: '2026-01-01T00:00:00Z' })], 'ANY', /the last ended 2026-01-01T00:00:00Z/],
    ['has a hole now', [service('a', { to: '2026-01-01T00:00:00Z' }), service('b', { from: '2027-01-01T00:00:00Z' })], 'ANY', /valid now/],
    ['does not say how many', [service('a')], undefined, /does not say how many/],
  ])('a configuration that %s says so', (_, services, selector, reason) => {
    expect(() => choose(services, selector)).toThrow(failing('signing-config-invalid', reason));
  });

  test('services without a selector: the newest of the highest version', () => {
    const services = [service('a', { from: '2024-01-01T00:00:00Z' }), service('b', { from: '2025-01-01T00:00:00Z' })];
    expect(selectService(services, { what: 'certificate authority', versions: API_VERSIONS.fulcio, now: NOW }).operator).toBe('b');
  });
});

describe('making', () => {
  const SPEC = 'url=https://rekor.example,api-version=2,start-time=2024-01-01T00:00:00Z,operator=acme';
  const make = (request: Parameters<typeof createSigningConfig>[0]) => signingConfigJson(createSigningConfig(request));

  test('what is made is read again as it was', () => {
    const config = createSigningConfig({
      services: [
        { kind: 'rekor', spec: `${SPEC},end-time=2030-01-01T01:00:00+01:00` },
        { kind: 'fulcio', spec: SPEC },
      ],
      rekorConfig: 'exact:2',
    });
    expect(parseSigningConfig(Buffer.from(JSON.stringify(signingConfigJson(config))))).toEqual(config);
    expect(config.rekorTlogUrls[0]?.validFor.end).toBe(Date.parse('2030-01-01T00:00:00Z'));
    expect(config.rekorTlogConfig).toEqual({ selector: 'EXACT', count: 2 });
  });

  test('without services: signatures with nothing but the key', () => {
    expect(make({ services: [] })).toEqual({ mediaType: MEDIA_TYPE, rekorTlogConfig: {}, tsaConfig: {} });
  });

  test('services take the place of a base’s, and stand beside the defaults', () => {
    const config = createSigningConfig({ services: [{ kind: 'rekor', spec: SPEC }], rekorConfig: 'ANY' });
    const more = { services: [{ kind: 'rekor', spec: SPEC.replace('rekor.example', 'new.example') }] as const, rekorConfig: 'ALL' };
    const urls = (c: SigningConfig) => c.rekorTlogUrls.map((s) => s.url);
    expect(urls(createSigningConfig({ ...more, base: { config, without: [], replace: true } }))).toEqual(['https://new.example']);
    expect(urls(createSigningConfig({ ...more, base: { config, without: [], replace: false } }))).toEqual([
      'https://rekor.example',
      'https://new.example',
    ]);
    const without = createSigningConfig({ services: [], base: { config, without: ['rekor'], replace: false } });
    expect(without).toMatchObject({ rekorTlogUrls: [], rekorTlogConfig: { selector: undefined } });
  });

  test.each<[string, string, string | undefined]>([
    ['a key that is missing', 'url=https://a.example,api-version=1,operator=x', 'ANY'],
    ['an unknown key', `${SPEC},weight=3`, 'ANY'],
    ['a key twice', `${SPEC},operator=y`, 'ANY'],
    ['a version that is none', SPEC.replace('api-version=2', 'api-version=two'), 'ANY'],
    ['a time that is none', SPEC.replace('2024-01-01T00:00:00Z', '2024-02-31T00:00:00Z'), 'ANY'],
    ['an end before the start', `${SPEC},end-time=2023-01-01T00:00:00Z`, 'ANY'],
    ['no selector', SPEC, undefined],
    ['a selector that is none', SPEC, 'EXACT'],
    ['a selector of none', SPEC, 'EXACT:0'],
    ['a count where none belongs', SPEC, 'ANY:2'],
  ])('%s is misuse', (_, spec, rekorConfig) => {
    expect(() => make({ services: [{ kind: 'rekor', spec }], ...(rekorConfig === undefined ? {} : { rekorConfig }) })).toThrow(
      failing('usage-invalid'),
    );
  });
});

describe('the configuration of a TUF repository', () => {
  let home: string;
  let repository: TufRepository;
  let mirror: Mirror;
  const CONFIG = JSON.stringify({ mediaType: MEDIA_TYPE, rekorTlogUrls: [], newInThisVersion: 1 });

  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), 'assay-signing-config-'));
    repository = new TufRepository();
    repository.publish({ targets: { 'signing_config.v0.2.json': CONFIG } });
    mirror = await serveMirror(repository.files);
    const root = join(home, 'root.json');
    writeFileSync(root, repository.root(1));
    await initTrust({ place: { env: {}, home }, mirror: mirror.url, root, now: Date.now() });
  });
  afterEach(async () => {
    await mirror.close();
    rmSync(home, { recursive: true, force: true });
  });

  const read = (options: Partial<Parameters<typeof publicSigningConfig>[0]> = {}) =>
    publicSigningConfig({ env: {}, home, offline: false, now: Date.now(), ...options });

  test('is fetched once, then kept, and new when the repository has a new one', async () => {
    expect((await read()).json).toBe(CONFIG);
    const asked = mirror.requests.length;
    expect((await read()).json).toBe(CONFIG);
    expect((await read({ offline: true })).json).toBe(CONFIG);
    expect(mirror.requests.length).toBe(asked);
    const next = CONFIG.replace('1', '2');
    repository.publish({ targets: { 'signing_config.v0.2.json': next }, timestampExpires: Date.now() + 30 * DAY });
    expect((await read({ now: Date.now() + 8 * DAY })).json).toBe(next);
  });

  test('a kept file that somebody changed is not believed', async () => {
    await read();
    const { readdirSync } = await import('node:fs');
    const folder = join(home, '.local/share/assay/tuf');
    const name = readdirSync(folder).find((f) => f !== 'remote.json') ?? '';
    writeFileSync(join(folder, name, 'signing_config.v0.2.json'), CONFIG.replace('[]', '[1]'));
    expect((await read()).json).toBe(CONFIG);
  });

  test('what was never fetched is not at hand offline; what is not there is said to be missing', async () => {
    await expect(read({ offline: true })).rejects.toThrow(failing('trust-unavailable'));
    await expect(
      publicSigningConfig({ env: {}, home, offline: false, now: Date.now() }, 'signing_config_rekor_v2.v0.2.json'),
    ).rejects.toThrow(failing('trust-unavailable'));
  });

  test('a target that was changed on the mirror is refused', async () => {
    const [path] = [...repository.files.keys()].filter((f) => f.endsWith('signing_config.v0.2.json'));
    repository.files.set(path ?? '', Buffer.from(CONFIG.replace('[]', '{}')));
    await expect(read()).rejects.toThrow(failing('trust-unavailable'));
  });

  test('signing-config create begins with it', async () => {
    const { stdout, exit } = await assay(['signing-config', 'create', '--with-default-services', '--output', 'json'], { home });
    expect(JSON.parse(stdout.toString())).toMatchObject({ schema: 'assay/signing-config/v1', signingConfig: { mediaType: MEDIA_TYPE } });
    expect(exit).toBe(0);
  });
});
