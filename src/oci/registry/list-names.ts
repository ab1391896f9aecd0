import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { ReadOptions } from '../store.ts';
import type { ApiRequest, RegistryClient } from './client.ts';
import { printable } from './http/message.ts';
import { createPager, jsonObject } from './listing.ts';
import { refusal } from './refusal.ts';
import type { Repository } from './repository.ts';

/** The tags of a repository, page by page (distribution spec 1.1, "Listing Tags"). Throws `not-found` when there is no such repository. */
export function tags(repository: Repository, options: ReadOptions = {}): AsyncGenerator<readonly string[], void> {
  return names(
    repository.client,
    {
      registry: repository.registry,
      repository: repository.name,
      actions: ['pull'],
      method: 'GET',
      target: `/v2/${repository.name}/tags/list?n=1000`,
    },
    'tags',
    options,
  );
}

/** The repositories of a registry, page by page (Docker Registry HTTP API V2, "Catalog"); many registries forbid it: `registry-forbidden`, `registry-unauthorized`, `not-found`. */
export function catalog(client: RegistryClient, registry: string, options: ReadOptions = {}): AsyncGenerator<readonly string[], void> {
  return names(
    client,
    { registry, actions: [], scopes: ['registry:catalog:*'], method: 'GET', target: '/v2/_catalog?n=1000' },
    'repositories',
    options,
  );
}

async function* names(
  client: RegistryClient,
  first: ApiRequest,
  member: string,
  options: ReadOptions,
): AsyncGenerator<readonly string[], void> {
  const pager = createPager();
  let request: ApiRequest = {
    ...first,
    headers: { accept: 'application/json' },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
  for (;;) {
    const answer = await client.send(request);
    if (answer.status !== 200) throw refusal(answer, request);
    const list = jsonObject(answer)[member] ?? [];
    if (!Array.isArray(list) || !list.every(isName)) {
      throw new AssayError('registry-protocol', `${printable(answer.url)}: the answer has no list of ${member}`);
    }
    const next = pager.next(answer, list.length);
    if (list.length > 0) yield list;
    if (next === undefined) return;
    request = { ...request, target: next };
  }
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LIMITS.referenceLength;
}
