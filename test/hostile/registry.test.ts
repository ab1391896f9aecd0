import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { OCI_INDEX, OCI_MANIFEST } from '../../src/oci/media-types.ts';
import { pushBundle, pushImage, pushLayers, registrySink } from '../../src/testing/index.ts';
import type { Fault } from '../../src/testing/registry/index.ts';
import { BY_KEY, gist, goodBundle, type Lab, sign, startLab } from './lab.ts';

let l: Lab;
beforeEach(async () => {
  l = await startLab();
});
afterEach(() => l.close());

const verify = (...more: string[]): ReturnType<Lab['ask']> => l.ask(['verify', ...BY_KEY, ...(more.length === 0 ? [l.image] : more)]);

describe('a reference', () => {
  test.each([
    'registry.example/UPPER:v1',
    'registry.example/app:bad tag',
    'registry.example/app@sha256:12',
    'https://registry.example/app',
    'registry.example:99999/app',
    '',
    'oci:',
    'app\u0000:v1',
    'app\u001b[2J:v1',
    '../../etc/passwd',
  ])('%j that is none: misuse, nothing is tried', async (text) => {
    expect(gist(await verify(text))).toEqual({ exit: 2, outcome: undefined, codes: ['reference-invalid'] });
    expect(l.registry.log).toEqual([]);
  });

  test('beyond every length: misuse', async () => {
    expect(gist(await verify('a'.repeat(2000)))).toMatchObject({ exit: 2, codes: ['reference-invalid'] });
  });

  test('to an image that is not there: inconclusive, not-found', async () => {
    expect(gist(await verify(`${l.registry.host}/app:v2`))).toEqual({ exit: 3, outcome: 'inconclusive', codes: ['not-found'] });
    expect(gist(await verify(`${l.registry.host}/app@sha256:${'0'.repeat(64)}`))).toEqual({
      exit: 3,
      outcome: 'inconclusive',
      codes: ['not-found'],
    });
  });

  test('to a layout that is not there, or is none: misuse', async () => {
    expect(gist(await verify('oci:nowhere'))).toMatchObject({ exit: 2, codes: ['file-unreadable'] });
    l.file('not.tar', 'hello');
    expect(gist(await verify('oci-archive:not.tar'))).toMatchObject({ exit: 2, codes: ['layout-invalid'] });
  });
});

describe('a registry', () => {
  test('that is down: inconclusive', async () => {
    await l.registry.close();
    expect(gist(await verify())).toEqual({ exit: 3, outcome: 'inconclusive', codes: ['registry-unreachable'] });
    await l.close().catch(() => {});
    l = await startLab();
  });

  test('of a name that nobody knows: inconclusive', async () => {
    expect(gist(await verify('registry.invalid/app:v1'))).toEqual({ exit: 3, outcome: 'inconclusive', codes: ['registry-unreachable'] });
  });

  const faults: readonly (readonly [string, Fault, string])[] = [
    ['answers 401', { kind: 'status', status: 401 }, 'registry-unauthorized'],
    ['answers 403', { kind: 'status', status: 403 }, 'registry-forbidden'],
    ['answers 429 and asks for an hour', { kind: 'status', status: 429, retryAfter: 3600 }, 'registry-throttled'],
    ['answers 500', { kind: 'status', status: 500 }, 'registry-error'],
    ['answers 418', { kind: 'status', status: 418 }, 'registry-error'],
    ['cuts the connection', { kind: 'reset' }, 'registry-unreachable'],
    ['cuts the body', { kind: 'truncate' }, 'content-truncated'],
    ['announces more than it sends', { kind: 'length', delta: 5 }, 'content-truncated'],
    ['redirects in a circle', { kind: 'redirect', to: '?again' }, 'redirect-refused'],
    ['redirects to a file', { kind: 'redirect', to: 'file:///etc/passwd' }, 'redirect-refused'],
  ];

  describe.each([
    ['manifests/v1', 'for the image'],
    ['referrers/', 'for the referrers'],
    ['manifests/sha256-[0-9a-f]+(?:\\?.*)?$', 'for the fallback tag'],
    ['manifests/sha256-[0-9a-f]+\\.sig', 'for the signature tag'],
    ['manifests/sha256-[0-9a-f]+\\.att', 'for the attestation tag'],
  ])('that, asked at %s (%s)', (match) => {
    // What is tried again takes seconds: once is enough for each way of asking.
    test.each(
      faults.filter(
        ([name]) => match.includes('v1') || !['answers 500', 'cuts the connection', 'announces more than it sends'].includes(name),
      ),
    )('%s: inconclusive', async (_name, fault, code) => {
      l.registry.faults.add({ ...fault, match });
      const answer = gist(await verify());
      expect(answer.exit).toBe(3);
      expect(answer.outcome).toBe('inconclusive');
      // The tags that are not there have no body to cut.
      expect([[code], ['content-truncated'], ['registry-unreachable'], ['registry-protocol']]).toContainEqual(answer.codes);
    });
  });

  test.each(faults)('that %s for the referrers hides no signature in the tag', async (_name, fault) => {
    const { signatureLayer, simpleSigningPayload } = await import('../../src/testing/index.ts');
    const { lab } = await import('../forgeries/lab.ts');
    const { ASKED } = await import('./crowd.ts');
    pushLayers(l.app.sink, l.app.image, 'sig', [
      signatureLayer(lab, { kind: 'key', key: ASKED }, simpleSigningPayload(l.app.image.digest)),
    ]);
    l.registry.faults.add({ ...fault, match: 'referrers/' });
    expect(gist(await verify())).toMatchObject({ exit: 0, outcome: 'verified' });
  });

  test('with a token that has expired and is not given anew: inconclusive', async () => {
    const closed = await startLab({ auth: { kind: 'bearer', username: 'u', password: 'p', expiresIn: 300 } });
    try {
      const answer = await closed.ask(['verify', ...BY_KEY, '--registry-token', 'stale', closed.image]);
      expect(gist(answer)).toEqual({ exit: 3, outcome: 'inconclusive', codes: ['registry-unauthorized'] });
      expect(answer.json.images?.[0]?.errors[0]?.message).not.toContain('stale');
    } finally {
      await closed.close();
    }
  });

  test('with headers beyond reason: inconclusive', async () => {
    const many = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`X-${i}`, 'x'.repeat(20)]));
    for (const headers of [many, { 'X-Long': 'x'.repeat(100_000) }]) {
      l.registry.faults.clear();
      l.registry.faults.add({ kind: 'status', status: 200, headers, match: 'manifests/v1' });
      expect(gist(await verify())).toMatchObject({ exit: 3, outcome: 'inconclusive' });
    }
  });

  test('with a Link header beyond reason: inconclusive', async () => {
    sign(l.app);
    l.registry.faults.add({
      kind: 'status',
      status: 200,
      headers: { 'Content-Type': OCI_INDEX, Link: `<${'?x='.padEnd(15_000, 'x')}`.repeat(1) },
      body: JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] }),
      match: 'referrers/',
    });
    expect(gist(await verify())).toMatchObject({ exit: 3, outcome: 'inconclusive' });
  });
});

describe('pages of referrers', () => {
  const page = (entries: readonly object[], circle = false): Fault => ({ kind: 'endless', entries, circle, match: 'referrers/' });

  test('that are all empty and never end: limit', async () => {
    l.registry.faults.add(page([]));
    expect(gist(await verify())).toEqual({ exit: 3, outcome: 'inconclusive', codes: ['limit'] });
    expect(l.registry.log.filter((e) => e.target.includes('referrers/')).length).toBeLessThan(20);
  });

  test('that repeat themselves: limit', async () => {
    l.registry.faults.add(page([], true));
    expect(gist(await verify())).toEqual({ exit: 3, outcome: 'inconclusive', codes: ['limit'] });
  });

  test('that list the same manifest without end: limit, and it is read once', async () => {
    const pushed = pushBundle(l.app.sink, l.app.image, Buffer.from('{}'));
    const { mediaType, digest, size } = pushed;
    l.registry.faults.add(page([{ mediaType, digest, size }]));
    const answer = await verify();
    expect(gist(answer)).toEqual({ exit: 3, outcome: 'inconclusive', codes: ['limit'] });
    expect(l.registry.log.filter((e) => e.target.includes(digest)).length).toBe(1);
  });

  test('without end, and a good signature on the first: verified', async () => {
    const { mediaType, digest, size } = pushBundle(l.app.sink, l.app.image, goodBundle(l.app));
    l.registry.faults.add(page([{ mediaType, digest, size }]));
    expect(gist(await verify())).toMatchObject({ exit: 0, outcome: 'verified' });
  });

  test('that lead to another registry: refused', async () => {
    l.registry.faults.add({
      kind: 'status',
      status: 200,
      headers: { 'Content-Type': OCI_INDEX, Link: `<${l.registry.otherUrl}/v2/app/referrers/x>; rel="next"` },
      body: JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] }),
      match: 'referrers/',
    });
    expect(gist(await verify())).toEqual({ exit: 3, outcome: 'inconclusive', codes: ['registry-protocol'] });
    expect(l.registry.log.filter((e) => e.origin === 'other')).toEqual([]);
  });
});

describe('what a registry says is evidence', () => {
  test('of another size, with another digest, or missing: inconclusive', async () => {
    sign(l.app);
    for (const [fault, code] of [
      [{ kind: 'truncate', match: 'blobs/' }, 'content-truncated'],
      [{ kind: 'substitute', body: 'other', match: 'blobs/' }, 'content-truncated'],
      [{ kind: 'status', status: 404, match: 'blobs/' }, 'not-found'],
      [{ kind: 'flood', match: 'blobs/' }, 'content-mismatch'],
    ] as const) {
      l.registry.faults.clear();
      l.registry.faults.add(fault);
      expect(gist(await verify())).toEqual({ exit: 3, outcome: 'inconclusive', codes: [code] });
    }
  });

  test('with the right size and another digest: inconclusive', async () => {
    const bundle = goodBundle(l.app);
    pushBundle(l.app.sink, l.app.image, bundle);
    const body = Buffer.from(bundle);
    body[body.length - 1] = 0x20;
    l.registry.faults.add({ kind: 'substitute', body, match: 'blobs/' });
    expect(gist(await verify())).toEqual({ exit: 3, outcome: 'inconclusive', codes: ['content-mismatch'] });
  });

  test('moved from another repository: its subject does not fit', async () => {
    const other = registrySink(l.registry.content, 'app');
    const elsewhere = pushImage(other, 'another');
    pushBundle(l.app.sink, l.app.image, goodBundle({ sink: l.app.sink, image: elsewhere }));
    expect(gist(await verify())).toEqual({ exit: 1, outcome: 'invalid', codes: [] });
  });

  test('under a media type that is none is passed over', async () => {
    const held = l.registry.content.repository('app');
    held.tags.set(`${l.app.image.digest.replace(':', '-')}.sig`, l.app.image.digest);
    held.manifests.set(l.app.image.digest, { type: 'text/html', body: Buffer.from(l.app.image.bytes) });
    expect(gist(await verify())).toEqual({ exit: 1, outcome: 'unsigned', codes: [] });
    expect(l.app.image.mediaType).toBe(OCI_MANIFEST);
  });
});
