import { openKey } from '../../trust/keys/index.ts';
import type { KeyAuthority } from '../../verify/index.ts';
import type { Call } from '../command.ts';
import { keyContextOf } from '../keys/context.ts';

/**
 * The public key that a `--key` names: a PEM file, `-`, an `https://` URL, `env://VARIABLE`, or a key in a service, on a token or behind a plugin.
 * Throws `key-invalid`, `file-unreadable`, `unsupported`, `offline`, `key-unavailable`, `key-refused`.
 */
export async function keyAuthority(name: string, call: Call): Promise<KeyAuthority> {
  const handle = await openKey(name, keyContextOf(call), { publicOnly: true });
  return { kind: 'key', name: handle.name, key: await handle.publicKey() };
}
