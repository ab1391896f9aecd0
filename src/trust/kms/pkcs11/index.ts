import { type Bytes, concat } from '../../../bytes/index.ts';
import { oid } from '../../../codec/der/encode.ts';
import { DIGEST_INFO, HASH_LENGTH, KEY_ALGORITHMS, type PublicKey, type SigningScheme, schemesOf } from '../../../crypto/index.ts';
import { AssayError } from '../../../errors.ts';
import type { CreateKey, KeyContext, OpenKey } from '../../keys/key-handle.ts';
import { once } from '../../keys/once.ts';
import { remoteSigner } from '../remote-signer.ts';
import { servedEcdsa } from '../served-key.ts';
import { serviceError } from '../service-error.ts';
import { CK } from './constants.ts';
import { findObject, publicKeyOf } from './objects.ts';
import { type Pkcs11Reference, parsePkcs11Reference } from './reference.ts';
import { attempt, openSession, type Pkcs11Session, tokenError } from './session.ts';

const CURVES: ReadonlyMap<string, string> = new Map([
  ['256', '1.2.840.10045.3.1.7'],
  ['384', '1.3.132.0.34'],
  ['521', '1.3.132.0.35'],
]);

/**
 * Opens a key on a PKCS #11 token (`pkcs11:` URI, RFC 7512). Content is hashed here and only digests go to the token. Throws `key-invalid`, `unsupported` when pkcs11js is not installed; the
 * handle throws `key-refused`, `key-unavailable`, `password-wrong`, `service-lied`.
 */
export const openKey: OpenKey = async (reference, context) => {
  const wanted = parsePkcs11Reference(reference);
  const session = once(() => openSession(wanted, context));
  return {
    name: wanted.name,
    publicKey: async () => visiblePublicKey(await session(), wanted, context),
    async signer() {
      const at = await session();
      await at.logIn();
      const key = findObject(at, wanted, 'privateKey');
      if (key === undefined)
        throw new AssayError('key-refused', `${wanted.name}: the token ${at.token} has no such private key`, { retryable: false });
      const publicKey = publicKeyOf(at, wanted, context.env);
      const can = new Set(attempt(wanted.name, () => at.module.C_GetMechanismList(at.slot)));
      const sign = (mechanism: Mechanism, input: Bytes, signal: AbortSignal | undefined): Promise<Bytes> =>
        at.inTurn(() => signOnToken(at, wanted.name, { key, mechanism, input }, signal ?? context.signal));
      return remoteSigner({
        name: wanted.name,
        publicKey,
        schemes: schemesOf(publicKey).filter((s) => can.has(mechanismOf(publicKey, s).mechanism)),
        async signDigest(digest, scheme, signal) {
          const raw = await sign(mechanismOf(publicKey, scheme), inputOf(publicKey, scheme, digest), signal);
          return publicKey.type === 'ecdsa' ? servedEcdsa(wanted.name, raw) : raw;
        },
        signMessage: (message, scheme, signal) => sign(mechanismOf(publicKey, scheme), message, signal),
      });
    },
  };
};

// Public keys are visible to everybody on most tokens; on the others, only after logging in.
async function visiblePublicKey(session: Pkcs11Session, wanted: Pkcs11Reference, context: KeyContext): Promise<PublicKey> {
  try {
    return publicKeyOf(session, wanted, context.env);
  } catch (error) {
    if (!(error instanceof AssayError) || error.code !== 'key-refused' || !canLogIn(wanted, context)) throw error;
    await session.logIn();
    return publicKeyOf(session, wanted, context.env);
  }
}

function canLogIn({ pinFile }: Pkcs11Reference, { env }: KeyContext): boolean {
  return pinFile !== undefined || Boolean(env.COSIGN_PKCS11_PIN);
}

interface Mechanism {
  readonly mechanism: number;
  readonly parameter?: { readonly type: number; readonly hashAlg: number; readonly mgf: number; readonly saltLen: number };
}

function mechanismOf(key: PublicKey, { hash, padding }: SigningScheme): Mechanism {
  if (key.type === 'ecdsa') return { mechanism: CK.mechanism.ecdsa };
  if (key.type === 'ed25519') return { mechanism: CK.mechanism.eddsa };
  if (padding !== 'pss') return { mechanism: CK.mechanism.rsaPkcs };
  return {
    mechanism: CK.mechanism.rsaPss,
    parameter: { type: CK.pssParameters, hashAlg: CK.mechanism[hash], mgf: CK.mgf[hash], saltLen: HASH_LENGTH[hash] },
  };
}

function inputOf(key: PublicKey, { hash, padding }: SigningScheme, digest: Bytes): Bytes {
  return key.type === 'rsa' && padding !== 'pss' ? concat(DIGEST_INFO[hash], digest) : digest;
}

async function signOnToken(
  { module, handle }: Pkcs11Session,
  name: string,
  { key, mechanism, input }: { readonly key: Buffer; readonly mechanism: Mechanism; readonly input: Bytes },
  signal: AbortSignal | undefined,
): Promise<Bytes> {
  // Nobody waits for it any more: a token may ask a person to touch it.
  if (signal?.aborted) throw serviceError(name, { message: '' }, signal);
  try {
    module.C_SignInit(handle, mechanism, key);
    return await module.C_SignAsync(handle, Buffer.from(input), Buffer.alloc(1024));
  } catch (error) {
    throw tokenError(name, error);
  }
}

/** Makes a key pair on a token; the private key cannot be read out of it. Throws `key-invalid`, `key-refused`, `key-unavailable`, `password-wrong`, `unsupported`. */
export const createKey: CreateKey = async (reference, algorithm = 'ecdsa-sha2-256-nistp256', context) => {
  const wanted = parsePkcs11Reference(reference);
  if (!KEY_ALGORITHMS.some((a) => a.name === algorithm)) throw new AssayError('unsupported', `${algorithm} is no algorithm of keys`);
  const curve = CURVES.get(/^ecdsa-.*nistp(\d{3})$/.exec(algorithm)?.[1] ?? '');
  const size = /^rsa-sign-[a-z0-9]+-(\d{4})-/.exec(algorithm)?.[1];
  if (curve === undefined && size === undefined) throw new AssayError('unsupported', `tokens make no keys for ${algorithm} here`);
  const session = await openSession(wanted, context, true);
  await session.logIn();
  if (findObject(session, wanted, 'privateKey') !== undefined)
    throw new AssayError('key-refused', `${wanted.name}: the token ${session.token} has a key of that name`, { retryable: false });
  const names = [
    ...(wanted.id === undefined ? [] : [{ type: CK.attribute.id, value: wanted.id }]),
    ...(wanted.object === undefined ? [] : [{ type: CK.attribute.label, value: wanted.object }]),
    { type: CK.attribute.token, value: true },
  ];
  const kind =
    curve === undefined
      ? [
          { type: CK.attribute.modulusBits, value: Number(size) },
          { type: CK.attribute.publicExponent, value: Buffer.of(1, 0, 1) },
        ]
      : [{ type: CK.attribute.ecParams, value: oid(curve) }];
  const hidden = [
    { type: CK.attribute.private, value: true },
    { type: CK.attribute.sensitive, value: true },
    { type: CK.attribute.extractable, value: false },
    { type: CK.attribute.sign, value: true },
  ];
  const mechanism = { mechanism: curve === undefined ? CK.mechanism.rsaKeyPairs : CK.mechanism.ecKeyPairs };
  try {
    const visible = [
      { type: CK.attribute.private, value: false },
      { type: CK.attribute.verify, value: true },
    ];
    await session.module.C_GenerateKeyPairAsync(session.handle, mechanism, [...names, ...visible, ...kind], [...names, ...hidden]);
  } catch (error) {
    throw tokenError(wanted.name, error);
  }
  return publicKeyOf(session, wanted, context.env);
};
