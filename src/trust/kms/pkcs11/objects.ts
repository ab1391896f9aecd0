import { X509Certificate } from 'node:crypto';
import type { Bytes } from '../../../bytes/index.ts';
import { bits, int, nul, oid, seq } from '../../../codec/der/encode.ts';
import { contentOf, expectTag, readDer, TAG } from '../../../codec/der/index.ts';
import { importPublicKey, type PublicKey } from '../../../crypto/index.ts';
import { AssayError } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import { servedKey } from '../served-key.ts';
import { CK } from './constants.ts';
import type { Pkcs11Reference } from './reference.ts';
import { attempt, type Pkcs11Session } from './session.ts';

/** The one object of a class that a reference means; `undefined` when there is none. Throws `key-invalid` when there are several. */
export function findObject(session: Pkcs11Session, wanted: Pkcs11Reference, kind: keyof typeof CK.object): Buffer | undefined {
  const { module, handle } = session;
  const template = [
    { type: CK.attribute.class, value: CK.object[kind] },
    ...(wanted.id === undefined ? [] : [{ type: CK.attribute.id, value: wanted.id }]),
    ...(wanted.object === undefined ? [] : [{ type: CK.attribute.label, value: wanted.object }]),
  ];
  const found = attempt(wanted.name, () => {
    module.C_FindObjectsInit(handle, template);
    try {
      return module.C_FindObjects(handle, LIMITS.tokenObjects);
    } finally {
      module.C_FindObjectsFinal(handle);
    }
  });
  if (found.length > 1)
    throw new AssayError('key-invalid', `${wanted.name} means ${found.length} keys of the token ${session.token}`, {
      hint: 'add id=%… to it',
    });
  return found[0];
}

/** The public half of the key that a reference means: a public key, else a certificate of the same name unless `COSIGN_PKCS11_IGNORE_CERTIFICATE` says no. Throws `key-refused`, `key-invalid`. */
export function publicKeyOf(session: Pkcs11Session, wanted: Pkcs11Reference, env: Readonly<Record<string, string | undefined>>): PublicKey {
  const key = findObject(session, wanted, 'publicKey');
  if (key !== undefined) return readPublicKey(session, wanted.name, key);
  const ignored = /^(?:1|true)$/i.test(env.COSIGN_PKCS11_IGNORE_CERTIFICATE ?? '');
  const certificate = ignored ? undefined : findObject(session, wanted, 'certificate');
  if (certificate !== undefined) {
    const der = attribute(session, wanted.name, certificate, CK.attribute.value);
    return servedKey(wanted.name, () => importPublicKey(new X509Certificate(der).publicKey.export({ type: 'spki', format: 'der' })));
  }
  throw new AssayError('key-refused', `${wanted.name}: the token ${session.token} has no such public key`, { retryable: false });
}

function readPublicKey(session: Pkcs11Session, name: string, key: Buffer): PublicKey {
  const read = (type: number): Buffer => attribute(session, name, key, type);
  const kind = read(CK.attribute.keyType);
  if (kind.length < 4)
    throw new AssayError('key-unavailable', `${name}: the token does not say what kind of key it is`, { retryable: false });
  const type = kind.readUInt32LE();
  if (type === CK.keyType.rsa) {
    const numbers = [read(CK.attribute.modulus), read(CK.attribute.publicExponent)];
    return servedKey(name, () => importPublicKey(seq(seq(oid('1.2.840.113549.1.1.1'), nul()), bits(seq(...numbers.map(int))))));
  }
  if (type === CK.keyType.ec) {
    const [curve, point] = [read(CK.attribute.ecParams), pointOf(read(CK.attribute.ecPoint))];
    return servedKey(name, () => importPublicKey(seq(seq(oid('1.2.840.10045.2.1'), curve), bits(point))));
  }
  if (type === CK.keyType.edwards) {
    const point = pointOf(read(CK.attribute.ecPoint));
    return servedKey(name, () => importPublicKey(seq(seq(oid('1.3.101.112')), bits(point))));
  }
  throw new AssayError('key-invalid', `${name} is a key of a kind with which nothing is signed here`);
}

// An OCTET STRING by the standard; some tokens leave that away.
function pointOf(value: Buffer): Bytes {
  try {
    return contentOf(expectTag(readDer(value), TAG.octetString, 'point'));
  } catch {
    return value;
  }
}

function attribute({ module, handle }: Pkcs11Session, name: string, object: Buffer, type: number): Buffer {
  return attempt(name, () => module.C_GetAttributeValue(handle, object, [{ type }])[0]?.value ?? Buffer.alloc(0));
}
