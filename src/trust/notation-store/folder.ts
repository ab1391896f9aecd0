import type { Bytes } from '../../bytes/index.ts';

/** An entry of a folder. */
export interface FolderEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  /** The whole file; at most `LIMITS.trustStoreFileBytes`. Throws `file-unreadable` or `limit`. */
  readonly read: () => Promise<Bytes>;
}

/** What is at a place of the trust store. */
export type Folder =
  | { readonly kind: 'folder'; readonly entries: readonly FolderEntry[] }
  /** Nothing, a symbolic link, or a file. */
  | { readonly kind: 'absent' | 'link' | 'other' };

/** Looks at a place below the trust store, by the names of the folders on the way. Throws `file-unreadable`, and `limit` beyond `LIMITS.trustStoreFiles` entries. */
export type ReadFolder = (path: readonly string[]) => Promise<Folder>;
