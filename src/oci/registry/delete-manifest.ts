import type { ReadOptions } from '../store.ts';
import type { ApiRequest } from './client.ts';
import { refusal } from './refusal.ts';
import type { Repository } from './repository.ts';

/** Deletes a manifest by digest, or a tag (distribution spec 1.1, "Deleting"). Throws `not-found`, or errors of the group `transport` (405: `registry-error`). */
export async function deleteManifest(repository: Repository, what: string, options: Pick<ReadOptions, 'signal'> = {}): Promise<void> {
  const request: ApiRequest = {
    registry: repository.registry,
    repository: repository.name,
    actions: ['delete', 'pull'],
    method: 'DELETE',
    target: `/v2/${repository.name}/manifests/${what}`,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
  const answer = await repository.client.send(request);
  if (answer.status !== 202 && answer.status !== 200 && answer.status !== 204) throw refusal(answer, request);
}
