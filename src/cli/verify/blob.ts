import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { decodeBase64, encodeHex } from '../../bytes/index.ts';
import { parseJson } from '../../codec/json.ts';
import { AssayError, isAssayError, messageOf, toAssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { digestOf } from '../../oci/digest.ts';
import {
  decodeBlobBundle,
  decodeBundle,
  detachedEntity,
  looksLikeBundle,
  materialOfPem,
  type SignedEntity,
} from '../../signature/index.ts';
import { type LocatedEvidence, type SubjectReport, type VerificationSubject, verifyLocated } from '../../verify/index.ts';
import type { Call } from '../command.ts';
import { readInput } from './files.ts';
import type { Question } from './question.ts';
import { thresholdOf } from './question.ts';
import { reasonsOf } from './reasons.ts';

/** A file or digest that evidence is asked about. */
export interface Blob {
  readonly name: string;
  readonly subject: VerificationSubject;
}

/** The file, `-`, or `sha256:HEX` that a command names. Files beyond the bound of an input are hashed as a stream. Throws `file-unreadable`, `usage-invalid`. */
export async function blobOf(name: string, { io }: Call): Promise<Blob> {
  const digest = /^(sha256|sha384|sha512):([0-9a-f]+)$/.exec(name);
  if (digest?.[1] !== undefined && digest[2] !== undefined)
    return { name, subject: { digests: new Map([[digest[1], checkedHex(digest[1], digest[2])]]), bytes: undefined } };
  if (name !== '-' && (await sizeOf(path.resolve(io.cwd, name), name)) > LIMITS.inputFileBytes)
    return { name, subject: await streamed(path.resolve(io.cwd, name), name) };
  const bytes = await readInput(name, 'file', io);
  const hashes = (['sha256', 'sha384', 'sha512'] as const).map((h) => [h, createHash(h).update(bytes).digest('hex')] as const);
  return { name, subject: { digests: new Map(hashes), bytes } };
}

function checkedHex(algorithm: string, hex: string): string {
  const length = { sha256: 64, sha384: 96, sha512: 128 }[algorithm];
  if (hex.length !== length)
    throw new AssayError('usage-invalid', `a ${algorithm} digest has ${length} hexadecimal digits, not ${hex.length}`);
  return hex;
}

async function sizeOf(file: string, name: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (cause) {
    throw unreadable(name, cause);
  }
}

function unreadable(name: string, cause: unknown): AssayError {
  return new AssayError('file-unreadable', `cannot read file ${name}: ${messageOf(cause)}`, { cause });
}

async function streamed(file: string, name: string): Promise<VerificationSubject> {
  const hashes = (['sha256', 'sha384', 'sha512'] as const).map((h) => [h, createHash(h)] as const);
  try {
    for await (const chunk of createReadStream(file)) for (const [, h] of hashes) h.update(chunk as Buffer);
  } catch (cause) {
    throw unreadable(name, cause);
  }
  return { digests: new Map(hashes.map(([name, h]) => [name, encodeHex(h.digest())])), bytes: undefined };
}

/** The evidence that `--bundle`, or `--signature` with `--certificate` and the like, gives. Throws `usage-invalid` and what reading throws; malformed evidence is evidence. */
export async function detachedEvidence(call: Call, attestation: boolean): Promise<LocatedEvidence> {
  const { options, io } = call;
  const bundle = options.text('bundle');
  if (bundle !== undefined) {
    const bytes = await readInput(bundle, 'bundle', io);
    return located(bytes, () => decodeAny(bytes, attestation));
  }
  const file = options.has('signature') ? options.text('signature') : undefined;
  if (file === undefined)
    throw new AssayError('usage-invalid', 'which evidence?', {
      hint: '--bundle FILE, or --signature FILE; assay sign-blob writes FILE.sigstore.json',
    });
  const bytes = await readSignature(file, call);
  const certificate = options.text('certificate');
  const pem = certificate === undefined ? undefined : (await readInput(certificate, 'certificate', io)).toString('utf8');
  const stamp = options.text('rfc3161-timestamp');
  const stamps = stamp === undefined ? [] : [await readInput(stamp, 'timestamp', io)];
  return located(bytes, () =>
    detachedEntity({
      signature: attestation ? bytes : signatureBytes(bytes),
      attestation,
      material: pem === undefined ? { kind: 'none' } : materialOfPem(pem),
      timestamps: stamps.map(timestampBytes),
    }),
  );
}

// cosign takes the signature itself in place of a file's name; its own examples do so with a variable. A file of that name is preferred, as there.
async function readSignature(given: string, { io }: Call): Promise<Buffer> {
  try {
    return await readInput(given, 'signature', io);
  } catch (error) {
    if (isAssayError(error) && error.code === 'file-unreadable' && isSignatureText(given)) return Buffer.from(given);
    throw error;
  }
}

// The least of the known signatures, Ed25519's 64 bytes, has 88 characters: a name that was mistyped remains one.
function isSignatureText(text: string): boolean {
  return text.length >= 80 && text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text);
}

function decodeAny(bytes: Buffer, attestation: boolean): SignedEntity {
  if (looksLikeBundle(bytes)) return decodeBundle(bytes);
  return decodeBlobBundle(bytes, { attestation }) ?? decodeBundle(bytes);
}

/** cosign writes detached signatures in base64; a raw one is taken as it is. */
export function signatureBytes(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1').trim();
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? decodeBase64(text, 'signature') : bytes;
}

/** cosign writes timestamps as `{ SignedRFC3161Timestamp }`; a TimeStampResp in DER is taken as it is. Throws `timestamp-invalid`. */
export function timestampBytes(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1').trim();
  if (!text.startsWith('{')) return bytes;
  const value = parseJson(text, 'timestamp') as { readonly SignedRFC3161Timestamp?: unknown };
  if (typeof value.SignedRFC3161Timestamp !== 'string')
    throw new AssayError('timestamp-invalid', 'the timestamp has no SignedRFC3161Timestamp');
  return decodeBase64(value.SignedRFC3161Timestamp, 'timestamp');
}

function located(bytes: Buffer, decode: () => SignedEntity): LocatedEvidence {
  const at = { format: 'sigstore-bundle' as const, digest: digestOf(bytes), found: 'file' as const, storedAs: undefined };
  try {
    const content = decode();
    return { ...at, format: content.format, content };
  } catch (error) {
    return { ...at, content: toAssayError(error) };
  }
}

/** The answer about a blob. */
export async function verifyBlob(blob: Blob, evidence: LocatedEvidence, question: Question, call: Call): Promise<SubjectReport> {
  if (!('requirement' in question.asked)) throw new AssayError('internal', 'files are not judged by policies');
  const { requirement } = question.asked;
  const verdict = await verifyLocated([evidence], { subject: blob.subject, requirement, now: call.io.now().getTime() });
  const digest = blob.subject.digests.get('sha256');
  return {
    reference: blob.name,
    digest: digest === undefined ? undefined : `sha256:${digest}`,
    platform: undefined,
    outcome: verdict.outcome,
    reasons: reasonsOf(verdict, thresholdOf(requirement)),
    evidence: verdict.evidence,
    unlisted: verdict.unlisted,
    sources: verdict.sources,
    errors: verdict.errors,
    warnings: [],
  };
}
