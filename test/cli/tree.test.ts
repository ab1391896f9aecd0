import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/limits.ts';
import { BUNDLE_V03, OCI_INDEX } from '../../src/oci/media-types.ts';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { bundle, image, type Named, referrer, type Shelf, shelfOf, statement } from '../transcripts/corpus.ts';
import { assay, type Ran } from './harness.ts';

let registry: TestRegistry;
let shelf: Shelf;
let home = '';

beforeEach(async () => {
  registry = await startRegistry();
  shelf = shelfOf(registry, 'app');
  home = mkdtempSync(join(tmpdir(), 'assay-tree-'));
});
afterEach(async () => {
  await registry.close();
  rmSync(home, { recursive: true });
});

interface Shown {
  readonly complete: boolean;
  readonly referrers: readonly (Shown & {
    readonly digest: string;
    readonly namesSubject?: boolean;
    readonly says: readonly string[];
    readonly found: readonly string[];
  })[];
  readonly errors: readonly { readonly code: string }[];
}

async function tree(...argv: string[]): Promise<{ readonly shown: Shown; readonly ran: Ran }> {
  const ran = await assay(['tree', '--output', 'json', ...argv, `${registry.host}/app:v1`], { home });
  return { ran, shown: JSON.parse(ran.stdout.toString()) as Shown };
}

const text = (shelf: Shelf, content: string): Named => shelf.blob('text/plain', content);

describe('a tree', () => {
  test('follows referrers of referrers to the bound, and says what it did not follow', async () => {
    let above = image(shelf, 'amd64', 'v1');
    for (let i = 0; i < LIMITS.treeDepth + 1; i++) above = referrer(shelf, above, 'application/x-test', text(shelf, `level ${i}`));
    const { shown, ran } = await tree();
    let depth = 0;
    for (let at: Shown | undefined = shown; at?.referrers[0] !== undefined; at = at.referrers[0]) depth++;
    expect(depth).toBe(LIMITS.treeDepth);
    expect(shown.errors.map((e) => e.code)).toEqual(['limit']);
    expect(ran.exit).toBe(3);
    // A bound that was asked for leaves nothing unknown.
    expect((await tree('--depth', '2')).ran.exit).toBe(0);
  });

  test('does not go round in a circle that a fallback tag draws', async () => {
    const subject = image(shelf, 'amd64', 'v1');
    const child = referrer(shelf, subject, 'application/x-test', text(shelf, 'x'));
    shelf.manifest({ mediaType: OCI_INDEX, manifests: [subject] }, child.digest.replace(':', '-'));
    const { shown, ran } = await tree();
    expect(shown.errors.map((e) => e.code)).toEqual(['manifest-invalid']);
    expect(ran.exit).toBe(3);
  });

  test('names what is listed for another subject', async () => {
    const subject = image(shelf, 'amd64', 'v1');
    const moved = referrer(
      shelf,
      image(shelf, 'arm64'),
      BUNDLE_V03,
      shelf.blob(BUNDLE_V03, bundle(statement(subject, 'https://sigstore.dev/cosign/sign/v1'))),
    );
    shelf.manifest({ mediaType: OCI_INDEX, manifests: [moved] }, subject.digest.replace(':', '-'));
    expect((await tree()).shown.referrers[0]).toMatchObject({ digest: moved.digest, namesSubject: false, found: ['fallback-tag'] });
    expect((await assay(['tree', `${registry.host}/app:v1`], { home })).stdout.toString()).toContain('names another subject');
  });

  test('tells one artifact once, with both places that list it', async () => {
    const subject = image(shelf, 'amd64', 'v1');
    const one = referrer(shelf, subject, 'application/x-test', text(shelf, 'x'));
    shelf.manifest({ mediaType: OCI_INDEX, manifests: [one] }, subject.digest.replace(':', '-'));
    expect((await tree()).shown.referrers.map((r) => r.found)).toEqual([['referrers', 'fallback-tag']]);
  });

  test('lists what the API tells before what the fallback tag tells, whoever answers first', async () => {
    const subject = image(shelf, 'amd64', 'v1');
    const other = referrer(shelf, image(shelf, 'arm64'), 'application/x-test', text(shelf, 'y'));
    const one = referrer(shelf, subject, 'application/x-test', text(shelf, 'x'));
    shelf.manifest({ mediaType: OCI_INDEX, manifests: [other, one] }, subject.digest.replace(':', '-'));
    // One that is asked again comes last.
    registry.faults.add({ match: `referrers/${subject.digest}`, kind: 'status', status: 503, times: 1 });
    expect((await tree()).shown.referrers.map((r) => [r.digest, r.found])).toEqual([
      [one.digest, ['referrers', 'fallback-tag']],
      [other.digest, ['fallback-tag']],
    ]);
  });

  test('says of a bundle that is none that it is malformed', async () => {
    referrer(shelf, image(shelf, 'amd64', 'v1'), BUNDLE_V03, shelf.blob(BUNDLE_V03, '{"mediaType":"nonsense"}'));
    const { shown, ran } = await tree();
    expect(shown.referrers[0]?.says).toEqual(['malformed']);
    expect(ran.exit).toBe(0);
  });

  test('shows what is listed and not there, and what has another size, as unknown', async () => {
    const subject = image(shelf, 'amd64', 'v1');
    const gone = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: `sha256:${'0'.repeat(64)}`, size: 7 };
    const lied = { ...referrer(shelf, image(shelf, 'arm64'), 'application/x-test', text(shelf, 'x')), size: 7 };
    shelf.manifest({ mediaType: OCI_INDEX, manifests: [gone, lied] }, subject.digest.replace(':', '-'));
    const { shown, ran } = await tree();
    expect(shown.errors.map((e) => e.code).sort()).toEqual(['content-mismatch', 'registry-protocol']);
    expect(shown.complete).toBe(false);
    expect(ran.exit).toBe(3);
  });

  test('reads page after page, with or without a referrers API', async () => {
    const subject = image(shelf, 'amd64', 'v1');
    const all = Array.from({ length: 25 }, (_, i) => referrer(shelf, subject, 'application/x-test', text(shelf, `piece ${i}`)));
    registry.behaviour.pageSize = 10;
    expect((await tree('--depth', '1')).shown.referrers.length).toBe(25);
    registry.behaviour.referrers = false;
    expect((await tree('--depth', '1')).shown).toMatchObject({ referrers: [], complete: true });
    shelf.manifest({ mediaType: OCI_INDEX, manifests: all }, subject.digest.replace(':', '-'));
    expect((await tree('--depth', '1')).shown.referrers.length).toBe(25);
  });

  test('refuses a page that is a login page instead of taking it for nothing', async () => {
    image(shelf, 'amd64', 'v1');
    registry.faults.add({ kind: 'substitute', body: '<html>sign in</html>', type: 'text/html', match: 'referrers' });
    const { shown, ran } = await tree();
    expect(shown.errors.map((e) => e.code)).toEqual(['registry-protocol']);
    expect(ran.exit).toBe(3);
  });
});
