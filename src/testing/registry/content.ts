import { randomUUID } from 'node:crypto';
import { parseJson } from '../../codec/json.ts';
import { type Digest, digestOf, isDigest } from '../../oci/digest.ts';

/** A manifest as it was pushed. */
export interface HeldManifest {
  readonly type: string;
  readonly body: Buffer;
}

/** One repository of the test registry. */
export interface HeldRepository {
  readonly manifests: Map<string, HeldManifest>;
  readonly tags: Map<string, string>;
  readonly blobs: Set<string>;
}

/** Everything that a test registry holds. Blobs are shared by its repositories, as in real ones, but each lists its own. */
export interface Content {
  readonly repositories: Map<string, HeldRepository>;
  readonly blobs: Map<string, Buffer>;
  readonly uploads: Map<string, Buffer[]>;
  repository(name: string): HeldRepository;
  newUpload(): string;
}

/** An empty registry's content. */
export function createContent(): Content {
  const repositories = new Map<string, HeldRepository>();
  const uploads = new Map<string, Buffer[]>();
  return {
    repositories,
    uploads,
    blobs: new Map(),
    repository(name) {
      const held = repositories.get(name) ?? { manifests: new Map(), tags: new Map(), blobs: new Set<string>() };
      repositories.set(name, held);
      return held;
    },
    newUpload() {
      const id = randomUUID();
      uploads.set(id, []);
      return id;
    },
  };
}

/** One entry of a referrers answer, as JSON. */
export interface ReferrerEntry {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: unknown;
}

/** The manifests of a repository whose subject is the digest, in the order of their digests' arrival. */
export function referrersIn(repository: HeldRepository | undefined, subject: string, withType: boolean): readonly ReferrerEntry[] {
  const entries: ReferrerEntry[] = [];
  for (const [digest, held] of repository?.manifests ?? []) {
    const value = parsed(held);
    if (subjectOf(value) !== subject || !isDigest(digest)) continue;
    const config = value?.config as { mediaType?: unknown } | undefined;
    const stated = value?.artifactType;
    const type = typeof stated === 'string' && stated !== '' ? stated : config?.mediaType;
    const described = withType && typeof type === 'string' ? { artifactType: type } : {};
    const annotations = withType && value?.annotations !== undefined ? { annotations: value.annotations } : {};
    entries.push({ mediaType: held.type, digest, size: held.body.length, ...described, ...annotations });
  }
  return entries;
}

const documents = new WeakMap<HeldManifest, { readonly value: Record<string, unknown> | undefined }>();

// A crowd of referrers is listed page by page; each page would parse all of them anew.
function parsed(held: HeldManifest): Record<string, unknown> | undefined {
  const known = documents.get(held) ?? { value: documentOf(held.body) };
  documents.set(held, known);
  return known.value;
}

/** The JSON object that a body is, if it is one. */
export function documentOf(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value = parseJson(body.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** The digest of a manifest's subject. */
export function subjectOf(value: Record<string, unknown> | undefined): string | undefined {
  const subject = value?.subject as { digest?: unknown } | null | undefined;
  return typeof subject?.digest === 'string' ? subject.digest : undefined;
}

/** Whether a body has the digest. */
export function hasDigest(body: Buffer, digest: string): boolean {
  return isDigest(digest) && digestOf(body, digest.startsWith('sha512:') ? 'sha512' : 'sha256') === digest;
}
