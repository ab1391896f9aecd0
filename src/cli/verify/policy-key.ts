import type { PublicKey } from '../../crypto/index.ts';
import { AssayError } from '../../errors.ts';
import { isServiceReference, nameOf, openKey } from '../../trust/keys/index.ts';
import type { Call } from '../command.ts';
import { keyContextOf } from '../keys/context.ts';

const asked = new WeakMap<Call, Map<string, Promise<PublicKey>>>();

/**
 * The public key that a policy names by a reference to a key service, token or plugin; each is asked once in a run. Throws `policy-invalid` for any
 * other reference, and as `openKey`.
 */
export function policyKey(reference: string, call: Call): Promise<PublicKey> {
  const keys = asked.get(call) ?? new Map<string, Promise<PublicKey>>();
  asked.set(call, keys);
  const known = keys.get(reference);
  if (known !== undefined) return known;
  const key = publicKeyAt(reference, call);
  keys.set(reference, key);
  return key;
}

async function publicKeyAt(reference: string, call: Call): Promise<PublicKey> {
  if (!isServiceReference(reference))
    throw new AssayError('policy-invalid', `${nameOf(reference)} is no reference to a key service`, {
      hint: 'file, url and data name a key as well',
    });
  // A policy says whom to believe, not which code is run.
  if (/[?&;]module-(?:path|name)=/i.test(reference))
    throw new AssayError('policy-invalid', 'a policy does not name the library of a token', { hint: 'COSIGN_PKCS11_MODULE_PATH names it' });
  const handle = await openKey(reference, keyContextOf(call), { publicOnly: true });
  return handle.publicKey();
}
