import { publicKeyFromPem } from '../../../crypto/index.ts';
import { AssayError, messageOf } from '../../../errors.ts';
import type { KeyAuthority } from '../../../verify/index.ts';
import type { Source } from '../fields/source.ts';
import { loadSource } from '../source.ts';
import type { AuthorityContext } from './authority.ts';

/** The holder of a public key. */
export async function keyAuthority(source: Source, context: AuthorityContext): Promise<{ readonly authority: KeyAuthority } | undefined> {
  return context.mistakes.attempt([...context.path, 'key'], async () => {
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
