import { type Bytes, concat, encodeBase64, equal, utf8 } from '../../bytes/index.ts';
import { der, TAG } from '../../codec/der/index.ts';
import type { Json } from '../../codec/json.ts';
import { parsePem } from '../../codec/pem.ts';
import { importPublicKey, type PublicKey, sha256, subjectPublicKeyBits } from '../../crypto/index.ts';
import { AssayError, messageOf } from '../../errors.ts';
import { type Certificate, certificatesFromPem } from '../x509/index.ts';
import { attributesOf } from '../x509/name.ts';
import { protobufTime, type ServiceKind, type ServiceSpec } from './spec.ts';

/** A member of `tlogs`, `ctlogs`, `certificateAuthorities` or `timestampAuthorities`, as protobuf's JSON has it. */
export type Instance = { readonly [name: string]: Json };

/**
 * A log of a trusted root (protobuf-specs, sigstore_trustroot.proto, `TransparencyLogInstance`); `pem`: the file that `public-key` names.
 * The log's id is the SHA-256 of its key, or with `origin` the key's id in signed notes (C2SP signed-note), whole. Throws `trust-invalid` or `usage-invalid`.
 */
export function logInstance(kind: ServiceKind, spec: ServiceSpec, pem: string): Instance {
  const key = keyOf(pem, spec.get('public-key') ?? '');
  const origin = spec.get('origin');
  return {
    baseUrl: spec.get('url') ?? '',
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes: encodeBase64(key.spki), keyDetails: keyDetails(key), validFor: window(kind, spec, undefined) },
    logId: { keyId: encodeBase64(origin === undefined ? sha256(key.spki) : noteKeyId(origin, key)) },
    ...operatorOf(spec),
  };
}

/**
 * An authority of a trusted root (protobuf-specs, `CertificateAuthority`); `pem`: the file that `certificate-chain` names, the issuing (or timestamping)
 * certificate first, the root last. Without `start-time` a CA is valid from its root's beginning, a timestamp authority from its leaf's.
 * Throws `trust-invalid` or `usage-invalid`.
 */
export function authorityInstance(kind: ServiceKind, spec: ServiceSpec, pem: string): Instance {
  const file = spec.get('certificate-chain') ?? '';
  const chain = chainOf(pem, file);
  const [first, last] = [chain[0], chain.at(-1)];
  if (first === undefined || last === undefined) throw new AssayError('trust-invalid', `${file} holds no certificate`);
  checkChain(kind, chain, file);
  return {
    subject: subjectOf(last),
    uri: spec.get('url') ?? '',
    certChain: { certificates: chain.map((c) => ({ rawBytes: encodeBase64(c.der) })) },
    validFor: window(kind, spec, kind === 'tsa' ? first.notBefore : last.notBefore),
    ...operatorOf(spec),
  };
}

function keyOf(pem: string, file: string): PublicKey {
  try {
    const [block, more] = parsePem(pem, file);
    if (block === undefined || more !== undefined) throw new AssayError('trust-invalid', 'it does not hold exactly one key');
    if (block.label === 'RSA PUBLIC KEY') return importPublicKey(rsaSpki(block.bytes));
    if (block.label !== 'PUBLIC KEY') throw new AssayError('trust-invalid', `it holds a block "${block.label}", not "PUBLIC KEY"`);
    return importPublicKey(block.bytes);
  } catch (cause) {
    throw new AssayError('trust-invalid', `${file} is no public key: ${messageOf(cause)}`, { cause });
  }
}

// rsaEncryption with NULL parameters, and the PKCS#1 key as it is (RFC 8017, appendix A.1).
function rsaSpki(pkcs1: Bytes): Bytes {
  const algorithm = Buffer.from('300d06092a864886f70d0101010500', 'hex');
  return der(TAG.sequence, algorithm, der(TAG.bitString, Buffer.of(0), pkcs1));
}

const ECDSA_DETAILS = {
  'P-256': 'PKIX_ECDSA_P256_SHA_256',
  'P-384': 'PKIX_ECDSA_P384_SHA_384',
  'P-521': 'PKIX_ECDSA_P521_SHA_512',
} as const;

function keyDetails(key: PublicKey): string {
  if (key.type === 'ed25519') return 'PKIX_ED25519';
  if (key.type === 'ecdsa' && key.curve !== undefined) return ECDSA_DETAILS[key.curve];
  const bits = key.handle.asymmetricKeyDetails?.modulusLength;
  if (bits === 2048 || bits === 3072 || bits === 4096) return `PKIX_RSA_PKCS1V15_${bits}_SHA256`;
  throw new AssayError('trust-invalid', `an RSA key of ${bits} bits has no name in a trusted root`, { hint: '2048, 3072 or 4096 bits' });
}

// C2SP signed-note: Ed25519 is type 1 over the raw key; RSA type 0xff with a name (rekor-tiles). Sigstore's ECDSA ids do not know the name.
function noteKeyId(origin: string, key: PublicKey): Bytes {
  if (key.type === 'ecdsa') return sha256(key.spki);
  const named =
    key.type === 'ed25519'
      ? concat(Buffer.of(1), subjectPublicKeyBits(key.spki))
      : concat(Buffer.of(0xff), utf8('PKIX-RSA-PKCS#1v1.5'), key.spki);
  return sha256(utf8(`${origin}\n`), named);
}

function chainOf(pem: string, file: string): readonly Certificate[] {
  try {
    return certificatesFromPem(pem, file);
  } catch (cause) {
    throw new AssayError('trust-invalid', `${file} is no certificate chain: ${messageOf(cause)}`, { cause });
  }
}

function checkChain(kind: ServiceKind, chain: readonly Certificate[], file: string): void {
  for (const [i, certificate] of chain.entries()) {
    const issuer = chain[i + 1];
    const isLeaf = kind === 'tsa' && i === 0;
    const isCa = certificate.basicConstraints?.ca === true;
    if (isLeaf && isCa)
      throw new AssayError('trust-invalid', `${file}: the first certificate of a timestamp authority is its leaf, this is a CA`);
    if (!isLeaf && !isCa) throw new AssayError('trust-invalid', `${file}: certificate ${i + 1} ("${certificate.subjectText}") is no CA`);
    if (issuer !== undefined && !equal(certificate.issuer, issuer.subject)) {
      throw new AssayError('trust-invalid', `${file}: certificate ${i + 1} is not issued by certificate ${i + 2}`, {
        hint: 'the order is: issuing certificate, intermediates, root',
      });
    }
  }
}

function subjectOf(certificate: Certificate): Instance {
  const attributes = attributesOf(certificate.subject).flat();
  const organization = attributes.find((a) => a.oid === '2.5.4.10')?.value;
  const commonName = attributes.findLast((a) => a.oid === '2.5.4.3')?.value;
  return { ...(organization === undefined ? {} : { organization }), ...(commonName === undefined ? {} : { commonName }) };
}

function window(kind: ServiceKind, spec: ServiceSpec, usual: number | undefined): Instance {
  const [from, to] = [spec.get('start-time'), spec.get('end-time')];
  const start = protobufTime(from ?? new Date(usual ?? 0).toISOString(), `--${kind}: start-time`);
  if (to === undefined) return { start };
  const end = protobufTime(to, `--${kind}: end-time`);
  if (Date.parse(end) < Date.parse(start)) throw new AssayError('usage-invalid', `--${kind}: it ends (${end}) before it starts (${start})`);
  return { start, end };
}

function operatorOf(spec: ServiceSpec): Instance {
  const operator = spec.get('operator');
  return operator === undefined ? {} : { operator };
}
