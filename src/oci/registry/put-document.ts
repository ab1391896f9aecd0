import type { Bytes } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { algorithmOf, digestOf, isDigest } from '../digest.ts';
import type { ApiRequest } from './client.ts';
import { type HttpAnswer, printable } from './http/message.ts';
import type { Repository } from './repository.ts';

/** How a document is sent. */
export interface SendDocumentOptions {
  readonly mediaType: string;
  /** The tag or digest that it is stored under. */
  readonly what: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sends it once, whatever the answer. */
  readonly once?: boolean;
  readonly signal?: AbortSignal;
}

/** PUT of a manifest as it is (distribution spec 1.1, "Pushing Manifests"); answers whatever the registry answers. Throws `content-mismatch`, and errors of the group `transport`. */
export async function sendDocument(
  repository: Repository,
  bytes: Bytes,
  { mediaType, what, headers, once, signal }: SendDocumentOptions,
): Promise<{ readonly answer: HttpAnswer; readonly request: ApiRequest }> {
  const request: ApiRequest = {
    registry: repository.registry,
    repository: repository.name,
    actions: ['pull', 'push'],
    method: 'PUT',
    target: `/v2/${repository.name}/manifests/${what}`,
    headers: { 'content-type': mediaType, ...headers },
    body: bytes,
    maxBytes: LIMITS.apiAnswerBytes,
    ...(once === undefined ? {} : { once }),
    ...(signal === undefined ? {} : { signal }),
  };
  const answer = await repository.client.send(request);
  const stored = answer.headers.get('docker-content-digest');
  if (answer.status < 300 && stored !== undefined && isDigest(stored) && digestOf(bytes, algorithmOf(stored)) !== stored)
    throw new AssayError(
      'content-mismatch',
      `${printable(answer.url)}: ${digestOf(bytes)} was sent, the registry says that it stored ${stored}`,
    );
  return { answer, request };
}

/** What registries answer where a tag that is there may not be written to, even to say the same again. */
export const MAY_BE_IMMUTABLE: ReadonlySet<number> = new Set([400, 403, 405, 409, 412]);
