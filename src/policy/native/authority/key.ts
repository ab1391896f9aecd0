import { publicKeyFromPem } from '../../../crypto/index.ts';
import { AssayError, messageOf } from '../../../errors.ts';
import type { KeyAuthority } from '../../../verify/index.ts';
import type { Source } from '../fields/source.ts';
import { loadSource } from '../source.ts';
import type { AuthorityContext } from './authority.ts';

/** A reference to a key in a service, on a token or behind a plugin; other texts are PEM or the name of a file. */
const SERVICE = /^(?:pkcs11:|[a-z][a-z0-9+.-]*:\/\/)/;

/** The holder of a public key. */
export async function keyAuthority(source: Source, context: AuthorityContext): Promise<{ readonly authority: KeyAuthority } | undefined> {
  return context.mistakes.attempt([...context.path, 'key'], async () => {
    if (typeof source === 'string' && SERVICE.test(source)) {
      const { serviceKey } = context.resources;
      if (serviceKey === undefined)
        throw new AssayError('policy-reference-missing', `${source} is in a key service, which cannot be asked here`);
      return { authority: { kind: 'key', name: context.name, key: await serviceKey(source) } as const };
    }
    const { text, name } = await loadSource(source, 'the key', context.resources);
    try {
      return { authority: { kind: 'key', name: context.name, key: publicKeyFromPem(text) } as const };
    } catch (cause) {
      const hint = text.includes('PRIVATE KEY')
        ? { hint: 'this is a private key; policies hold public ones' }
        : text.includes('BEGIN CERTIFICATE')
          ? { hint: 'this is a certificate; "certificate" is the field for those' }
          : {};
      throw new AssayError('key-invalid', `${name} holds no public key: ${messageOf(cause)}`, { cause, ...hint });
    }
  });
}
