/** Many writers of one tag, in a world where every delay is chosen and no time passes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/bytes/index.ts';
import { LIMITS } from '../../src/limits.ts';
import { type Digest, digestOf } from '../../src/oci/index.ts';
import { OCI_INDEX, OCI_MANIFEST } from '../../src/oci/media-types.ts';
import { withEntries, withReferrer } from '../../src/oci/merge-entries.ts';
import type { TagPort, TagWrite } from '../../src/oci/registry/tag-port.ts';
import { createTagSession, type TagClock } from '../../src/oci/registry/tag-session.ts';
import type { StoredManifest } from '../../src/oci/store.ts';

/** Numbers from 0 to 1 that depend on a seed alone (mulberry32). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

interface World {
  readonly clock: TagClock;
  readonly random: () => number;
  sleep(ms: number): Promise<void>;
  /** Lets time pass until all of it is done. */
  finish(work: readonly Promise<unknown>[]): Promise<void>;
}

function world(seed: number): World {
  const random = chance(seed);
  const events: { readonly at: number; readonly fire: () => void }[] = [];
  let time = 0;
  const sleep = (ms: number): Promise<void> => new Promise((fire) => events.push({ at: time + ms, fire }));
  return {
    random,
    sleep,
    clock: {
      now: () => time,
      random,
      pause: (ms, signal) => Promise.race([sleep(ms), new Promise<void>((done) => signal.addEventListener('abort', () => done()))]),
    },
    async finish(work) {
      let done = false;
      void Promise.allSettled(work).then(() => {
        done = true;
      });
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        if (done) return;
        events.sort((a, b) => a.at - b.at);
        const next = events.shift();
        if (next === undefined) throw new Error('everybody waits for nothing');
        time = Math.max(time, next.at);
        next.fire();
      }
    },
  };
}

interface Tag {
  held: StoredManifest | undefined;
  etags: boolean;
  /** Every write is acknowledged and lost. */
  deaf: boolean;
  writes: number;
  listed(): readonly string[];
}

function tag(): Tag {
  return {
    held: undefined,
    etags: false,
    deaf: false,
    writes: 0,
    listed() {
      const index =
        this.held === undefined ? undefined : (JSON.parse(Buffer.from(this.held.bytes).toString()) as { manifests: { digest: string }[] });
      return index?.manifests.map((m) => m.digest) ?? [];
    },
  };
}

function stored(bytes: Uint8Array): StoredManifest {
  return { descriptor: { mediaType: OCI_INDEX, digest: digestOf(bytes), size: bytes.length }, bytes };
}

/** A way to the tag on which each request takes up to `most` milliseconds and counts at some moment within. */
function port(w: World, t: Tag, most: number): TagPort {
  const some = (): Promise<void> => w.sleep((most / 2) * w.random());
  return {
    label: 'sim',
    async read() {
      await some();
      const held = t.held;
      await some();
      return { stored: held, etag: t.etags && held !== undefined ? `"${held.descriptor.digest}"` : undefined };
    },
    async write(bytes, expected, conditional): Promise<TagWrite> {
      await some();
      const same = t.held?.descriptor.digest === expected.stored?.descriptor.digest;
      const done = !(t.etags && conditional) || same;
      if (done) t.writes++;
      if (done && !t.deaf) t.held = stored(bytes);
      await some();
      return { kind: done ? 'written' : 'changed' };
    },
    complete: async (bytes) => bytes,
  };
}

function entry(n: number | string): { readonly mediaType: string; readonly digest: Digest; readonly size: number } {
  return { mediaType: OCI_MANIFEST, digest: digestOf(utf8(`entry ${n}`)), size: 7 };
}

function add(w: World, p: TagPort, n: number, settleMs?: number, signal?: AbortSignal): Promise<Digest> {
  const own = entry(n);
  const options = { ...(settleMs === undefined ? {} : { settleMs }), ...(signal === undefined ? {} : { signal }) };
  return createTagSession(p, w.clock)
    .change({ entry: own.digest, merge: async (now) => withReferrer(now, own) }, options)
    .then(() => own.digest);
}

/** Reads, takes its time, writes, and looks at nothing afterwards: cosign. */
async function blind(w: World, t: Tag, n: number, takes: number): Promise<void> {
  const before = t.held;
  await w.sleep(takes);
  t.held = stored(withReferrer(before, entry(`blind ${n}`)) ?? before?.bytes ?? utf8('{}'));
}

describe('what was acknowledged is listed in the end', () => {
  const setting = fc.record({
    seed: fc.integer(),
    ours: fc.integer({ min: 1, max: 24 }),
    blind: fc.integer({ min: 0, max: 24 }),
    spread: fc.constantFrom(0, 100, 1_000, 5_000),
    most: fc.constantFrom(1, 30, 120, 240),
    etags: fc.boolean(),
    shared: fc.boolean(),
  });

  test('by whomever it was written, as long as nobody takes longer than the settle time', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(setting, async ({ seed, ours, blind: others, spread, most, etags, shared }) => {
        const w = world(seed);
        const t = tag();
        t.etags = etags;
        const during = async <T>(work: () => Promise<T>): Promise<T> => {
          await w.sleep(spread * w.random());
          return work();
        };
        const one = createTagSession(port(w, t, most), w.clock);
        const work = Array.from({ length: ours }, (_, n) =>
          during(() => {
            if (!shared || n % 2 === 0) return add(w, port(w, t, most), n);
            const own = entry(n);
            return one.change({ entry: own.digest, merge: async (now) => withReferrer(now, own) }, {}).then(() => own.digest);
          }),
        );
        const noise = Array.from({ length: others }, (_, n) => during(() => blind(w, t, n, 450 * w.random())));
        await w.finish([...work, ...noise]);
        const acknowledged = await Promise.all(work);
        expect(acknowledged).toHaveLength(ours);
        expect(t.listed()).toEqual(expect.arrayContaining(acknowledged));
      }),
      { numRuns: 150 },
    );
  });

  test('and a list that somebody empties again and again is given up', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const w = world(seed);
        const t = tag();
        const stop = { now: false };
        const vandal = (async () => {
          while (!stop.now) {
            await w.sleep(200 * w.random());
            t.held = stored(utf8(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] })));
          }
        })();
        const work = add(w, port(w, t, 50), 1);
        const ended = Promise.allSettled([work]).then(() => {
          stop.now = true;
        });
        await w.finish([ended, vandal]);
        await expect(work).rejects.toMatchObject({ code: 'write-conflict', message: expect.stringContaining(entry(1).digest) });
      }),
      { numRuns: 20 },
    );
  });
});

describe('one writer', () => {
  test('alone needs two reads and one write', async () => {
    const w = world(1);
    const t = tag();
    let reads = 0;
    const p = port(w, t, 20);
    const work = add(
      w,
      {
        ...p,
        read(signal) {
          reads++;
          return p.read(signal);
        },
      },
      1,
    );
    await w.finish([work]);
    expect([reads, t.writes, t.listed()]).toEqual([2, 1, [await work]]);
    expect(w.clock.now()).toBeGreaterThanOrEqual(LIMITS.tagSettleMs);
  });

  test('takes the settle time that it is told', async () => {
    const w = world(1);
    const work = add(w, port(w, tag(), 20), 1, 7_000);
    await w.finish([work]);
    expect(w.clock.now()).toBeGreaterThanOrEqual(7_000);
  });

  test('waits longer where writing takes longer', async () => {
    const w = world(3);
    const work = add(w, port(w, tag(), 4_000), 1);
    await w.finish([work]);
    expect(w.clock.now()).toBeGreaterThan(4_000);
  });

  test('is not told that it is done by a registry that loses what it acknowledges', async () => {
    const w = world(1);
    const t = tag();
    t.deaf = true;
    const work = add(w, port(w, t, 20), 1);
    await w.finish([work]);
    await expect(work).rejects.toMatchObject({
      code: 'write-conflict',
      message: expect.stringContaining(entry(1).digest),
      hint: expect.stringContaining('assay repair'),
    });
    expect(t.writes).toBeLessThanOrEqual(LIMITS.tagWritesLost + 1);
  });

  test('gives up conditions that a registry does not understand', async () => {
    const w = world(1);
    const t = tag();
    const p = port(w, t, 20);
    const work = add(
      w,
      {
        ...p,
        write: (bytes, expected, conditional, signal) =>
          conditional ? Promise.resolve({ kind: 'changed' }) : p.write(bytes, expected, false, signal),
      },
      1,
    );
    await w.finish([work]);
    expect(t.listed()).toEqual([await work]);
  });

  test('writes again what was not known to arrive, and not for ever', async () => {
    const w = world(1);
    const t = tag();
    const p = port(w, t, 20);
    let failing = 2;
    const { AssayError } = await import('../../src/errors.ts');
    const error = new AssayError('registry-error', 'PUT: status 503');
    const flaky: TagPort = { ...p, write: async (...args) => (failing-- > 0 ? { kind: 'unsure', error, afterMs: 0 } : p.write(...args)) };
    const work = add(w, flaky, 1);
    await w.finish([work]);
    expect(t.listed()).toEqual([await work]);
    failing = 1_000;
    const never = add(w, flaky, 2);
    await w.finish([never]);
    await expect(never).rejects.toMatchObject({ code: 'registry-error', message: expect.stringContaining(entry(2).digest) });
  });

  test('that runs out of time says what is not known to be listed; one that is cancelled too', async () => {
    const w = world(1);
    const t = tag();
    const [timeout, cancel] = [new AbortController(), new AbortController()];
    const work = [add(w, port(w, t, 20), 1, 60_000, timeout.signal), add(w, port(w, t, 20), 2, 60_000, cancel.signal)];
    const later = w.sleep(5_000).then(() => {
      timeout.abort(new DOMException('out of time', 'TimeoutError'));
      cancel.abort();
    });
    await w.finish([...work, later]);
    await expect(work[0]).rejects.toMatchObject({ code: 'write-conflict', message: expect.stringContaining(entry(1).digest) });
    await expect(work[1]).rejects.toMatchObject({ code: 'cancelled', message: expect.stringContaining(entry(2).digest) });
  });
});

test('what others wrote stays as they wrote it, unknown members included', async () => {
  const w = world(1);
  const t = tag();
  const foreign = { mediaType: OCI_MANIFEST, digest: digestOf(utf8('x')), size: 1, urls: ['u'], 'x-mine': { a: [1] } };
  const strange = { what: 'is this' };
  const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [foreign, strange], annotations: { a: 'b' }, 'x-top': 1 };
  t.held = stored(utf8(JSON.stringify(index)));
  const work = add(w, port(w, t, 20), 1);
  await w.finish([work]);
  expect(JSON.parse(Buffer.from(t.held?.bytes ?? []).toString())).toMatchObject({
    ...index,
    manifests: [foreign, strange, { digest: await work }],
  });
});

test('what a change takes out is not put back, what others drop is', async () => {
  const w = world(1);
  const t = tag();
  const [old, theirs] = [entry('old'), entry('theirs')];
  t.held = stored(withReferrer(stored(withReferrer(undefined, old) ?? utf8('')), theirs) ?? utf8(''));
  const own = entry(1);
  const session = createTagSession(port(w, t, 20), w.clock);
  const work = session.change(
    {
      entry: own.digest,
      async merge(now) {
        const list = (JSON.parse(Buffer.from(now?.bytes ?? utf8('{"manifests":[]}')).toString()) as { manifests: { digest: string }[] })
          .manifests;
        if (list.some((e) => e.digest === own.digest)) return undefined;
        const empty = utf8(
          JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: list.filter((e) => e.digest !== old.digest) }),
        );
        return withEntries(empty, [own]);
      },
    },
    {},
  );
  const other = w.sleep(100).then(() => {
    t.held = stored(withReferrer(undefined, entry('blind')) ?? utf8(''));
  });
  await w.finish([work, other]);
  expect(new Set(t.listed())).toEqual(new Set([entry('blind').digest, own.digest, theirs.digest]));
});

test('an entry that is a layer is listed again from a manifest that has it, which the hint names', async () => {
  const w = world(1);
  const t = tag();
  const written: string[] = [];
  const p = port(w, t, 20);
  const layer = { mediaType: 'application/vnd.example.layer', digest: digestOf(utf8('layer')), size: 5 };
  const abort = new AbortController();
  const work = createTagSession(
    {
      ...p,
      write(bytes, ...more) {
        written.push(digestOf(bytes));
        return p.write(bytes, ...more);
      },
    },
    w.clock,
  ).change(
    {
      entry: layer.digest,
      merge: async (now) =>
        now === undefined ? utf8(JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config: layer, layers: [layer] })) : undefined,
    },
    { signal: abort.signal, settleMs: 10_000 },
  );
  await w.finish([work.catch(() => {}), w.sleep(500).then(() => abort.abort(new DOMException('late', 'TimeoutError')))]);
  await expect(work).rejects.toMatchObject({
    code: 'write-conflict',
    message: expect.stringContaining(layer.digest),
    hint: expect.stringContaining(`assay repair IMAGE ${written[0]}`),
  });
});
