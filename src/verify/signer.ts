import { type Bytes, encodeBase64, equal } from '../bytes/index.ts';
import { preAuthEncoding } from '../codec/dsse.ts';
import { type HashName, hash, type PublicKey, verifyEd25519ph, verifyPrehashed, verifySignature, verifyWith } from '../crypto/index.ts';
import type { SignedEntity } from '../signature/index.ts';
import { type Certificate, parseCertificate, publicKeyOf } from '../trust/index.ts';
import type { ArtifactDigests, VerificationSubject } from './request.ts';

/** What a signature was checked against, and the signature. */
export interface SignedBytes {
  /** The bytes that were signed; `undefined` when only digests of the artifact are known. */
  readonly bytes: Bytes | undefined;
  readonly digests: ArtifactDigests;
  readonly signatures: readonly Bytes[];
  readonly raw: boolean;
}

/** The certificates that the evidence brings, leaf first. */
export interface SignerCertificate {
  readonly leaf: Certificate;
  readonly rest: readonly Certificate[];
  readonly key: PublicKey;
}

const ALL: readonly HashName[] = ['sha256', 'sha384', 'sha512'];

/** What an entity's signatures are over: the payload, the envelope's pre-authentication encoding, or the artifact itself. */
export function signedBytesOf(entity: SignedEntity, subject: VerificationSubject): SignedBytes {
  const { content } = entity;
  if (content.kind === 'payload') return { bytes: content.payload, digests: new Map(), signatures: [content.signature], raw: false };
  if (content.kind === 'dsse') {
    const { payloadType, payload, signatures, bare } = content.envelope;
    const bytes = bare === true ? payload : preAuthEncoding(payloadType, payload);
    return { bytes, digests: new Map(), signatures: signatures.map((s) => s.sig), raw: true };
  }
  if (content.kind === 'notary')
    return { bytes: content.envelope.signed, digests: new Map(), signatures: [content.envelope.signature], raw: true };
  if (content.kind === 'openpgp') return { bytes: content.message.payload, digests: new Map(), signatures: [], raw: false };
  return { bytes: subject.bytes, digests: artifactDigests(subject), signatures: [content.signature], raw: false };
}

/** The digests of the artifact: computed from its bytes, else those that were asked about. */
export function artifactDigests(subject: VerificationSubject): ArtifactDigests {
  const { bytes } = subject;
  if (bytes !== undefined) return new Map(ALL.map((h) => [h, hash(h, bytes)]));
  return new Map(ALL.flatMap((h) => (subject.digests.has(h) ? [[h, Buffer.from(subject.digests.get(h) ?? '', 'hex')] as const] : [])));
}

/** The first of the signatures that is the key's (made with the hash function `only`, where one is named); `undefined` when none is. */
export async function signatureBy(key: PublicKey, signed: SignedBytes, only?: HashName): Promise<Bytes | undefined> {
  for (const signature of signed.signatures) {
    if (only !== undefined && key.type !== 'ed25519') {
      if (await madeWith(only, key, signed, signature)) return signature;
      continue;
    }
    if (signed.bytes !== undefined && verifySignature(key, signed.bytes, signature, { raw: signed.raw })) return signature;
    if (signed.bytes === undefined && (await verifyPrehashed(key, signed.digests, signature))) return signature;
    // cosign 3 prehashes with Ed25519 whatever it signs, envelopes too; cosign 2 where an entry of a log is made.
    if (key.type === 'ed25519' && signed.bytes !== undefined && (await verifyEd25519ph(key, hash('sha512', signed.bytes), signature)))
      return signature;
  }
  return undefined;
}

async function madeWith(only: HashName, key: PublicKey, { bytes, digests, raw }: SignedBytes, signature: Bytes): Promise<boolean> {
  if (bytes === undefined) return verifyPrehashed(key, new Map([...digests].filter(([name]) => name === only)), signature);
  if (verifyWith(key, { hash: only }, bytes, signature)) return true;
  return key.type === 'rsa'
    ? verifyWith(key, { hash: only, padding: 'pss' }, bytes, signature)
    : raw && verifyWith(key, { hash: only, raw }, bytes, signature);
}

/** The certificates of an entity, parsed. Throws errors of the group `evidence-invalid`. `undefined` when it has none. */
export function certificateOf(entity: SignedEntity): SignerCertificate | undefined {
  if (entity.material.kind !== 'certificate') return undefined;
  const [first, ...others] = entity.material.chain;
  if (first === undefined) return undefined;
  const leaf = parseCertificate(first);
  // A chain often repeats the leaf; what is the leaf is no intermediate.
  const rest = others.filter((o) => !equal(o, first)).map(parseCertificate);
  return { leaf, rest, key: publicKeyOf(leaf) };
}

/** The hint that cosign writes for a key: base64 of the SHA-256 of its SubjectPublicKeyInfo. */
export function hintOf(key: PublicKey): string {
  return encodeBase64(Buffer.from(key.keyId.slice('sha256:'.length), 'hex'));
}
