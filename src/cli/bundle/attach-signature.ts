import { type Bytes, decodeBase64 } from '../../bytes/index.ts';
import { type Json, parseJson } from '../../codec/json.ts';
import { AssayError, messageOf } from '../../errors.ts';
import { simpleSigningPayload } from '../../sign/index.ts';
import { entriesIn } from '../../sign/log/answer-v1.ts';
import { rekorBundleOf } from '../../signature/cosign-tag/rekor-bundle.ts';
import { type LogEntry, materialOfPem, parseSimpleSigning, type SignedEntity, type SignerMaterial } from '../../signature/index.ts';
import type { Call } from '../command.ts';
import type { Image } from '../image.ts';
import { nameOf } from '../sign/targets.ts';
import { timestampBytes } from '../verify/blob.ts';
import { readInput } from '../verify/files.ts';
import { attestationsIn } from './attach-attestation.ts';
import { attachEvidence, type OwnEvidence } from './attach-evidence.ts';

/** `assay attach signature`: into `.sig`, or a bundle as a referrer. Throws as `attachEvidence`, and `usage-invalid`. */
export async function attachSignature(call: Call): Promise<number> {
  const { options, io } = call;
  const [payload, bundle] = [options.text('payload'), options.text('bundle')];
  if (payload !== undefined && bundle !== undefined) throw new AssayError('usage-invalid', '--payload and --bundle exclude each other');
  const file = payload ?? bundle;
  const bytes = file === undefined ? undefined : await readInput(file, 'payload', io);
  if (file !== undefined && bytes !== undefined && isBundle(bytes)) {
    const lonely = ['signature', 'certificate', 'certificate-chain', 'tsr', 'rekor-response'].find((flag) => options.given(flag));
    if (lonely !== undefined)
      throw new AssayError('usage-invalid', `${file} is a bundle, which holds everything: --${lonely} has no place in it`);
    return attachEvidence(() => Promise.resolve(attestationsIn(bytes, file)), call);
  }
  if (bundle !== undefined) throw new AssayError('input-invalid', `${bundle} is no Sigstore bundle`);
  return attachEvidence(async (image) => [await ownSignature(bytes, image, call)], call);
}

function isBundle(bytes: Buffer): boolean {
  return bytes.subarray(0, 65_536).includes('verificationMaterial');
}

async function ownSignature(given: Buffer | undefined, image: Image, call: Call): Promise<OwnEvidence> {
  const { options, io } = call;
  const name = options.text('signature');
  if (name === undefined)
    throw new AssayError('usage-invalid', 'which signature?', { hint: '--signature FILE with --payload FILE, or --bundle FILE' });
  const payload = given ?? usualPayload(image);
  if (given !== undefined) refuseStatement(given);
  const { digest } = parseSimpleSigning(payload);
  if (digest !== image.digest)
    throw new AssayError('payload-invalid', `the payload is about ${digest.slice(0, 140)}, not about ${image.digest}`, {
      hint: 'assay generate prints the payload of an image',
    });
  const signature = signatureIn(await readInput(name, 'signature', io), name);
  const [stamp, response] = [options.text('tsr'), options.text('rekor-response')];
  const entity: SignedEntity = {
    kind: 'signature',
    format: 'cosign-tag',
    content: { kind: 'payload', payload, signature },
    material: await materialGiven(call),
    logEntries: response === undefined ? [] : [rekorResponse(await readInput(response, 'Rekor response', io), response)],
    timestamps: stamp === undefined ? [] : [{ der: timestampBytes(await readInput(stamp, 'timestamp', io)), over: 'signature' }],
    demands: { promise: true, proof: false },
    unsignedAnnotations: new Map(),
  };
  return { name, entity };
}

/** What `assay generate` prints without options: what is signed when no payload is given. */
function usualPayload({ reference, repository, digest }: Image): Bytes {
  return simpleSigningPayload({ dockerReference: nameOf(reference, repository), digest, annotations: new Map() });
}

// What is signed in a bundle is a statement, and cosign's tag holds none.
function refuseStatement(payload: Buffer): void {
  if (!('_type' in objectOf(payload))) return;
  throw new AssayError('payload-invalid', 'the payload is an in-toto statement, as bundles sign it', {
    hint: 'assay sign --bundle FILE, and attach signature --bundle FILE; or assay sign --format cosign-tag',
  });
}

function objectOf(bytes: Buffer): object {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** Base64, in lines or not, or the bytes themselves. Throws `input-invalid` for an empty file and for what is no signature. */
function signatureIn(bytes: Buffer, name: string): Bytes {
  const text = bytes.toString('latin1').replace(/\s+/g, '');
  if (text.startsWith('-----BEGIN') || Object.keys(objectOf(bytes)).length > 0)
    throw new AssayError('input-invalid', `${name} is no signature`, { hint: 'a bundle is attached by --bundle FILE' });
  const signature = /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? decodeBase64(text, 'signature') : bytes;
  if (signature.length === 0) throw new AssayError('input-invalid', 'the signature is empty');
  return signature;
}

async function materialGiven({ options, io }: Call): Promise<SignerMaterial> {
  const [certificate, chain] = [options.text('certificate'), options.text('certificate-chain')];
  if (certificate === undefined) {
    if (chain !== undefined) throw new AssayError('usage-invalid', '--certificate-chain needs --certificate');
    return { kind: 'none' };
  }
  const read = async (file: string, what: string): Promise<readonly Bytes[]> => {
    const material = materialOfPem((await readInput(file, what, io)).toString('utf8'));
    if (material.kind !== 'certificate') throw new AssayError('pem-invalid', `${file} holds no certificate`);
    return material.chain;
  };
  const [[leaf], rest] = [await read(certificate, 'certificate'), chain === undefined ? [] : await read(chain, 'certificate chain')];
  if (leaf === undefined) throw new AssayError('pem-invalid', `${certificate} holds no certificate`);
  return { kind: 'certificate', chain: [leaf, ...rest] };
}

/** cosign's bundle file or the Rekor bundle in it, or an answer of Rekor's API. Throws `log-entry-invalid`, `input-invalid`. */
function rekorResponse(bytes: Buffer, name: string): LogEntry {
  const value = jsonIn(bytes, name);
  const { rekorBundle, SignedEntryTimestamp } = (typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}) as {
    readonly [k: string]: Json;
  };
  if (rekorBundle !== undefined && rekorBundle !== null) return rekorBundleOf(rekorBundle);
  if (SignedEntryTimestamp !== undefined) return rekorBundleOf(value);
  const [first] = entriesInFile(value, name);
  if (first?.entry.promise === undefined)
    throw new AssayError('log-entry-invalid', `${name} is no answer of a Rekor log with a signed entry timestamp`);
  return first.entry;
}

function jsonIn(bytes: Buffer, name: string): Json {
  try {
    return parseJson(bytes.toString('utf8'), name);
  } catch (cause) {
    throw new AssayError('input-invalid', `${name} is no Rekor response: ${messageOf(cause)}`, { cause });
  }
}

// It is the user's file that says something else, not a log that lies.
function entriesInFile(value: Json, name: string): ReturnType<typeof entriesIn> {
  try {
    return entriesIn(value, name);
  } catch (cause) {
    throw new AssayError('input-invalid', `${name} is no answer of a Rekor log`, { cause });
  }
}
