import { gunzipSync } from 'node:zlib';
import { AssayError, messageOf } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { parseTarHeader, TAR_BLOCK } from '../../oci/layout/tar-header.ts';
import { refreshMetadata } from './client.ts';
import type { TrustFetch } from './fetch.ts';

/** A TUF repository that a policy names. */
export interface PrivateRepository {
  /** The initial `root.json`, where trust starts. */
  readonly root: Uint8Array;
  readonly from: { readonly mirror: string } | { readonly archive: Uint8Array };
  readonly targets: string;
  readonly target: string;
  /** For a mirror. */
  readonly fetch: TrustFetch;
  readonly signal?: AbortSignal;
}

/** Stands for an archive; nothing is ever asked of it. */
const ARCHIVE = 'https://archive.invalid';

/**
 * The text of the trusted root in a TUF repository: at a mirror, or in a gzipped tar archive of the whole repository (policy-controller's TrustRoot,
 * `remote` and `repository`). Nothing is kept. Throws `trust-unavailable`, `trust-invalid`, `limit`.
 */
export async function privateTrustedRoot(repository: PrivateRepository): Promise<string> {
  const { from, root, targets, target, signal } = repository;
  const metadata = await refreshMetadata({
    mirror: 'mirror' in from ? from.mirror.replace(/\/+$/, '') : ARCHIVE,
    start: { root: Buffer.from(root).toString('utf8') },
    fetch: 'mirror' in from ? repository.fetch : fromFiles(filesOf(from.archive)),
    targets: targets.replace(/^\/+|\/+$/g, ''),
    target,
    ...(signal === undefined ? {} : { signal }),
  });
  return metadata.trustedRoot;
}

function fromFiles(files: ReadonlyMap<string, Buffer>): TrustFetch {
  const marker = [...files.keys()].find((name) => /(?:^|\/)timestamp\.json$/.test(name));
  const folder = marker?.slice(0, -'timestamp.json'.length) ?? '';
  return (url) => Promise.resolve(files.get(`${folder}${decodeURIComponent(url.pathname.slice(1))}`));
}

/** The regular files of a gzipped tar archive, by path without a leading `./`. */
function filesOf(archive: Uint8Array): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  const bytes = unpacked(archive);
  for (let at = 0; at + TAR_BLOCK <= bytes.length; ) {
    const header = parseTarHeader(bytes.subarray(at, at + TAR_BLOCK), 'the TUF repository');
    if (header === undefined) break;
    const start = at + TAR_BLOCK;
    if (start + header.size > bytes.length) throw new AssayError('trust-invalid', 'the archive of the TUF repository ends too early');
    if (files.size >= LIMITS.tarEntries) throw new AssayError('limit', 'the archive of the TUF repository has too many files');
    if (header.type === 'file') files.set(header.name.replace(/^(?:\.\/)+/, ''), bytes.subarray(start, start + header.size));
    at = start + Math.ceil(header.size / TAR_BLOCK) * TAR_BLOCK;
  }
  return files;
}

function unpacked(archive: Uint8Array): Buffer {
  try {
    return gunzipSync(archive, { maxOutputLength: LIMITS.tufCacheBytes });
  } catch (cause) {
    throw new AssayError(
      'trust-invalid',
      `the archive of the TUF repository is not gzipped, or larger than ${LIMITS.tufCacheBytes} bytes: ${messageOf(cause)}`,
      {
        cause,
      },
    );
  }
}
