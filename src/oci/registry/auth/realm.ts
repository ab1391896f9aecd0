import { AssayError } from '../../../errors.ts';
import { isInternal, isLoopback } from '../http/address.ts';
import { parseUrl, printable, printableText } from '../http/message.ts';
import type { Challenge } from './challenge.ts';

/**
 * The token server that a registry names. It has to be https, unless the registry itself is asked over plain HTTP; and a
 * registry elsewhere may not name an internal address. Throws `registry-protocol` or `redirect-refused`.
 */
export function realmOf(challenge: Challenge, registry: URL): URL {
  const text = challenge.parameters.get('realm') ?? '';
  const realm = parseUrl(text);
  if (realm === undefined || (realm.protocol !== 'https:' && realm.protocol !== 'http:') || realm.username !== '') {
    throw new AssayError('registry-protocol', `${registry.host} names no token server ("${printableText(text, 100)}")`);
  }
  if (realm.protocol === 'http:' && registry.protocol === 'https:' && !isLoopback(registry.hostname)) {
    throw new AssayError('redirect-refused', `${registry.host} names a token server without encryption: ${printable(realm)}`, {
      retryable: false,
    });
  }
  if (realm.hostname !== registry.hostname && isInternal(realm.hostname) && !isLoopback(registry.hostname)) {
    throw new AssayError('redirect-refused', `${registry.host} names a token server at an internal address: ${printable(realm)}`, {
      retryable: false,
    });
  }
  return realm;
}

/** Whether credentials may be sent there: over https, to this machine, or to the very host that was allowed plain HTTP. */
export function mayHaveCredentials(realm: URL, registry: URL): boolean {
  return realm.protocol === 'https:' || isLoopback(realm.hostname) || realm.hostname === registry.hostname;
}
