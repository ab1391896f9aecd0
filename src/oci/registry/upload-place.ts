import { AssayError } from '../../errors.ts';
import { algorithmOf, type Digest, isDigest } from '../digest.ts';
import { type HttpAnswer, parseUrl, printable } from './http/message.ts';

/**
 * Where an upload goes on (distribution spec 1.1, "Pushing Blobs", `Location`). It may be relative; it stays at the registry, since the request carries
 * credentials. Throws `registry-protocol`.
 */
export function uploadPlace(answer: HttpAnswer): URL {
  const fail = (why: string): never => {
    throw new AssayError('registry-protocol', `${printable(answer.asked)}: the place for the upload is ${why}`);
  };
  const target = parseUrl(answer.headers.get('location') ?? '', answer.asked);
  if (target === undefined || !answer.headers.has('location')) return fail('missing');
  // Behind a proxy that ends TLS some registries name themselves with another scheme or port.
  if (target.hostname !== answer.asked.hostname) return fail(`at another host, ${printable(target)}`);
  const own = new URL(answer.asked.origin);
  own.pathname = target.pathname;
  own.search = target.search;
  return own;
}

/** Checks that a registry does not say that it stored something else (`Docker-Content-Digest`). Throws `content-mismatch`. */
export function checkStored(answer: HttpAnswer, digest: Digest): void {
  const stored = answer.headers.get('docker-content-digest');
  if (stored !== undefined && isDigest(stored) && algorithmOf(stored) === algorithmOf(digest) && stored !== digest)
    throw new AssayError('content-mismatch', `${printable(answer.url)}: ${digest} was sent, the registry says that it stored ${stored}`);
}

/** The place of an upload, for the request that ends it. */
export function withDigest(place: URL, digest: Digest): URL {
  const own = new URL(place);
  // As text: some registries sign their query as they wrote it.
  own.search = `${place.search === '' ? '?' : `${place.search}&`}digest=${encodeURIComponent(digest)}`;
  return own;
}
