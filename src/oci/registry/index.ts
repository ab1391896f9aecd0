/** Registries: the client, its verbs, and credentials. */
export { ANONYMOUS, type Credential, type CredentialSource, fixedCredentials } from './auth/credential.ts';
export { type ApiRequest, createRegistryClient, type RegistryClient, type RegistryClientOptions } from './client.ts';
export { type StoredCredentialsOptions, storedCredentials } from './credentials.ts';
export { deleteManifest } from './delete-manifest.ts';
export { getContent } from './get-blob.ts';
export { getManifest } from './get-manifest.ts';
export { catalog, tags } from './list-names.ts';
export { listReferrers } from './list-referrers.ts';
export { type PutBlobOptions, putBlob } from './put-blob.ts';
export { type PutManifestOptions, putManifest } from './put-manifest.ts';
export { type Repository, repositoryOf } from './repository.ts';
export { type RegistryStoreOptions, registryStore } from './store.ts';
export { type RegistryWritableOptions, registryWritableStore } from './writable-store.ts';
