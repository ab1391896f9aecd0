/**
 * Forty signers of one image at once, Assay's, cosign 3.1's and cosign 2.5's mixed, on a registry without the referrers API, each by a door of its own
 * that notes what it reads and writes: ours never write a list that lacks what the list held when they read it. What was listed before the crowd
 * came stays, and what ours say is listed is.
 */
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LabImage, pushImage } from './lab/images.ts';
import { makeKey } from './lab/keys.ts';
import { type LabRegistry, startDebian } from './lab/registries.ts';
import { type CosignVersion, openWorkshop, type Ran, type Workshop } from './lab/workshop.ts';
import { lacksPeers } from './peers.ts';

const OURS = 28;
const THEIRS = 12;
const SEEDS = 3;

/** A list that was read or written through a door: the names of its entries. */
interface Seen {
  readonly kind: 'read' | 'write';
  readonly entries: readonly string[];
}

/** A way to the registry that one signer uses alone. */
interface Door {
  readonly host: string;
  readonly seen: readonly Seen[];
  readonly close: () => Promise<void>;
}

interface Form {
  readonly name: string;
  readonly suffix: string;
  readonly ours: readonly string[];
  readonly theirs: readonly (readonly [version: CosignVersion, argv: readonly string[]])[];
}

const FORMS: readonly Form[] = [
  {
    name: 'bundles in the fallback tag',
    suffix: '',
    ours: [],
    theirs: [
      ['3', ['sign', '--use-signing-config=false']],
      ['2.5', ['attest', '--new-bundle-format', '--type=custom', '--predicate=predicate.json']],
    ],
  },
  {
    name: 'layers of the .sig tag',
    suffix: '.sig',
    ours: ['--format', 'cosign-tag'],
    theirs: [
      ['3', ['sign', '--use-signing-config=false', '--new-bundle-format=false']],
      ['2.5', ['sign']],
    ],
  },
];

describe.skipIf(lacksPeers(['cosign', '2.5'], ['cosign', '3'], ['docker-registry']))('forty signers of one image, watched', () => {
  let workshop: Workshop;
  let registry: LabRegistry;
  const doors: Door[] = [];

  beforeAll(async () => {
    workshop = openWorkshop('signers', { width: THEIRS });
    registry = await startDebian(workshop);
    workshop.write('predicate.json', '{"reviewed":true}');
    await makeKey(workshop, 'p256', 'cosign');
  });
  afterAll(async () => {
    await Promise.all(doors.map((door) => door.close()));
    await registry?.close();
    await workshop?.close();
  });

  async function throughDoor(image: LabImage, tag: string): Promise<{ readonly door: Door; readonly reference: string }> {
    const door = await openDoor(registry.host, tag);
    doors.push(door);
    return { door, reference: image.reference.replace(registry.host, door.host) };
  }

  function sign(reference: string, n: string, flags: readonly string[]): Promise<Ran> {
    const argv = ['sign', '--key', 'cosign.key', '--tlog-upload=false', '-a', `n=${n}`, ...flags, '-o', 'json', reference];
    return workshop.assay(argv, { COSIGN_PASSWORD: '' });
  }

  test.each(FORMS)('$name', { timeout: 240_000 }, async ({ name, suffix, ours, theirs }) => {
    const image = await pushImage(registry.host, `crowd${suffix.replace('.', '-')}`);
    const tag = `${image.digest.replace(':', '-')}${suffix}`;
    for (let n = 0; n < SEEDS; n++) expect(await sign(image.reference, `seed-${n}`, ours)).toMatchObject({ code: 0 });
    const seeds = await listed(registry.host, image, tag);
    expect(seeds).toHaveLength(SEEDS);

    const crowd = await Promise.all(Array.from({ length: OURS + THEIRS }, () => throughDoor(image, tag)));
    const rans = await Promise.all(
      crowd.map(({ reference }, n) => {
        if (n < OURS) return sign(reference, `ours-${n}`, ours);
        const [version, argv] = theirs[n % theirs.length] ?? ['3', []];
        const how = ['--key', 'cosign.key', '--tlog-upload=false', '-y', '--allow-http-registry'];
        return workshop.cosign(version, [...argv, ...(argv[0] === 'sign' ? ['-a', `n=theirs-${n}`] : []), ...how, reference]);
      }),
    );
    const final = new Set(await listed(registry.host, image, tag));

    expect(
      seeds.filter((entry) => !final.has(entry)),
      'listed before the crowd came',
    ).toEqual([]);
    const dropped = crowd.slice(0, OURS).flatMap(({ door }, n) => droppedIn(door.seen).map((entry) => `ours-${n} dropped ${entry}`));
    expect(dropped).toEqual([]);
    // A door that noted nothing would prove nothing.
    expect(crowd.slice(0, OURS).filter(({ door }) => !door.seen.some(({ kind }) => kind === 'write'))).toEqual([]);
    const done = rans.slice(0, OURS).flatMap((ran, n) => {
      if (ran.code === 0) return [n];
      expect(ran, ran.stderr).toMatchObject({
        code: 3,
        stdout: expect.stringMatching(/"write-conflict",\s+"message": "[^"]*sha256:[0-9a-f]{64}/),
      });
      return [];
    });
    // Of ours, what somebody else has written since is the last that the door has seen.
    const missing = done.filter((n) => !ownEntries(crowd[n]?.door.seen ?? []).some((entry) => final.has(entry)));
    expect(
      missing.map((n) => `ours-${n}`),
      'said to be listed',
    ).toEqual([]);
    const theirDone = rans.slice(OURS).filter(({ code }) => code === 0).length;
    const kept = crowd.slice(OURS).filter(({ door }) => ownEntries(door.seen).some((entry) => final.has(entry))).length;
    const writes = crowd.slice(0, OURS).flatMap(({ door }) => door.seen.filter(({ kind }) => kind === 'write')).length;
    process.stderr.write(
      `${name}: ${done.length} of ${OURS} of ours said to be listed, and are (${writes} writes); ${theirDone} of ${THEIRS} of cosign's said so, ${kept} are\n`,
    );
  });
});

/** What a signer wrote without having read it. */
function ownEntries(seen: readonly Seen[]): readonly string[] {
  const read = new Set<string>();
  for (const { kind, entries } of seen) {
    if (kind === 'write') return entries.filter((entry) => !read.has(entry));
    for (const entry of entries) read.add(entry);
  }
  return [];
}

/** What a write lacks that a list before it held: the one that was merged, and from the first write on every one, because others lose entries too. */
function droppedIn(seen: readonly Seen[]): readonly string[] {
  const first = seen.findIndex(({ kind }) => kind === 'write');
  const known = new Set<string>();
  const dropped: string[] = [];
  for (const { kind, entries } of seen.slice(Math.max(0, first - 1))) {
    const here = new Set(entries);
    if (kind === 'write') dropped.push(...[...known].filter((entry) => !here.has(entry)));
    for (const entry of entries) known.add(entry);
  }
  return dropped;
}

/** The entries of an index, or the layers of a manifest with what is said beside them. */
function entriesOf(body: Buffer): readonly string[] {
  const { manifests, layers } = JSON.parse(body.toString()) as {
    manifests?: { digest: string }[];
    layers?: { digest: string; annotations?: object }[];
  };
  return (
    manifests?.map(({ digest }) => digest) ?? layers?.map(({ digest, annotations }) => `${digest} ${JSON.stringify(annotations)}`) ?? []
  );
}

async function listed(host: string, image: LabImage, tag: string): Promise<readonly string[]> {
  const accept = 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json';
  const answer = await fetch(`http://${host}/v2/${image.repository.slice(host.length + 1)}/manifests/${tag}`, { headers: { accept } });
  expect(answer.status).toBe(200);
  return entriesOf(Buffer.from(await answer.arrayBuffer()));
}

/** Passes everything on, and notes what becomes of one tag. */
async function openDoor(registry: string, tag: string): Promise<Door> {
  const seen: Seen[] = [];
  const [hostname = '', port] = registry.split(':');
  const server = createServer(async (asked, answer) => {
    const body = await buffer(asked);
    const list = asked.url?.endsWith(`/manifests/${tag}`) ?? false;
    if (list && asked.method === 'PUT') seen.push({ kind: 'write', entries: entriesOf(body) });
    const { method = 'GET', url = '/', headers } = asked;
    const passed = request({ hostname, port, method, path: url, headers }, async (reply) => {
      const content = await buffer(reply);
      if (list && method === 'GET') seen.push({ kind: 'read', entries: reply.statusCode === 200 ? entriesOf(content) : [] });
      answer.writeHead(reply.statusCode ?? 502, reply.headers).end(content);
    });
    passed.on('error', () => answer.destroy());
    passed.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
