/** OCI: names, digests, manifests, and the stores that give content which was checked. */
export {
  type CacheOptions,
  type ContentCache,
  cachedStore,
  createDiskCache,
  createMemoryCache,
  type DiskCacheOptions,
  type MemoryCacheOptions,
} from './cache/index.ts';
export { checkContent, checkSize } from './content.ts';
export { type Descriptor, descriptorOf, formatDescriptor, type Platform, parseAnnotations, parseDescriptor } from './descriptor.ts';
export { algorithmOf, type Digest, type DigestAlgorithm, digestOf, hexOf, isDigest, parseDigest } from './digest.ts';
export {
  type LayoutContent,
  type LayoutEntry,
  type LayoutStore,
  layoutFilesOf,
  layoutImages,
  onlyImage,
  openLayout,
  openWritableLayout,
  packTar,
  type WritableLayout,
  type WritableLayoutOptions,
  writeLayout,
} from './layout/index.ts';
export { artifactTypeOf, type ImageIndex, type ImageManifest, type ParsedManifest, parseManifest } from './manifest.ts';
export { createMemoryStore, type MemoryStore, type MemoryStoreOptions } from './memory/index.ts';
export { type OpenOptions, openStore } from './open.ts';
export { childOf, formatPlatform, isAttestationManifest, type PlatformChild, parsePlatform, platformsOf } from './platform.ts';
export { atDigest, formatReference, type LayoutReference, parseReference, type Reference, type RegistryReference } from './reference.ts';
export {
  collectReferrers,
  type Referrer,
  type ReferrersPage,
  type ReferrersState,
  referrerPages,
  referrersError,
  referrersOf,
} from './referrers-of.ts';
export {
  ANONYMOUS,
  type Credential,
  type CredentialSource,
  catalog,
  createRegistryClient,
  deleteManifest,
  fixedCredentials,
  getContent,
  getManifest,
  listReferrers,
  type PutBlobOptions,
  type PutManifestOptions,
  putBlob,
  putManifest,
  type RegistryClient,
  type RegistryClientOptions,
  type RegistryStoreOptions,
  type RegistryWritableOptions,
  type Repository,
  registryStore,
  registryWritableStore,
  repositoryOf,
  type StoredCredentialsOptions,
  storedCredentials,
  tags,
} from './registry/index.ts';
export { type ResolvedImage, resolveImage } from './resolve-image.ts';
export type { EvidenceSuffix, Found, ReadOptions, Store, StoredManifest } from './store.ts';
export { evidenceTag, fallbackTag, isEvidenceTag } from './tags.ts';
export type { BlobSource, TagChange, WritableStore, WriteManifestOptions, WriteOptions, WrittenManifest } from './writable-store.ts';
