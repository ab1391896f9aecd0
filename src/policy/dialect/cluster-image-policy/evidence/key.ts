import { type Bytes, utf8Decode } from '../../../../bytes/index.ts';
import { parsePem } from '../../../../codec/pem.ts';
import { type HashName, importPublicKey, importRsaPublicKey, type PublicKey } from '../../../../crypto/index.ts';
import { AssayError, messageOf } from '../../../../errors.ts';
import { type Certificate, certificatesFromPem } from '../../../../trust/index.ts';
import { type PolicyResources, SYSTEM_NAMESPACE } from '../../../resources.ts';
import type { KeyRef } from '../model.ts';

/** The key of a PEM text: its first block, as policy-controller reads it. Throws `pem-invalid`, `key-invalid`, `algorithm-unsupported`. */
export function publicKeyOfPem(text: string): PublicKey {
  const [block] = parsePem(text, 'key');
  if (block?.label === 'PUBLIC KEY') return importPublicKey(block.bytes);
  if (block?.label === 'RSA PUBLIC KEY') return importRsaPublicKey(block.bytes);
  throw new AssayError('key-invalid', `a "${block?.label ?? ''}" is not a public key`);
}

/** Whether a PEM text holds more than the one block that counts. */
export function holdsMore(text: string): boolean {
  return parsePem(text, 'key').length > 1;
}

/** The text that a reference to a key stands for. Throws `policy-reference-missing` when the Secret is not there, `policy-invalid` when it is not one entry. */
export async function keyText(key: KeyRef, resources: PolicyResources): Promise<string> {
  if (key.kms) throw new AssayError('policy-reference-missing', `${key.kms} is in a key service, which keeps keys and no certificates`);
  if (key.secretRef === undefined) return key.data ?? '';
  const name = key.secretRef.name ?? '';
  const data = await resources.secret(SYSTEM_NAMESPACE, name);
  if (data === undefined) {
    throw new AssayError('policy-reference-missing', `secrets "${name}" not found in the namespace ${SYSTEM_NAMESPACE}`, {
      hint: 'add the Secret as a further document of the policy files',
    });
  }
  const [value, ...others] = data.values();
  if (value === undefined || others.length > 0)
    throw new AssayError('policy-invalid', `secret ${JSON.stringify(name)} contains ${data.size} data entries, exactly one is expected`);
  return decoded(value, name);
}

/** What asking a key service came to. */
export type ServiceAnswer = { readonly key: PublicKey } | { readonly why: string };

/** The key of a key service, or why it is not known. What is not known is no mistake of the policy's. */
export async function serviceKeyOf(kms: string, { serviceKey }: PolicyResources): Promise<ServiceAnswer> {
  if (serviceKey === undefined) return { why: `the key ${kms} is in a key service, which cannot be asked here` };
  try {
    return { key: await serviceKey(kms) };
  } catch (error) {
    return { why: `the key ${kms} is in a key service, which does not give it: ${messageOf(error)}` };
  }
}

function decoded(bytes: Bytes, name: string): string {
  return utf8Decode(bytes, `Secret ${name}`);
}

/** The certificates that a reference stands for, the root last. Throws as `keyText`, and `pem-invalid` or `certificate-invalid`. */
export async function certificatesOf(key: KeyRef, resources: PolicyResources): Promise<readonly Certificate[]> {
  return certificatesFromPem(await keyText(key, resources), 'ca-cert');
}

/** The hash function that signatures have to be made with; `undefined` where the policy names none. Throws `algorithm-unsupported` for SHA-224. */
export function hashOf({ hashAlgorithm = '' }: KeyRef): HashName | undefined {
  switch (hashAlgorithm.trim().toLowerCase()) {
    case '':
      return undefined;
    case 'sha256':
      return 'sha256';
    case 'sha384':
      return 'sha384';
    case 'sha512':
      return 'sha512';
    default:
      throw new AssayError('algorithm-unsupported', `hashAlgorithm ${hashAlgorithm.slice(0, 100)} is none of sha256, sha384, sha512`);
  }
}
