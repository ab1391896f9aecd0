import { type Bytes, equal, utf8 } from '../../../bytes/index.ts';
import { type HashName, hash, hashNamed, type PublicKey } from '../../../crypto/index.ts';
import { messageOf } from '../../../errors.ts';
import { inForce } from '../../../rules.ts';
import type { LogEntry, SignedEntity } from '../../../signature/index.ts';
import type { SignedBytes } from '../../signer.ts';
import { dsse001, hashedrekord001, hashedrekord002, intoto001, intoto002 } from './kinds.ts';
import { bodyOf, type LoggedFacts, type LoggedVerifier, type Members, membersOf } from './read.ts';

/** What the evidence is, for the comparison. */
export interface Compared {
  readonly entity: SignedEntity;
  readonly signed: SignedBytes;
  /** The signature that was verified, or the only one there is. */
  readonly signature: Bytes;
  readonly key: PublicKey;
  /** DER of the leaf certificate, where the evidence has one. */
  readonly certificate: Bytes | undefined;
  /** Whether the signer is the certificate: the log then has to name it, not its bare key. */
  readonly byCertificate: boolean;
}

const KINDS: ReadonlyMap<string, (spec: Members) => LoggedFacts> = new Map([
  ['hashedrekord/0.0.1', hashedrekord001],
  ['hashedrekord/0.0.2', hashedrekord002],
  ['dsse/0.0.1', dsse001],
  ['intoto/0.0.1', intoto001],
  ['intoto/0.0.2', intoto002],
]);

/** Why a log's body is not about this evidence, field by field; `undefined` when all agrees (client-spec, "Transparency Log Entry"). */
export function bodyProblem(entry: LogEntry, compared: Compared): string | undefined {
  try {
    const body = bodyOf(entry.body);
    if (inForce('log-body-kind') && (body.kind !== entry.kind || body.apiVersion !== entry.version)) {
      return `the entry says ${entry.kind} ${entry.version}, its body something else`;
    }
    const read = KINDS.get(`${String(body.kind)}/${String(body.apiVersion)}`);
    if (read === undefined) return `entries of kind ${entry.kind} ${entry.version} are not known`;
    const facts = read(membersOf(body.spec, 'spec'));
    if (facts.canonical !== undefined && inForce('log-body') && !equal(utf8(facts.canonical), entry.body))
      return 'its body is not in the canonical form of its kind';
    return digestProblem(facts, compared) ?? envelopeProblem(facts, compared) ?? signerProblem(facts, compared, entry);
  } catch (error) {
    return messageOf(error);
  }
}

/** The key ids and certificates that an entry's body names; empty when it cannot be read. */
export function verifiersNamed(entry: LogEntry): readonly LoggedVerifier[] {
  try {
    const body = bodyOf(entry.body);
    const read = KINDS.get(`${String(body.kind)}/${String(body.apiVersion)}`);
    return read === undefined ? [] : read(membersOf(body.spec, 'spec')).signatures.map((s) => s.verifier);
  } catch {
    return [];
  }
}

function digestProblem(facts: LoggedFacts, { entity, signed }: Compared): string | undefined {
  if (facts.digest === undefined || !inForce('log-body-digest')) return undefined;
  const { algorithm, value, over } = facts.digest;
  const name = hashNamed(algorithm);
  if (name === undefined) return `its digest is ${algorithm}`;
  const payload = entity.content.kind === 'dsse' ? entity.content.envelope.payload : undefined;
  if (facts.payloadType !== undefined && (entity.content.kind !== 'dsse' || entity.content.envelope.payloadType !== facts.payloadType))
    return 'it is about another payload type';
  if (over === 'payload' && payload === undefined) return 'it is about an envelope, the evidence has none';
  const digest = over === 'payload' && payload !== undefined ? hash(name, payload) : digestOfSigned(signed, name);
  if (digest === undefined) return `the artifact's ${algorithm} digest is not known`;
  return equal(digest, value) ? undefined : `it is about something else (${over === 'payload' ? 'another payload' : 'another digest'})`;
}

function digestOfSigned(signed: SignedBytes, name: HashName): Bytes | undefined {
  return signed.bytes === undefined ? signed.digests.get(name) : hash(name, signed.bytes);
}

// The envelope was sent to the log in some spelling of JSON; only where it was stored as it was sent can it be compared.
function envelopeProblem(facts: LoggedFacts, { entity }: Compared): string | undefined {
  const stored = entity.content.kind === 'dsse' ? entity.content.envelope.stored : undefined;
  if (facts.envelope === undefined || !inForce('log-body-digest')) return undefined;
  // An entry that states no signature is about this one only through the envelope that has it.
  if (stored === undefined)
    return facts.signatures.some((s) => s.signature === undefined)
      ? 'it states no signature, and the envelope is not stored as it was sent'
      : undefined;
  const name = hashNamed(facts.envelope.algorithm);
  if (name === undefined) return `its envelope's digest is ${facts.envelope.algorithm}`;
  return equal(hash(name, stored), facts.envelope.value) ? undefined : 'it is about another envelope';
}

function signerProblem(facts: LoggedFacts, compared: Compared, entry: LogEntry): string | undefined {
  const [only] = facts.signatures;
  if (only === undefined) return 'it names no signature';
  if (
    compared.entity.content.kind === 'dsse' &&
    facts.signatures.length !== compared.entity.content.envelope.signatures.length &&
    only.signature !== undefined
  ) {
    if (inForce('log-body-signature')) return `it has ${facts.signatures.length} signatures, the envelope has another number`;
  }
  const mine = facts.signatures.filter((s) => s.signature === undefined || equal(s.signature, compared.signature));
  if (mine.length === 0 && inForce('log-body-signature')) return 'it has another signature';
  const verifiers = (mine.length === 0 ? facts.signatures : mine).map((s) => s.verifier);
  if (!verifiers.some((v) => isSigner(v, compared)) && inForce('log-body-verifier')) return 'it names another certificate or key';
  return entry.version === '0.0.2' && entry.kind === 'hashedrekord' ? detailsProblem(entry, compared) : undefined;
}

function isSigner(verifier: LoggedVerifier, { key, certificate, byCertificate }: Compared): boolean {
  if (verifier.kind === 'certificate') return certificate !== undefined && equal(verifier.der, certificate);
  return !byCertificate && equal(verifier.der, key.spki);
}

/** What rekor-tiles calls each kind of key and hash (protobuf-specs, sigstore_common.proto, `PublicKeyDetails`). */
function detailsProblem(entry: LogEntry, { key }: Compared): string | undefined {
  const text = Buffer.from(entry.body).toString('latin1');
  const details = /"keyDetails":"([A-Z0-9_]+)"/.exec(text)?.[1] ?? '';
  const fits =
    key.type === 'ecdsa'
      ? details.startsWith(`PKIX_ECDSA_${(key.curve ?? '').replace('-', '')}_SHA_`)
      : key.type === 'rsa'
        ? /^PKIX_RSA_(?:PKCS1V15|PSS)_\d{4}_SHA256$/.test(details)
        : details === 'PKIX_ED25519' || details === 'PKIX_ED25519_PH';
  return fits || !inForce('log-body-verifier') ? undefined : `its key details "${details}" are not those of the key`;
}
