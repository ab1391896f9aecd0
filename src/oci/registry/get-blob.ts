import type { Bytes } from '../../bytes/index.ts';
import { AssayError, isAssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { checkContent, checkSize } from '../content.ts';
import type { Descriptor } from '../descriptor.ts';
import { isManifestType, MANIFEST_TYPES } from '../media-types.ts';
import type { ReadOptions } from '../store.ts';
import type { HttpAnswer } from './http/message.ts';
import { refusal } from './refusal.ts';
import type { Repository } from './repository.ts';

/**
 * GET of the content that a descriptor names (distribution spec 1.1, "Pulling blobs"), from `manifests/` when it is one.
 * Never more than one byte beyond the size is read. Throws `not-found`, `content-truncated`, `content-mismatch`, `limit`
 * (the descriptor asks for more than `maxBytes`), and errors of the group `transport`.
 */
export async function getContent(repository: Repository, descriptor: Descriptor, options: ReadOptions = {}): Promise<Bytes> {
  checkSize(descriptor, options.maxBytes ?? LIMITS.evidenceBytes);
  const answer = await ask(repository, descriptor, options);
  if (answer.status !== 200) throw refusal(answer, { method: 'GET' });
  return checkContent(descriptor, answer.body);
}

async function ask(repository: Repository, descriptor: Descriptor, options: ReadOptions): Promise<HttpAnswer> {
  const manifest = isManifestType(descriptor.mediaType);
  try {
    return await repository.client.send({
      registry: repository.registry,
      repository: repository.name,
      actions: ['pull'],
      method: 'GET',
      target: `/v2/${repository.name}/${manifest ? 'manifests' : 'blobs'}/${descriptor.digest}`,
      headers: { accept: manifest ? MANIFEST_TYPES.join(', ') : '*/*' },
      maxBytes: descriptor.size,
      expectBytes: descriptor.size,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  } catch (error) {
    // The bound was the size that the descriptor states.
    if (isAssayError(error, 'limit')) throw new AssayError('content-mismatch', error.message, { cause: error });
    throw error;
  }
}
