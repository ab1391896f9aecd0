import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AssayError } from '../../src/errors.ts';
import { initTrust, publicGoodRoot, type TrustFetch, updateTrust } from '../../src/trust/tuf/index.ts';
import { DAY, type Mirror, serveMirror, TufRepository } from './tuf-repository.ts';

let home: string;
let repository: TufRepository;
let mirror: Mirror;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'assay-trust-test-'));
  repository = new TufRepository();
  mirror = await serveMirror(repository.files);
});

afterEach(async () => {
  await mirror.close();
  rmSync(home, { recursive: true, force: true });
});

const noNetwork: TrustFetch = (url) => Promise.reject(new Error(`a request for ${url.href}`));

function place(env: Record<string, string> = {}) {
  return { env, home };
}

async function init(extra: { readonly root?: string; readonly now?: number } = {}) {
  const file = join(home, 'root.json');
  writeFileSync(file, extra.root ?? repository.root(1));
  return initTrust({ place: place(), mirror: mirror.url, root: file, now: extra.now ?? Date.now() });
}

function root(options: Partial<Parameters<typeof publicGoodRoot>[0]> = {}) {
  return publicGoodRoot({ ...place(), offline: false, now: Date.now(), ...options });
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (e: unknown) => e,
  );
  return error instanceof AssayError ? error.code : `no AssayError: ${String(error)}`;
}

describe('a private repository', () => {
  test('is asked once, then serves from the cache until its timestamp expires', async () => {
    const { trust } = await init();
    expect(trust.metadata.trustedRoot).toBe('{"first":true}');
    const asked = mirror.requests.length;
    for (let i = 0; i < 3; i++) expect(await root()).toMatchObject({ origin: 'tuf-cache', json: '{"first":true}', warnings: [] });
    expect(mirror.requests.length).toBe(asked);

    repository.publish({ trustedRoot: '{"second":true}', timestampExpires: Date.now() + 30 * DAY });
    const later = Date.now() + 8 * DAY;
    expect(await root({ now: later })).toMatchObject({ origin: 'tuf', json: '{"second":true}', age: 0 });
    const again = mirror.requests.length;
    expect(again).toBeGreaterThan(asked);
    expect(await root({ now: later + 1000 })).toMatchObject({ origin: 'tuf-cache', json: '{"second":true}', age: 1000 });
    expect(mirror.requests.length).toBe(again);
  });

  test('walks rotated roots', async () => {
    for (let i = 0; i < 3; i++) repository.rotateRoot();
    const { trust } = await init();
    expect(trust.rootVersion).toBe(4);
    repository.rotateRoot();
    expect((await updateTrust({ place: place(), now: Date.now() })).trust.rootVersion).toBe(5);
  });

  test('that cannot be refreshed after its metadata expired is stale', async () => {
    await init();
    mirror.fault = (_, response) => {
      response.writeHead(404).end();
      return true;
    };
    expect(await codeOf(root({ now: Date.now() + 8 * DAY }))).toBe('trust-stale');
    expect(await root({ now: Date.now() + DAY })).toMatchObject({ origin: 'tuf-cache' });
  });

  test('that hangs up is stale, after tries', async () => {
    await init();
    const asked = mirror.requests.length;
    mirror.fault = (request) => {
      request.socket.destroy();
      return true;
    };
    expect(await codeOf(root({ now: Date.now() + 8 * DAY }))).toBe('trust-stale');
    expect(mirror.requests.length - asked).toBeGreaterThan(1);
  });

  test('that never answers ends with the caller’s time', async () => {
    await init();
    mirror.fault = () => true;
    const signal = AbortSignal.timeout(200);
    expect(await codeOf(root({ now: Date.now() + 8 * DAY, signal }))).toBe('trust-stale');
  });

  test('whose mirror only repeats expired metadata is stale', async () => {
    repository.publish({ timestampExpires: Date.now() + 2 * DAY });
    await init();
    expect(await codeOf(root({ now: Date.now() + 3 * DAY }))).toBe('trust-stale');
  });

  test('serves offline without a request, however old, with a warning once its root expired', async () => {
    await init();
    const asked = mirror.requests.length;
    expect(await root({ offline: true, fetch: noNetwork, now: Date.now() + 100 * DAY })).toMatchObject({
      origin: 'tuf-cache',
      warnings: [],
    });
    const old = await root({ offline: true, fetch: noNetwork, now: Date.now() + 400 * DAY });
    expect(old.warnings.map((w) => w.code)).toEqual(['trust-root-expired']);
    expect(mirror.requests.length).toBe(asked);
    expect(await codeOf(root({ offline: true, now: Date.now() + 100 * DAY, maxTrustAgeMs: 99 * DAY }))).toBe('trust-stale');
  });

  test('refreshes early when the cached root is older than asked for', async () => {
    await init();
    expect(await root({ now: Date.now() + 2 * DAY, maxTrustAgeMs: 3 * DAY })).toMatchObject({ origin: 'tuf-cache' });
    expect(await root({ now: Date.now() + 2 * DAY, maxTrustAgeMs: DAY })).toMatchObject({ origin: 'tuf', age: 0 });
  });

  test('never falls back to the embedded root', async () => {
    expect(await codeOf(root({ env: { TUF_MIRROR: mirror.url }, offline: true }))).toBe('trust-unavailable');
    expect(await codeOf(root({ env: { TUF_MIRROR: mirror.url } }))).toBe('trust-stale');
  });

  test('is taken from TUF_MIRROR and TUF_ROOT_JSON, and another root does not use its cache', async () => {
    const file = join(home, 'first.json');
    writeFileSync(file, repository.root(1));
    const env = { TUF_MIRROR: mirror.url, TUF_ROOT_JSON: file };
    expect(await root({ env })).toMatchObject({ origin: 'tuf' });
    expect(await root({ env, fetch: noNetwork })).toMatchObject({ origin: 'tuf-cache' });
    writeFileSync(file, new TufRepository().root(1));
    expect(await codeOf(root({ env }))).toBe('trust-stale');
  });

  test('with a damaged cache is fetched again', async () => {
    await init();
    const file = cacheFileOf();
    for (const damage of [(t: string) => t.replace('first', 'other'), (t: string) => t.slice(0, 500), () => '', () => '[]']) {
      writeFileSync(file, damage(readFileSync(file, 'utf8')));
      expect(await root()).toMatchObject({ origin: 'tuf', json: '{"first":true}' });
      expect(await root()).toMatchObject({ origin: 'tuf-cache', json: '{"first":true}' });
    }
  });

  test('serves though its folder cannot be written, with a warning', async () => {
    const blocked = join(home, 'blocked');
    writeFileSync(blocked, '');
    const file = join(home, 'first.json');
    writeFileSync(file, repository.root(1));
    const source = await root({ env: { TUF_MIRROR: mirror.url, TUF_ROOT_JSON: file, XDG_DATA_HOME: blocked } });
    expect(source).toMatchObject({ origin: 'tuf', warnings: [{ code: 'trust-cache-unwritable' }] });
  });
});

function cacheFileOf(): string {
  return join(home, '.local/share/assay/tuf', mirror.url.replace('http://', '').replace(':', '-'), 'assay.jsonl');
}

describe('a hostile mirror', () => {
  const update = () => updateTrust({ place: place(), now: Date.now() });

  test.each<[string, (r: TufRepository) => void]>([
    [
      'serves a changed target',
      (r) => {
        r.publish({ trustedRoot: '{"third":true}' });
        for (const path of r.files.keys()) if (path.startsWith('/targets/')) r.files.set(path, Buffer.from('{"thirD":true}'));
      },
    ],
    [
      'serves a longer target',
      (r) => {
        r.publish({ trustedRoot: '{"third":true}' });
        for (const path of r.files.keys()) if (path.startsWith('/targets/')) r.files.set(path, Buffer.from('{"third":true} '));
      },
    ],
    [
      'goes back to an older timestamp',
      (r) => {
        r.version = 0;
        r.publish();
      },
    ],
    ['serves an expired timestamp', (r) => r.publish({ timestampExpires: Date.now() - 1000 })],
    ['serves an expired snapshot', (r) => r.publish({ snapshotExpires: Date.now() - 1000 })],
    ['serves an expired root', (r) => r.rotateRoot({ expires: Date.now() - 1000 })],
    ['serves a root signed by nobody', (r) => r.rotateRoot({ by: () => [] })],
    ['serves a root signed by the new key alone', (r) => r.rotateRoot({ by: (_, next) => [next] })],
    ['serves a root signed by the old key alone', (r) => r.rotateRoot({ by: (old) => [old] })],
    ['serves a root signed by the timestamp key', (r) => r.rotateRoot({ by: () => [r.onlineSigner] })],
    ['serves an older root under a newer name', (r) => r.rotateRoot({ version: 1 })],
    ['skips a version of the root', (r) => r.rotateRoot({ version: 7 })],
    ['serves no JSON', (r) => r.files.set('/timestamp.json', Buffer.from('<html>'))],
    ['has no timestamp', (r) => r.files.delete('/timestamp.json')],
  ])('that %s is refused, and what was known stays', async (name, attack) => {
    repository.publish();
    repository.publish();
    await init();
    const before = readFileSync(cacheFileOf(), 'utf8');
    attack(repository);
    expect(await codeOf(update())).toBe(name === 'serves a longer target' ? 'limit' : 'trust-unavailable');
    expect(readFileSync(cacheFileOf(), 'utf8')).toBe(before);
    expect(await root()).toMatchObject({ origin: 'tuf-cache', json: '{"first":true}' });
  });

  test('with endless roots comes to an end', async () => {
    await init();
    for (let i = 0; i < 300; i++) repository.rotateRoot();
    expect(await codeOf(update())).toBe('limit');
  });

  test.each(['/2.root.json', '/timestamp.json', '/3.snapshot.json', '/3.targets.json'])('with an endless %s is cut off', async (path) => {
    repository.publish();
    await init();
    repository.publish();
    let sent = 0;
    mirror.fault = (request, response) => {
      if (request.url !== path) return false;
      response.writeHead(200);
      const more = (): void => {
        for (let ok = true; ok && !response.destroyed; sent += 65536) ok = response.write(Buffer.alloc(65536, 0x20));
      };
      response.on('drain', more);
      more();
      return true;
    };
    expect(await codeOf(update())).toBe('limit');
    expect(sent).toBeLessThan(16 * 1024 * 1024);
  });

  test('may redirect within itself, not elsewhere', async () => {
    await init();
    const other = await serveMirror(repository.files);
    const to = (base: string) => {
      mirror.fault = (request, response) => {
        if (request.url?.startsWith('/moved') === true) request.url = request.url.slice(6);
        else {
          response.writeHead(302, { location: `${base}${request.url}` }).end();
          return true;
        }
        const body = repository.files.get(request.url);
        response.writeHead(body === undefined ? 404 : 200).end(body);
        return true;
      };
    };
    to(`${mirror.url}/moved`);
    expect((await update()).trust.rootVersion).toBe(1);
    to(other.url);
    expect(await codeOf(update())).toBe('redirect-refused');
    expect(other.requests).toEqual([]);
    await other.close();
  });

  test('that is throttled for a moment is asked again', async () => {
    await init();
    let refused = 0;
    mirror.fault = (_, response) => {
      if (refused++ > 0) return false;
      response.writeHead(503).end();
      return true;
    };
    expect((await update()).trust.rootVersion).toBe(1);
  });
});

describe('assay trust init', () => {
  test('refuses a root that is none, another digest, and an address without a digest', async () => {
    expect(await codeOf(init({ root: '{}' }))).toBe('trust-invalid');
    expect(await codeOf(init({ root: 'garbage' }))).toBe('trust-invalid');
    expect(await codeOf(init({ root: repository.files.get('/timestamp.json')?.toString() ?? '' }))).toBe('trust-invalid');
    const file = join(home, 'root.json');
    writeFileSync(file, repository.root(1));
    const common = { place: place(), mirror: mirror.url, now: Date.now() };
    expect(await codeOf(initTrust({ ...common, root: file, rootChecksum: 'ab'.repeat(32) }))).toBe('trust-invalid');
    expect(await codeOf(initTrust({ ...common, root: file, rootChecksum: 'zz' }))).toBe('usage-invalid');
    expect(await codeOf(initTrust({ ...common, root: `${mirror.url}/1.root.json` }))).toBe('usage-invalid');
    expect(await codeOf(initTrust({ ...common, root: join(home, 'absent') }))).toBe('file-unreadable');
    expect(await codeOf(initTrust({ ...common, mirror: 'ftp://x', root: file }))).toBe('usage-invalid');
    // Nothing of that changed the choice.
    expect(await root({ offline: true })).toMatchObject({ origin: 'embedded' });
  });

  test('takes a root from an address with its digest', async () => {
    const { createHash } = await import('node:crypto');
    const rootChecksum = createHash('sha256').update(repository.root(1)).digest('hex');
    const common = { place: place(), now: Date.now(), root: `${mirror.url}/1.root.json` };
    expect((await initTrust({ ...common, mirror: mirror.url, rootChecksum })).trust.rootVersion).toBe(1);
    const sha512 = `sha512:${createHash('sha512').update(repository.root(1)).digest('hex')}`;
    expect((await initTrust({ ...common, mirror: mirror.url, rootChecksum: sha512 })).changed).toBe(false);
  });

  test('takes a mirror that is a folder, as in an air gap', async () => {
    const folder = join(home, 'a mirror');
    for (const [path, content] of repository.files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    const address = pathToFileURL(folder).href;
    await initTrust({ place: place(), mirror: address, root: `${address}/1.root.json`, now: Date.now() });
    expect(await root({ offline: true })).toMatchObject({ origin: 'tuf-cache', json: '{"first":true}' });
    expect(mirror.requests).toEqual([]);
  });

  test('with the root of somebody else keeps what was chosen before', async () => {
    await init();
    expect(await codeOf(init({ root: new TufRepository().root(1) }))).toBe('trust-unavailable');
    expect(await root()).toMatchObject({ origin: 'tuf-cache', json: '{"first":true}' });
  });
});

describe('the public good instance', () => {
  test('serves offline from what is embedded, with its age and a warning', async () => {
    const source = await root({ offline: true, fetch: noNetwork, now: Date.parse('2026-11-21T00:00:00Z') });
    expect(source.origin).toBe('embedded');
    expect(source.warnings.map((w) => w.code)).toEqual(['trust-root-expired']);
    expect(Math.round(source.age / DAY)).toBe(247);
    expect(JSON.parse(source.json)).toHaveProperty('tlogs');
    expect(await root({ offline: true, now: Date.parse('2026-04-01T00:00:00Z') })).toMatchObject({ warnings: [] });
    expect(await codeOf(root({ offline: true, maxTrustAgeMs: DAY }))).toBe('trust-stale');
  });

  test('is stale when its mirror cannot be reached and nothing is cached', async () => {
    expect(await codeOf(root({ fetch: noNetwork }))).toBe('trust-stale');
  });

  test('is not assumed when the choice of a repository cannot be read', async () => {
    await init();
    writeFileSync(join(home, '.local/share/assay/tuf/remote.json'), '{"mirror":');
    expect(await codeOf(root({ offline: true }))).toBe('trust-invalid');
  });
});
