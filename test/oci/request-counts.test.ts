/** How often registries are asked: a change that raises it has to say so here. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Pushed, pushImage, registrySink, sharedKey } from '../../src/testing/authority/index.ts';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { assay } from '../cli/harness.ts';
import { hold, holdBlob, referrerBytes } from './images.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-counts-'));
let one: TestRegistry;
let two: TestRegistry;

beforeAll(() => {
  const { privateKey, spkiPem } = sharedKey('p256');
  writeFileSync(join(folder, 'key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(join(folder, 'key.pub'), spkiPem);
});
beforeEach(async () => {
  [one, two] = await Promise.all([startRegistry(), startRegistry()]);
});
afterEach(() => Promise.all([one, two].map((r) => r.close())));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a command that has to succeed, and answers how many requests of each kind it made, as `METHOD what`. */
async function asked(...argv: readonly string[]): Promise<Readonly<Record<string, number>>> {
  const [here, there] = [one.log.length, two.log.length];
  const ran = await assay(argv, { cwd: folder, home: folder });
  expect(ran.exit, ran.stderr).toBe(0);
  const kinds = new Map<string, number>();
  for (const { method, target } of [...one.log.slice(here), ...two.log.slice(there)]) {
    const kind = `${method} ${kindOf(target)}`;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  return Object.fromEntries(kinds);
}

function kindOf(target: string): string {
  const [, kind = target, what = ''] = /\/(manifests|blobs|referrers|tags)\/([^?]*)/.exec(target) ?? [];
  if (kind !== 'manifests') return what.startsWith('uploads') ? 'upload' : kind;
  if (what.includes(':')) return 'manifest';
  return /^sha256-[0-9a-f]{64}(\..*)?$/.exec(what)?.[1] ?? (what.startsWith('sha256-') ? 'fallback' : 'tag');
}

const total = (kinds: Readonly<Record<string, number>>): number => Object.values(kinds).reduce((n, m) => n + m, 0);

function image(at: TestRegistry): Pushed {
  return pushImage(registrySink(at.content, 'app'), 'app', { tag: 'v1' });
}

const SIGN = ['sign', '--key', 'key.pem', '--use-signing-config=false', '--tlog-upload=false', '--yes', '--settle-time=10ms'];

describe('sign', () => {
  test.each([
    ['a bundle, with the referrers API', true, [], 12],
    ['a bundle, without it', false, [], 14],
    ['a layer of a tag', true, ['--new-bundle-format=false'], 12],
  ] as const)('%s', async (_, referrers, more, most) => {
    one.behaviour.referrers = referrers;
    image(one);
    const kinds = await asked(...SIGN, ...more, `${one.host}/app:v1`);
    expect(total(kinds), JSON.stringify(kinds)).toBeLessThanOrEqual(most);
  });
});

test('verify asks each place once', async () => {
  image(one);
  await asked(...SIGN, `${one.host}/app:v1`);
  const kinds = await asked('verify', '--key', 'key.pub', '--insecure-ignore-tlog', `${one.host}/app:v1`);
  expect(kinds).toEqual({
    'GET tag': 1,
    'GET referrers': 1,
    'GET fallback': 1,
    'GET .sig': 1,
    'GET .att': 1,
    'GET manifest': 1,
    'GET blobs': 1,
  });
});

describe('copy', () => {
  /** An image with so many pieces of evidence of one blob each. */
  function holdPieces(count: number): void {
    const { digest, size, mediaType } = image(one);
    holdBlob(one, 'app', Buffer.from('{}'));
    for (let n = 0; n < count; n++) {
      const layers = [holdBlob(one, 'app', Buffer.from(`evidence ${n}`))];
      hold(one, 'app', referrerBytes({ digest, size, mediaType }, n, { layers }));
    }
  }

  /** What each of forty more pieces costs, in whole requests: how often a list is written and looked at again is a matter of time, not of pieces. */
  async function perPiece(): Promise<Readonly<Record<string, number>>> {
    const copy = (to: string): Promise<Readonly<Record<string, number>>> =>
      asked('copy', '--settle-time=10ms', `${one.host}/app:v1`, `${two.host}/${to}:v1`);
    holdPieces(2);
    const few = await copy('few');
    holdPieces(42);
    const many = await copy('many');
    const each = Object.entries(many).map(([kind, n]): [string, number] => [kind, Math.round((n - (few[kind] ?? 0)) / 40)]);
    return Object.fromEntries(each.filter(([, n]) => n !== 0));
  }

  const READ = { 'GET manifest': 1, 'GET blobs': 1 };
  const ABOUT_IT = { 'GET referrers': 1, 'GET fallback': 1, 'GET .sig': 1, 'GET .att': 1, 'GET .sbom': 1 };
  // Asked about once, afterwards: that blobs are kept is in no list.
  const WRITTEN = { 'POST upload': 1, 'PUT upload': 1, 'HEAD blobs': 1, 'PUT manifest': 1 };

  test('reads and writes each piece once, and asks for what is about it; small blobs are not asked about first, and the list proves that manifests are there', async () => {
    expect(await perPiece()).toEqual({ ...READ, ...ABOUT_IT, ...WRITTEN });
  });

  test('without the referrers API each piece is read back as well: our own list proves nothing', async () => {
    two.behaviour.referrers = false;
    expect(await perPiece()).toEqual({ ...READ, ...ABOUT_IT, ...WRITTEN, 'GET manifest': 2 });
  });

  test('where the image was there before, blobs are asked about first', async () => {
    const copy = (): Promise<Readonly<Record<string, number>>> =>
      asked('copy', '--settle-time=10ms', `${one.host}/app:v1`, `${two.host}/again:v1`);
    holdPieces(3);
    await copy();
    const second = await copy();
    expect({ heads: second['HEAD blobs'], uploads: second['POST upload'], written: second['PUT manifest'] }).toEqual({
      // The image's two, one of each of the three, and the configuration that they share.
      heads: 6,
      uploads: undefined,
      written: undefined,
    });
  });
});
