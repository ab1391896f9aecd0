import { LIMITS } from '../../limits.ts';
import type { ReadOptions } from '../store.ts';
import type { TagChange } from '../writable-store.ts';
import type { RegistryClient } from './client.ts';
import type { Repository } from './repository.ts';
import { tagPort } from './tag-port.ts';
import { createTagSession, PLATFORM_CLOCK, type TagClock, type TagSession } from './tag-session.ts';

/** What a change of a tag may be told. */
export interface TagChangeOptions extends Pick<ReadOptions, 'signal'> {
  /** Milliseconds that our entry has to stand; default: twice the slowest change that was seen, `LIMITS.tagSettleMs` at least. */
  readonly settleMs?: number;
  /** Time and chance; default the platform's. */
  readonly clock?: TagClock;
}

const sessions = new WeakMap<RegistryClient, Map<string, TagSession>>();

/**
 * Changes a tag together with whoever else changes it. Changes of one tag by one client are made together; see `createTagSession` for how
 * nothing is lost. Throws `write-conflict` naming the entry, what `change.merge` throws, and errors of the group `transport`.
 */
export function changeTag(repository: Repository, tag: string, change: TagChange, options: TagChangeOptions = {}): Promise<void> {
  const ofClient = sessions.get(repository.client) ?? new Map<string, TagSession>();
  sessions.set(repository.client, ofClient);
  const key = keyOf(repository, tag);
  const session = ofClient.get(key) ?? createTagSession(tagPort(repository, tag), options.clock ?? PLATFORM_CLOCK);
  // The one that was used last stands last.
  ofClient.delete(key);
  ofClient.set(key, session);
  for (const [old, { idle }] of ofClient) if (ofClient.size > LIMITS.tagsRemembered && idle()) ofClient.delete(old);
  return session.change(change, options);
}

/** Forgets what is known of the tags of a repository, because something in it was deleted. */
export function forgetTags(repository: Repository): void {
  const ofClient = sessions.get(repository.client);
  for (const [key, { idle }] of ofClient ?? []) if (key.startsWith(keyOf(repository, '')) && idle()) ofClient?.delete(key);
}

function keyOf({ registry, name }: Repository, tag: string): string {
  return `${registry}/${name}:${tag}`;
}
