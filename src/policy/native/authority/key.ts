import { publicKeyFromPem } from '../../../crypto/index.ts';
import { AssayError, messageOf } from '../../../errors.ts';
import type { KeyAuthority } from '../../../verify/index.ts';
import type { Source } from '../fields/source.ts';
import { loadSource } from '../source.ts';
import type { AuthorityContext } from './authority.ts';

/** A reference to a key in a service, on a token or behind a plugin; other texts are PEM or the name of a file. */
const SERVICE = /^(?:pkcs11:|[a-z][a-z0-9+.-]*:\/\/)/;

/** The holder of a public key, or why the key is not known. */
export async function keyAuthority(
  source: Source,
  context: AuthorityContext,
): Promise<{ readonly authority: KeyAuthority } | { readonly unknown: string } | undefined> {
  return context.mistakes.attempt([...context.path, 'key'], async () => {
    if (typeof source === 'string' && SERVICE.test(source)) return inService(source, context);
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

// That a service does not answer is no mistake of the policy's. A reference that names no service is one.
async function inService(
  reference: string,
  { name, path, mistakes, resources }: AuthorityContext,
): Promise<{ readonly authority: KeyAuthority } | { readonly unknown: string }> {
  const unknown = (why: string): { readonly unknown: string } => {
    const text = `the key ${reference} is not known: ${why}`;
    mistakes.warn(
      [...path, 'key'],
      'key-service',
      `${text}; to ask nobody, print the public key once (assay keys public --key …) and give that`,
    );
    return { unknown: text };
  };
  if (resources.serviceKey === undefined) return unknown('no key service can be asked here');
  try {
    return { authority: { kind: 'key', name, key: await resources.serviceKey(reference) } };
  } catch (error) {
    if (error instanceof AssayError && (error.group === 'transport' || error.code === 'offline')) return unknown(error.message);
    throw error;
  }
}
