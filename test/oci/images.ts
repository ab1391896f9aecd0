import {
  createRegistryClient,
  type Descriptor,
  type Digest,
  digestOf,
  formatDescriptor,
  type RegistryClient,
  type RegistryClientOptions,
  type Repository,
  registryStore,
  type Store,
} from '../../src/oci/index.ts';
import { OCI_EMPTY, OCI_INDEX, OCI_MANIFEST } from '../../src/oci/media-types.ts';
import type { TestRegistry } from '../../src/testing/registry/index.ts';

/** The empty JSON object, as a configuration. */
export const EMPTY = { mediaType: OCI_EMPTY, digest: digestOf(Buffer.from('{}')), size: 2 };

/** A manifest with whatever members. */
export function manifestBytes(more: Readonly<Record<string, unknown>> = {}): Buffer {
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config: EMPTY, layers: [], ...more }));
}

/** An index of descriptors. */
export function indexBytes(manifests: readonly Descriptor[], more: Readonly<Record<string, unknown>> = {}): Buffer {
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: manifests.map(formatDescriptor), ...more }));
}

/** A signature-like manifest about a subject, different for every `n`. */
export function referrerBytes(subject: Descriptor, n: number | string = 0, more: Readonly<Record<string, unknown>> = {}): Buffer {
  return manifestBytes({
    artifactType: 'application/vnd.example.signature',
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
    annotations: { n: String(n) },
    ...more,
  });
}

/** Puts a document into a test registry's content, without a request. */
export function hold(registry: TestRegistry, name: string, bytes: Buffer, tag?: string, type?: string): Descriptor {
  const repository = registry.content.repository(name);
  const digest: Digest = digestOf(bytes);
  const mediaType = type ?? (JSON.parse(bytes.toString()) as { mediaType: string }).mediaType;
  repository.manifests.set(digest, { type: mediaType, body: bytes });
  if (tag !== undefined) repository.tags.set(tag, digest);
  return { mediaType, digest, size: bytes.length };
}

/** Puts a blob into a test registry's content, without a request. */
export function holdBlob(registry: TestRegistry, name: string, bytes: Buffer, mediaType = 'application/octet-stream'): Descriptor {
  const digest = digestOf(bytes);
  registry.content.blobs.set(digest, bytes);
  registry.content.repository(name).blobs.add(digest);
  return { mediaType, digest, size: bytes.length };
}

/** A repository with its store and its client. */
export interface Opened {
  readonly client: RegistryClient;
  readonly repository: Repository;
  readonly store: Store;
}

/** Opens a repository of a test registry; retries come quickly. */
export function opened(registry: Pick<TestRegistry, 'host'>, name = 'team/app', options: RegistryClientOptions = {}): Opened {
  const client = createRegistryClient({ retryPauseMs: 1, ...options });
  const repository = { client, registry: registry.host, name };
  return { client, repository, store: registryStore(repository) };
}
