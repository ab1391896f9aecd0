/** Notary Project signatures: authorities for code signing, and envelopes in JWS and COSE with any part right or wrong. */
import { type Bytes, encodeBase64, utf8 } from '../../bytes/index.ts';
import { CborTag, type CborValue, encodeCbor } from '../../codec/cbor.ts';
import { type Certificate, type CertificateBend, makeCertificate } from './certificate.ts';
import { type KeyKind, type SigningHash, type SigningKey, sharedKey, sign } from './keys.ts';
import { authorityKeyId, basicConstraints, type Extension, extendedKeyUsage, keyUsage, type Name, OID, subjectKeyId } from './names.ts';
import { type TimestampAuthority, type TimestampOptions, timestampToken } from './timestamp.ts';

const DAY = 86_400_000;
const PREFIX = 'io.cncf.notary.';
const PAYLOAD_TYPE = 'application/vnd.cncf.notary.payload.v1+json';

/** Who may issue signers: `chain` goes from the issuer of leaves up to the root. */
export interface NotaryAuthority {
  readonly chain: readonly Certificate[];
  readonly root: Certificate;
  readonly now: Date;
}

/** What an authority is made of. */
export interface NotaryAuthorityOptions {
  readonly name?: string;
  readonly now: Date;
  readonly intermediate?: boolean;
  readonly keyKind?: KeyKind;
  readonly notAfter?: Date;
  readonly rootExtensions?: (usual: readonly Extension[]) => readonly Extension[];
  readonly rootBend?: CertificateBend;
  readonly intermediateExtensions?: (usual: readonly Extension[]) => readonly Extension[];
}

/** Makes an authority: root, and an intermediate if it is asked for. */
export function makeNotaryAuthority(options: NotaryAuthorityOptions): NotaryAuthority {
  const { name = 'acme', now, keyKind = 'p384' } = options;
  const [notBefore, notAfter] = [new Date(now.getTime() - 400 * DAY), options.notAfter ?? new Date(now.getTime() + 3650 * DAY)];
  const key = sharedKey(keyKind, `notary root ${name}`);
  const usual = [keyUsage(['keyCertSign', 'cRLSign']), basicConstraints(true, 1), subjectKeyId(key)];
  const root = makeCertificate({
    subject: subjectOf(name, `${name} root`),
    key,
    notBefore,
    notAfter,
    extensions: options.rootExtensions?.(usual) ?? usual,
    ...(options.rootBend === undefined ? {} : { bend: options.rootBend }),
  });
  if (!options.intermediate) return { chain: [root], root, now };
  const below = sharedKey(keyKind, `notary intermediate ${name}`);
  const its = [keyUsage(['keyCertSign']), basicConstraints(true, 0), subjectKeyId(below), authorityKeyId(key)];
  const intermediate = makeCertificate({
    subject: subjectOf(name, `${name} intermediate`),
    key: below,
    issuer: root,
    notBefore,
    notAfter,
    extensions: options.intermediateExtensions?.(its) ?? its,
  });
  return { chain: [intermediate, root], root, now };
}

/** What a signer's certificate is made of. */
export interface NotaryLeafOptions {
  readonly subject?: Name;
  readonly keyKind?: KeyKind;
  readonly key?: SigningKey;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly extensions?: (usual: readonly Extension[], key: SigningKey) => readonly Extension[];
  readonly bend?: CertificateBend;
}

/** A signer's whole chain, leaf first. */
export function notaryChain(authority: NotaryAuthority, options: NotaryLeafOptions = {}): readonly Certificate[] {
  const [issuer] = authority.chain;
  if (issuer === undefined) throw new Error('an authority has a certificate');
  const key = options.key ?? sharedKey(options.keyKind ?? 'p256', 'notary leaf');
  const usual = [keyUsage(['digitalSignature']), extendedKeyUsage([OID.codeSigning]), subjectKeyId(key), authorityKeyId(issuer.key)];
  const leaf = makeCertificate({
    subject: options.subject ?? subjectOf('acme', 'signer'),
    key,
    issuer,
    notBefore: options.notBefore ?? new Date(authority.now.getTime() - 30 * DAY),
    notAfter: options.notAfter ?? new Date(authority.now.getTime() + 300 * DAY),
    extensions: options.extensions?.(usual, key) ?? usual,
    ...(options.bend === undefined ? {} : { bend: options.bend }),
  });
  return [leaf, ...authority.chain];
}

/** A certificate that is signer and root in one, as `notation cert generate-test` makes it. */
export function selfSignedSigner(now: Date, options: NotaryLeafOptions = {}): Certificate {
  const key = options.key ?? sharedKey(options.keyKind ?? 'p256', 'notary self');
  const usual = [keyUsage(['digitalSignature']), extendedKeyUsage([OID.codeSigning])];
  return makeCertificate({
    subject: options.subject ?? subjectOf('acme', 'self'),
    key,
    notBefore: options.notBefore ?? new Date(now.getTime() - 30 * DAY),
    notAfter: options.notAfter ?? new Date(now.getTime() + 300 * DAY),
    extensions: options.extensions?.(usual, key) ?? usual,
    ...(options.bend === undefined ? {} : { bend: options.bend }),
  });
}

function subjectOf(organization: string, name: string): Name {
  return [
    ['C', 'US'],
    ['ST', 'WA'],
    ['O', organization],
    ['CN', name],
  ];
}

/** What is signed: a descriptor, and user metadata as its annotations. */
export interface NotaryTarget {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The payload about a target. */
export function notaryPayload({ mediaType, digest, size, annotations }: NotaryTarget): Bytes {
  const targetArtifact = { mediaType, digest, size, ...(annotations === undefined ? {} : { annotations }) };
  return utf8(JSON.stringify({ targetArtifact }));
}

/** The algorithms. */
export type NotaryAlgorithmName = 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512';

const COSE_ALGORITHMS: Readonly<Record<NotaryAlgorithmName, number>> = {
  PS256: -37,
  PS384: -38,
  PS512: -39,
  ES256: -7,
  ES384: -35,
  ES512: -36,
};
const BY_KIND: Partial<Readonly<Record<KeyKind, NotaryAlgorithmName>>> = {
  rsa2048: 'PS256',
  rsa3072: 'PS384',
  rsa4096: 'PS512',
  p256: 'ES256',
  p384: 'ES384',
  p521: 'ES512',
};

/** The algorithm that a key demands; the weakest of its type for keys that may not sign. */
export function notaryAlgorithm(key: SigningKey): NotaryAlgorithmName {
  return BY_KIND[key.kind] ?? (key.kind.startsWith('rsa') ? 'PS256' : 'ES256');
}

/** How an envelope is made. */
export interface NotaryEnvelopeOptions {
  readonly form?: 'jws' | 'cose';
  readonly scheme?: 'notary.x509' | 'notary.x509.signingAuthority';
  /** `signingTime`, or for a signing authority `authenticSigningTime`. */
  readonly at: Date;
  readonly expiry?: Date;
  readonly plugin?: { readonly name: string; readonly minVersion?: string };
  readonly attributes?: readonly { readonly name: string; readonly value: string | number; readonly critical: boolean }[];
  readonly timestamp?: TimestampOptions & { readonly tsa: TimestampAuthority; readonly over?: Bytes };
  readonly bend?: NotaryBend;
}

/** One thing to get wrong in an envelope. */
export interface NotaryBend {
  /** What the header says, and with what is signed. */
  readonly algorithm?: NotaryAlgorithmName;
  /** What the header says; signed as the key demands. */
  readonly statedAlgorithm?: string | number;
  readonly contentType?: string;
  readonly crit?: (usual: readonly string[]) => readonly unknown[] | undefined;
  /** Names beside the registered parameters; a value of `undefined` takes one away. */
  readonly header?: Readonly<Record<string, unknown>>;
  readonly signingKey?: SigningKey;
  /** The payload that is shown, instead of the signed one. */
  readonly shownPayload?: Bytes;
  /** The certificates that are shown. */
  readonly certificates?: readonly Bytes[];
  readonly signature?: (usual: Buffer) => Buffer;
  /** Further members of the unprotected header. */
  readonly unprotected?: Readonly<Record<string, string>>;
  /** Changes the finished envelope. */
  readonly bytes?: (envelope: Bytes) => Bytes;
}

/** An envelope over a payload. */
export function notaryEnvelope(chain: readonly Certificate[], payload: Bytes, options: NotaryEnvelopeOptions): Bytes {
  const made = options.form === 'cose' ? cose(chain, payload, options) : jws(chain, payload, options);
  return options.bend?.bytes?.(made) ?? made;
}

function jws(chain: readonly Certificate[], payload: Bytes, options: NotaryEnvelopeOptions): Bytes {
  const { bend = {} } = options;
  const key = keyOf(chain);
  const algorithm = bend.algorithm ?? notaryAlgorithm(key);
  const { attributes, crit } = attributesOf(options, (at) => at.toISOString().replace(/\.\d+Z$/, 'Z'));
  const header = {
    alg: bend.statedAlgorithm ?? algorithm,
    ...(crit === undefined ? {} : { crit }),
    cty: bend.contentType ?? PAYLOAD_TYPE,
    ...Object.fromEntries(attributes),
  };
  const [protectedText, payloadText] = [base64Url(utf8(JSON.stringify(header))), base64Url(payload)];
  const signature = signatureOver(utf8(`${protectedText}.${payloadText}`), algorithm, key, bend);
  return utf8(
    JSON.stringify({
      payload: bend.shownPayload === undefined ? payloadText : base64Url(bend.shownPayload),
      protected: protectedText,
      header: {
        x5c: certificatesOf(chain, bend).map(encodeBase64),
        ...stampOf(signature, options, encodeBase64),
        [`${PREFIX}signingAgent`]: 'virtual',
        ...bend.unprotected,
      },
      signature: base64Url(signature),
    }),
  );
}

function cose(chain: readonly Certificate[], payload: Bytes, options: NotaryEnvelopeOptions): Bytes {
  const { bend = {} } = options;
  const key = keyOf(chain);
  const algorithm = bend.algorithm ?? notaryAlgorithm(key);
  const { attributes, crit } = attributesOf(options, (at) => new CborTag(1, Math.floor(at.getTime() / 1000)));
  const header = encodeCbor(
    new Map<number | string, CborValue>([
      [1, bend.statedAlgorithm ?? COSE_ALGORITHMS[algorithm]],
      ...(crit === undefined ? [] : [[2, crit as CborValue] as const]),
      [3, bend.contentType ?? PAYLOAD_TYPE],
      ...(attributes as [string, CborValue][]),
    ]),
  );
  const signature = signatureOver(encodeCbor(['Signature1', header, Buffer.alloc(0), payload]), algorithm, key, bend);
  const open = new Map<number | string, CborValue>([
    [33, certificatesOf(chain, bend)],
    ...Object.entries(stampOf(signature, options, (b) => b)),
    [`${PREFIX}signingAgent`, 'virtual'],
    ...Object.entries(bend.unprotected ?? {}),
  ]);
  return encodeCbor(new CborTag(18, [header, open, bend.shownPayload ?? payload, signature]));
}

function attributesOf(
  options: NotaryEnvelopeOptions,
  time: (at: Date) => unknown,
): { readonly attributes: readonly (readonly [string, unknown])[]; readonly crit: readonly unknown[] | undefined } {
  const { scheme = 'notary.x509', at, expiry, plugin, attributes = [], bend = {} } = options;
  const byAuthority = scheme === 'notary.x509.signingAuthority';
  const critical: (readonly [string, unknown])[] = [
    [`${PREFIX}signingScheme`, scheme],
    ...(byAuthority ? [[`${PREFIX}authenticSigningTime`, time(at)] as const] : []),
    ...(expiry === undefined ? [] : [[`${PREFIX}expiry`, time(expiry)] as const]),
    ...(plugin === undefined ? [] : [[`${PREFIX}verificationPlugin`, plugin.name] as const]),
    ...(plugin?.minVersion === undefined ? [] : [[`${PREFIX}verificationPluginMinVersion`, plugin.minVersion] as const]),
    ...attributes.filter((a) => a.critical).map((a) => [a.name, a.value] as const),
  ];
  const all = new Map<string, unknown>([
    ...critical,
    ...(byAuthority ? [] : [[`${PREFIX}signingTime`, time(at)] as const]),
    ...attributes.filter((a) => !a.critical).map((a) => [a.name, a.value] as const),
    ...Object.entries(bend.header ?? {}).map(([name, value]) => [name, value instanceof Date ? time(value) : value] as const),
  ]);
  const names = critical.map(([name]) => name);
  return { attributes: [...all].filter(([, value]) => value !== undefined), crit: bend.crit === undefined ? names : bend.crit(names) };
}

function signatureOver(bytes: Bytes, algorithm: NotaryAlgorithmName, usual: SigningKey, bend: NotaryBend): Buffer {
  const key = bend.signingKey ?? usual;
  const by = bend.signingKey === undefined ? algorithm : notaryAlgorithm(key);
  const hash = `sha${by.slice(2)}` as SigningHash;
  const made = sign(key, bytes, by.startsWith('PS') ? { hash, padding: 'pss' } : { hash, raw: true });
  return bend.signature?.(made) ?? made;
}

function stampOf<T>(signature: Bytes, { timestamp }: NotaryEnvelopeOptions, encode: (token: Bytes) => T): Record<string, T> {
  if (timestamp === undefined) return {};
  return { [`${PREFIX}timestampSignature`]: encode(timestampToken(timestamp.tsa, timestamp.over ?? signature, timestamp)) };
}

function certificatesOf(chain: readonly Certificate[], { certificates }: NotaryBend): readonly Bytes[] {
  return certificates ?? chain.map((c) => c.der);
}

function keyOf([leaf]: readonly Certificate[]): SigningKey {
  if (leaf === undefined) throw new Error('a chain has a leaf');
  return leaf.key;
}

function base64Url(bytes: Bytes): string {
  return Buffer.from(bytes).toString('base64url');
}
