/** The trust stores of the Notary Project: named collections of root certificates in folders. Files are read through a parameter. */
export { type StoreKind, storeCertificates } from './certificates.ts';
export type { Folder, FolderEntry, ReadFolder } from './folder.ts';
export { createTrustStore, isStoreName, type TrustStore } from './store.ts';
