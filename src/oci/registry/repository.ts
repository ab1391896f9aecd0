import type { RegistryReference } from '../reference.ts';
import type { RegistryClient } from './client.ts';

/** One repository, with the client that reaches it. */
export interface Repository {
  readonly client: RegistryClient;
  /** `docker.io`, `host:port`. */
  readonly registry: string;
  /** `library/alpine`. */
  readonly name: string;
}

/** The repository of a reference. */
export function repositoryOf(client: RegistryClient, reference: RegistryReference): Repository {
  return { client, registry: reference.registry, name: reference.repository };
}
