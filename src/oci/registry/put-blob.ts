import type { Bytes } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import { type Descriptor, descriptorOf } from '../descriptor.ts';
import { digestOf } from '../digest.ts';
import type { ReadOptions } from '../store.ts';
import type { ApiRequest } from './client.ts';
import { type HttpAnswer, parseUrl, printable } from './http/message.ts';
import { refusal } from './refusal.ts';
import type { Repository } from './repository.ts';
import { checkStored } from './upload-place.ts';

/** What a push of a blob may be told. */
export interface PutBlobOptions extends Pick<ReadOptions, 'signal'> {
  readonly mediaType?: string;
  /** Another repository of the same registry that has the blob: it is mounted from there when the registry agrees. */
  readonly mountFrom?: string;
  /** It is sent without being asked about. */
  readonly fresh?: boolean;
}

/**
 * Stores a blob (distribution spec 1.1, "Pushing Blobs": HEAD, then POST and one PUT; "Mounting a blob"). What is there is
 * not sent again, unless it is `fresh`. Throws errors of the group `transport`.
 */
export async function putBlob(repository: Repository, bytes: Bytes, options: PutBlobOptions = {}): Promise<Descriptor> {
  const descriptor = descriptorOf(options.mediaType ?? 'application/octet-stream', digestOf(bytes), bytes.length);
  const base = baseOf(repository, options);
  const head: ApiRequest = { ...base, method: 'HEAD', target: `/v2/${repository.name}/blobs/${descriptor.digest}` };
  if (options.fresh !== true) {
    const there = await repository.client.send(head);
    if (there.status === 200) return descriptor;
    if (there.status !== 404) throw refusal(there, head);
  }
  const begin: ApiRequest = {
    ...base,
    method: 'POST',
    target: `/v2/${repository.name}/blobs/uploads/${mountQuery(descriptor, options)}`,
    ...mountScope(options),
  };
  const begun = await repository.client.send(begin);
  if (begun.status === 201 && options.mountFrom !== undefined) return descriptor;
  if (begun.status !== 202) throw refusal(begun, begin);
  const target = uploadTarget(begun, descriptor);
  const upload: ApiRequest = { ...base, method: 'PUT', target, body: bytes, headers: { 'content-type': 'application/octet-stream' } };
  const done = await repository.client.send(upload);
  if (done.status !== 201 && done.status !== 204) throw refusal(done, upload);
  checkStored(done, descriptor.digest);
  return descriptor;
}

function baseOf(repository: Repository, options: PutBlobOptions): Omit<ApiRequest, 'method' | 'target'> {
  return {
    registry: repository.registry,
    repository: repository.name,
    actions: ['pull', 'push'],
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
}

function mountQuery(descriptor: Descriptor, options: PutBlobOptions): string {
  return options.mountFrom === undefined ? '' : `?mount=${descriptor.digest}&from=${encodeURIComponent(options.mountFrom)}`;
}

function mountScope(options: PutBlobOptions): { scopes?: readonly string[] } {
  return options.mountFrom === undefined ? {} : { scopes: [`repository:${options.mountFrom}:pull`] };
}

// The place may be relative; it stays at the registry, since the request carries credentials.
function uploadTarget(answer: HttpAnswer, descriptor: Descriptor): URL {
  const fail = (why: string): never => {
    throw new AssayError('registry-protocol', `${printable(answer.asked)}: the place for the upload is ${why}`);
  };
  const target = parseUrl(answer.headers.get('location') ?? '', answer.asked);
  if (target === undefined || !answer.headers.has('location')) return fail('missing');
  // Behind a proxy that ends TLS some registries name themselves with another scheme or port.
  if (target.hostname !== answer.asked.hostname) return fail(`at another host, ${printable(target)}`);
  const own = new URL(answer.asked.origin);
  own.pathname = target.pathname;
  // As text: some registries sign their query as they wrote it.
  own.search = `${target.search === '' ? '?' : `${target.search}&`}digest=${encodeURIComponent(descriptor.digest)}`;
  return own;
}
