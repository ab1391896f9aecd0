import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { abortError } from '../abort.ts';
import { checkContent } from '../content.ts';
import { type Descriptor, descriptorOf } from '../descriptor.ts';
import { type Digest, parseDigest } from '../digest.ts';
import { parseManifest } from '../manifest.ts';
import { referrerDescriptor } from '../referrer-descriptor.ts';
import type { LayoutFiles } from './files.ts';

const OPEN_BRACE = 0x7b;

/**
 * Adds to the referrers that a layout lists those that only stand among its blobs: every blob that is a manifest with a subject. `cosign save`
 * writes bundles so (cosign, pkg/oci/layout/write.go). Throws `content-mismatch`, `manifest-invalid`, `limit`.
 */
export async function withUnlisted(
  listed: ReadonlyMap<Digest, readonly Descriptor[]>,
  files: LayoutFiles,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<Digest, readonly Descriptor[]>> {
  const all = new Map(listed);
  for (const name of await files.list('blobs/sha256', LIMITS.tarEntries)) {
    if (signal?.aborted) throw abortError(signal, files.label);
    if (!/^[0-9a-f]{64}$/.test(name)) continue;
    const digest = parseDigest(`sha256:${name}`);
    const bytes = await documentIn(files, `blobs/sha256/${name}`);
    if (bytes === undefined || !hasSubject(bytes)) continue;
    checkContent(descriptorOf('', digest, bytes.length), bytes);
    const manifest = parseManifest(bytes);
    const subject = manifest.subject?.digest;
    const known = subject === undefined ? [] : (all.get(subject) ?? []);
    if (subject === undefined || known.some((d) => d.digest === digest)) continue;
    if (known.length >= LIMITS.referrers) throw new AssayError('limit', `${files.label} has more than ${LIMITS.referrers} manifests`);
    all.set(subject, [...known, referrerDescriptor(manifest, digest, bytes.length)]);
  }
  return all;
}

/** A blob that is small enough for a manifest and begins as one. */
async function documentIn(files: LayoutFiles, name: string): Promise<Buffer | undefined> {
  const head = await files.read(name, 1);
  if (head?.[0] !== OPEN_BRACE) return undefined;
  const bytes = await files.read(name, LIMITS.manifestBytes + 1);
  return bytes === undefined || bytes.length > LIMITS.manifestBytes ? undefined : bytes;
}

// Configurations and bundles are documents too; what has a subject beside a schema version is meant as a manifest, and has to be one.
function hasSubject(bytes: Buffer): boolean {
  if (!bytes.includes('"subject"') || !bytes.includes('"schemaVersion"')) return false;
  try {
    const value = JSON.parse(bytes.toString('utf8')) as { readonly schemaVersion?: unknown; readonly subject?: unknown };
    return value.schemaVersion !== undefined && value.subject !== undefined && value.subject !== null;
  } catch {
    return false;
  }
}
