import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { Certificate } from '../x509/index.ts';
import { type StoreKind, storeCertificates } from './certificates.ts';
import type { FolderEntry, ReadFolder } from './folder.ts';

/** Named stores of certificates, as Notation keeps them. */
export interface TrustStore {
  /**
   * The certificates of a named store, at least one. Each store is read once.
   * Throws `trust-invalid` when there is no such store or something is in it that may not be there, `file-unreadable`, `limit`.
   */
  certificates(kind: StoreKind, name: string): Promise<readonly Certificate[]>;
}

/** Whether a text can be the name of a store: a folder's, and no way out of it. */
export function isStoreName(name: string): boolean {
  return /^[a-zA-Z0-9_.-]{1,255}$/.test(name) && name !== '.' && name !== '..';
}

/**
 * The trust store in a folder that holds `x509/{ca,signingAuthority,tsa}/NAME/*` (trust-store-trust-policy.md, "Trust Store"). `label` is what the folder
 * is called in messages.
 */
export function createTrustStore(readFolder: ReadFolder, label: string): TrustStore {
  const known = new Map<string, Promise<readonly Certificate[]>>();
  return {
    certificates(kind, name) {
      const key = `${kind}:${name}`;
      const certificates = known.get(key) ?? load(readFolder, label, kind, name);
      known.set(key, certificates);
      return certificates;
    },
  };
}

async function load(readFolder: ReadFolder, label: string, kind: StoreKind, name: string): Promise<readonly Certificate[]> {
  const where = `${label}/x509/${kind}/${name}`;
  if (!isStoreName(name)) throw new AssayError('trust-invalid', `"${name.slice(0, 100)}" is no name of a trust store`);
  const folder = await readFolder(['x509', kind, name]);
  if (folder.kind === 'absent')
    throw new AssayError('trust-invalid', `the trust store ${kind}:${name} is not there: there is no folder ${where}`, {
      hint: 'it holds the root certificates as PEM or DER files',
    });
  if (folder.kind !== 'folder')
    throw new AssayError('trust-invalid', `${where} is ${folder.kind === 'link' ? 'a symbolic link' : 'no folder'}`, {
      hint: 'a trust store is a folder; symbolic links are not followed',
    });
  const certificates: Certificate[] = [];
  for (const entry of folder.entries) {
    certificates.push(...(await entryCertificates(entry, kind, where)));
    if (certificates.length > LIMITS.trustStoreCertificates)
      throw new AssayError('limit', `${where} holds more than ${LIMITS.trustStoreCertificates} certificates`);
  }
  if (certificates.length === 0) throw new AssayError('trust-invalid', `the trust store ${kind}:${name} is empty: ${where}`);
  return [...new Map(certificates.map((c) => [c.fingerprint, c])).values()];
}

async function entryCertificates(entry: FolderEntry, kind: StoreKind, where: string): Promise<readonly Certificate[]> {
  const what = `${where}/${entry.name}`;
  if (entry.kind === 'file') return storeCertificates(await entry.read(), kind, what);
  const is = { folder: 'a folder', link: 'a symbolic link', other: 'no regular file' }[entry.kind];
  throw new AssayError('trust-invalid', `${what} is ${is}: a trust store holds certificate files and nothing else`);
}
