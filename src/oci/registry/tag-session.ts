import { type AssayError, toAssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { pause } from '../abort.ts';
import { type Descriptor, descriptorOf } from '../descriptor.ts';
import { type Digest, digestOf } from '../digest.ts';
import { mediaTypeOf } from '../media-type-of.ts';
import { isIndexType, OCI_MANIFEST } from '../media-types.ts';
import type { StoredManifest } from '../store.ts';
import type { TagChange } from '../writable-store.ts';
import { createKeptEntries } from './kept-entries.ts';
import { lost, type Part, unlisted } from './tag-conflict.ts';
import type { TagPort, TagState } from './tag-port.ts';

/** Time and chance. */
export interface TagClock {
  /** Milliseconds that only go up. */
  readonly now: () => number;
  /** At least 0, below 1. */
  readonly random: () => number;
  /** Resolves after some milliseconds, and at once when the signal is aborted. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The platform's. */
export const PLATFORM_CLOCK: TagClock = {
  now: () => performance.now(),
  random: () => Math.random(),
  pause: (ms, signal) => pause(ms, signal).catch(() => {}),
};

/** What one change may be told. */
export interface SessionOptions {
  readonly signal?: AbortSignal;
  readonly settleMs?: number;
}

/** The changes of one tag that this process makes. */
export interface TagSession {
  change(change: TagChange, options: SessionOptions): Promise<void>;
  /** Whether no change is under way. */
  readonly idle: () => boolean;
}

/** A change that is not done. */
interface Pending {
  readonly change: TagChange;
  readonly settleMs: number | undefined;
  readonly began: number;
  writes: number;
  /** The manifest under the tag that had ours as one of its layers: from it the entry can be listed again, also when the tag has lost it. */
  inside: Digest | undefined;
  /** Since when ours has been there whenever the tag was read. */
  stands: number | undefined;
  done(error?: AssayError): void;
}

/**
 * Changes one tag together with others who change it, without a lock and without trusting a registry's conditions (`If-Match`): most ignore them.
 *
 * A change reads the tag, merges, and writes at once. Whoever read before our write and writes after it takes our entry away; so the tag is read
 * again until ours has stood for a settle time that is longer than such a change takes, and it is merged and written again whenever it
 * is gone. What others had written is put back as well: whoever ended before a slow writer came is no longer there to do it. Where others are
 * seen to write, nobody ends before it has been quiet for the settle time, within bounds. Whoever put something back stays for the
 * settle time from then on; so nothing that was acknowledged is lost as long as no change takes longer than the settle time.
 *
 * An entry that a merge of ours took out is not put back.
 */
export function createTagSession(port: TagPort, clock: TagClock): TagSession {
  const pending = new Set<Pending>();
  const kept = createKeptEntries();
  let running = false;
  let abort = new AbortController();
  let awake = new AbortController();
  let known: string | undefined;
  let quietSince = Number.POSITIVE_INFINITY;
  let slowest = 0;
  let contended = false;
  let conditional = true;
  let failures = 0;
  /** What the tag held before the last write, and how often it held it afterwards. */
  let before: string | undefined;
  let ignored = 0;
  /** The document that a condition was refused about. */
  let refused: string | undefined;

  function change(wanted: TagChange, { signal, settleMs }: SessionOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (): void => one.done(lost(port.label, partOf(one), one.writes > 0 ? 'time' : 'never', signal));
      const one: Pending = {
        change: wanted,
        settleMs,
        began: clock.now(),
        writes: 0,
        inside: undefined,
        stands: undefined,
        done(error) {
          if (!pending.delete(one)) return;
          signal?.removeEventListener('abort', stop);
          if (pending.size === 0) awake.abort();
          if (pending.size === 0 && error !== undefined) abort.abort();
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      pending.add(one);
      if (signal?.aborted) return stop();
      signal?.addEventListener('abort', stop, { once: true });
      awake.abort();
      if (!running) void run();
    });
  }

  async function run(): Promise<void> {
    running = true;
    while (pending.size > 0) {
      abort = abort.signal.aborted ? new AbortController() : abort;
      awake = new AbortController();
      try {
        const ms = await step();
        if (ms > 0 && pending.size > 0) await clock.pause(ms, awake.signal);
      } catch (error) {
        // What was for changes that are all given up by now is no error of those that came meanwhile.
        if (!abort.signal.aborted) for (const one of [...pending]) one.done(unlisted(toAssayError(error), port.label, partOf(one)));
      }
    }
    running = false;
    contended = false;
    failures = 0;
    kept.clear();
  }

  /** One look at the tag, and a write where it needs one. Answers the milliseconds until the next look. */
  async function step(): Promise<number> {
    const began = clock.now();
    const changes = [...pending];
    let state = await port.read(abort.signal);
    observe(state, began);
    const read = clock.now();
    let merged = await merge(state, changes);
    if (merged !== undefined && clock.now() - read > LIMITS.tagMergeMs) {
      const again = clock.now();
      state = await port.read(abort.signal);
      observe(state, again);
      merged = await merge(state, changes);
    }
    if (merged === undefined) return settled(began);
    return write(state, merged, changes, began);
  }

  function observe({ stored }: TagState, at: number): void {
    const digest = digestIn(stored);
    ignored = digest === before ? ignored + 1 : 0;
    before = undefined;
    if (digest !== known) {
      contended ||= known !== undefined;
      quietSince = at;
    }
    known = digest;
    if (stored !== undefined) kept.saw(stored.bytes);
  }

  async function merge({ stored }: TagState, changes: readonly Pending[]): Promise<StoredManifest | undefined> {
    let now = stored;
    for (const one of changes) {
      if (!pending.has(one)) continue;
      try {
        const bytes = await one.change.merge(now);
        if (bytes === undefined) {
          // The document has been the same since then.
          one.stands ??= quietSince;
          continue;
        }
        contended ||= one.stands !== undefined;
        one.stands = undefined;
        kept.wrote(now?.bytes, bytes);
        now = storedOf(bytes);
      } catch (error) {
        one.done(unlisted(toAssayError(error), port.label, partOf(one)));
      }
    }
    const whole = now === undefined ? undefined : kept.putBack(now.bytes);
    if (whole !== undefined) return storedOf(await port.complete(whole, abort.signal));
    return now === stored ? undefined : now;
  }

  async function write(state: TagState, merged: StoredManifest, changes: readonly Pending[], began: number): Promise<number> {
    const mine = changes.filter((one) => pending.has(one));
    for (const one of mine) {
      one.writes++;
      const why = ignored >= LIMITS.tagWritesLost ? 'ignored' : 'others';
      if (why === 'ignored' || one.writes > LIMITS.tagWrites || clock.now() - one.began > LIMITS.tagChangeMs)
        one.done(lost(port.label, partOf(one), why));
    }
    if (!mine.some((one) => pending.has(one))) return 0;
    const answer = await port.write(merged.bytes, state, conditional, abort.signal);
    const ended = clock.now();
    if (answer.kind === 'unsure') {
      failures++;
      if (failures >= LIMITS.tries) throw answer.error;
      return Math.max(answer.afterMs, LIMITS.retryPauseMs * 2 ** (failures - 1) * (0.5 + clock.random()));
    }
    if (answer.kind === 'changed') {
      // Said twice of the same document, the condition is what the registry does not understand.
      conditional = refused !== digestIn(state.stored);
      refused = digestIn(state.stored);
      return jitter(slowest);
    }
    failures = 0;
    before = digestIn(state.stored);
    slowest = Math.max(slowest, ended - began);
    known = merged.descriptor.digest;
    quietSince = ended;
    for (const one of mine) {
      one.stands ??= ended;
      if (!isIndexType(merged.descriptor.mediaType)) one.inside = merged.descriptor.digest;
    }
    return nextLook(ended);
  }

  /** Ends the changes that have stood long enough. */
  function settled(at: number): number {
    for (const one of [...pending]) {
      const settle = settleOf(one);
      const stood = one.stands === undefined ? -1 : at - one.stands;
      const quiet = at - quietSince >= settle || stood >= LIMITS.tagQuietFactor * settle;
      if (stood >= settle && quiet) one.done();
      else if (clock.now() - one.began > LIMITS.tagChangeMs) one.done(lost(port.label, partOf(one), 'others'));
    }
    return nextLook(clock.now());
  }

  function nextLook(now: number): number {
    const due = [...pending].map((one) => Math.max(one.stands ?? now, quietSince) + settleOf(one) - now);
    const least = Math.max(1, Math.min(...due));
    // Without others one look at the end is enough; with them a loss is better seen early, and not by all at once.
    return contended ? Math.min(least, jitter(Math.max(...[...pending].map(settleOf)) / 2)) : least;
  }

  function jitter(ms: number): number {
    return Math.max(1, ms * (0.5 + clock.random()));
  }

  function settleOf(one: Pending): number {
    return one.settleMs ?? Math.min(LIMITS.tagSettleMostMs, Math.max(LIMITS.tagSettleMs, 2 * slowest));
  }

  return { change, idle: () => pending.size === 0 && !running };
}

function partOf({ change, inside }: Pending): Part {
  return { entry: change.entry, inside };
}

function digestIn(stored: StoredManifest | undefined): string {
  return stored?.descriptor.digest ?? 'none';
}

function storedOf(bytes: Uint8Array): StoredManifest {
  const descriptor: Descriptor = descriptorOf(mediaTypeOf(bytes) ?? OCI_MANIFEST, digestOf(bytes), bytes.length);
  return { descriptor, bytes };
}
