import { generateKeyPair, type KeyObject } from 'node:crypto';
import { AssayError } from '../errors.ts';
import { KEY_ALGORITHMS, type KeyAlgorithm } from './key-algorithm.ts';
import { type PrivateKey, privateKeyOf } from './private-key.ts';

/** The algorithm with one of cosign's names for `--signing-algorithm`. Throws `algorithm-unsupported` with the names there are. */
export function algorithmNamed(name: string): KeyAlgorithm {
  const found = KEY_ALGORITHMS.find((a) => a.name === name.toLowerCase());
  if (found !== undefined) return found;
  throw new AssayError('algorithm-unsupported', `there is no algorithm ${name.slice(0, 100)}`, {
    hint: `one of ${KEY_ALGORITHMS.map((a) => a.name).join(', ')}`,
  });
}

/** Makes a private key of the kind that an algorithm signs with. */
export async function generatePrivateKey({ name }: KeyAlgorithm): Promise<PrivateKey> {
  return privateKeyOf(await generated(name));
}

function generated(name: string): Promise<KeyObject> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, _public: KeyObject, key: KeyObject): void => {
      if (error === null) resolve(key);
      else reject(new AssayError('internal', 'no key could be made', { cause: error }));
    };
    const curve = /-nistp(256|384|521)$/.exec(name)?.[1];
    const bits = /^rsa-.*-(2048|3072|4096)-/.exec(name)?.[1];
    if (curve !== undefined) generateKeyPair('ec', { namedCurve: `P-${curve}` }, done);
    else if (bits !== undefined) generateKeyPair('rsa', { modulusLength: Number(bits) }, done);
    else generateKeyPair('ed25519', {}, done);
  });
}
