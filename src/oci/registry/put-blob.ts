import type { Bytes } from '../../bytes/index.ts';
import { piecesOf } from '../checked-pieces.ts';
import { type Descriptor, descriptorOf } from '../descriptor.ts';
import { digestOf } from '../digest.ts';
import type { ReadOptions } from '../store.ts';
import { copyBlob } from './copy-blob.ts';
import type { Repository } from './repository.ts';

/** What a push of a blob may be told. */
export interface PutBlobOptions extends Pick<ReadOptions, 'signal'> {
  readonly mediaType?: string;
  /** Another repository of the same registry that has the blob: it is mounted from there when the registry agrees. */
  readonly mountFrom?: string;
  /** It is sent without being asked about. */
  readonly fresh?: boolean;
  /** It is asked afterwards whether it is there. */
  readonly confirmed?: boolean;
}

/**
 * Stores a blob that is at hand, in the ways of `copyBlob`: what is there is not sent again, unless it is `fresh`. Throws errors of the group `transport`,
 * and `not-found` where there is no such repository.
 */
export async function putBlob(repository: Repository, bytes: Bytes, options: PutBlobOptions = {}): Promise<Descriptor> {
  const { mediaType = 'application/octet-stream', mountFrom, fresh, confirmed, signal } = options;
  const descriptor = descriptorOf(mediaType, digestOf(bytes), bytes.length);
  const source = { bytes, open: () => piecesOf(bytes), ...(mountFrom === undefined ? {} : { mountFrom }) };
  const how = {
    ...(fresh === undefined ? {} : { fresh }),
    ...(confirmed === undefined ? {} : { confirmed }),
    ...(signal === undefined ? {} : { signal }),
  };
  await copyBlob(repository, descriptor, source, how);
  return descriptor;
}
