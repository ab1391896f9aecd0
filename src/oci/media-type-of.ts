import type { Bytes } from '../bytes/index.ts';
import { AssayError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { parseManifest } from './manifest.ts';
import { isManifestType } from './media-types.ts';

/**
 * The media type of a document that may be a manifest: what it says itself, else what it was served as. A broken document
 * that was served as a manifest stays one, so that it is reported as broken. `undefined` when it is none. How large it may be is
 * for those to say who use it: fallback indexes of referrers are larger than other manifests.
 */
export function mediaTypeOf(bytes: Bytes, servedAs?: string): string | undefined {
  try {
    return parseManifest(bytes, servedAs, LIMITS.referrersPageBytes).mediaType;
  } catch (error) {
    if (!(error instanceof AssayError)) throw error;
    return servedAs !== undefined && isManifestType(servedAs) ? servedAs : undefined;
  }
}
