import type { Bytes } from '../../bytes/index.ts';
import { AssayError, isAssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { withConfigOfLayers } from '../evidence-config.ts';
import { mediaTypeOf } from '../media-type-of.ts';
import { OCI_MANIFEST } from '../media-types.ts';
import type { StoredManifest } from '../store.ts';
import { getTag } from './get-manifest.ts';
import { isPassing } from './http/exchange.ts';
import { retryAfter } from './http/retry.ts';
import { putBlob } from './put-blob.ts';
import { MAY_BE_IMMUTABLE, sendDocument } from './put-document.ts';
import { refusal } from './refusal.ts';
import type { Repository } from './repository.ts';

/** What a tag held when it was read. */
export interface TagState {
  readonly stored: StoredManifest | undefined;
  /** Strong entity tag (RFC 9110 §8.8.3) of the answer, where it had one. */
  readonly etag: string | undefined;
}

/** What became of a write: done; somebody had changed the tag before; or not known, and to be tried again after some milliseconds. */
export type TagWrite =
  | { readonly kind: 'written' }
  | { readonly kind: 'changed' }
  | { readonly kind: 'unsure'; readonly error: AssayError; readonly afterMs: number };

/** A tag that is changed: the two things that can be done with it. */
export interface TagPort {
  /** For people: `registry/repository:tag`. */
  readonly label: string;
  read(signal: AbortSignal): Promise<TagState>;
  /**
   * Sends the document once: sent again later it would be older than what others have written since. `conditional`: only when the tag is still
   * what it was, where the registry looks at conditions at all. Throws when the registry refuses.
   */
  write(bytes: Bytes, expected: TagState, conditional: boolean, signal: AbortSignal): Promise<TagWrite>;
  /** Stores what a document that entries were put back into needs besides, and answers the document that names it. */
  complete(bytes: Bytes, signal: AbortSignal): Promise<Bytes>;
}

/** A tag of a repository. */
export function tagPort(repository: Repository, tag: string): TagPort {
  return {
    label: `${repository.registry}/${repository.name}:${tag}`,
    read: (signal) => getTag(repository, tag, { signal, maxBytes: LIMITS.referrersPageBytes }),
    async write(bytes, expected, conditional, signal) {
      const condition: Record<string, string> = conditional ? conditionOf(expected) : {};
      const sending = { mediaType: mediaTypeOf(bytes) ?? OCI_MANIFEST, what: tag, headers: condition, once: true, signal };
      try {
        const { answer, request } = await sendDocument(repository, bytes, sending);
        if (answer.status === 201 || answer.status === 200) return { kind: 'written' };
        if (answer.status === 412 && conditional) return { kind: 'changed' };
        const error = refusal(answer, request);
        if (answer.status !== 429 && answer.status < 500)
          throw MAY_BE_IMMUTABLE.has(answer.status) ? refused(error, this.label, expected) : error;
        const afterMs = retryAfter(answer.headers.get('retry-after'), Date.now) ?? 0;
        if (afterMs > LIMITS.retryAfterMs) throw error;
        return { kind: 'unsure', error, afterMs };
      } catch (error) {
        // Whether it arrived is seen when the tag is read again.
        if (isAssayError(error) && !signal.aborted && isPassing(error)) return { kind: 'unsure', error, afterMs: 0 };
        throw error;
      }
    },
    async complete(bytes, signal) {
      const whole = withConfigOfLayers(bytes);
      if (whole === undefined) return bytes;
      await putBlob(repository, whole.config, { mediaType: whole.configType, signal });
      return whole.manifest;
    },
  };
}

function conditionOf({ stored, etag }: TagState): Record<string, string> {
  if (stored === undefined) return { 'if-none-match': '*' };
  return etag === undefined ? {} : { 'if-match': etag };
}

function refused(error: AssayError, label: string, expected: TagState): AssayError {
  if (expected.stored === undefined) return error;
  return new AssayError(error.code, error.message, {
    cause: error,
    retryable: false,
    hint: `${label} exists and may not be changed: if tags are immutable there, except those that begin with sha256-, or use a registry with the referrers API`,
  });
}
