import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { encodeBase64, utf8 } from '../../bytes/index.ts';
import { pem } from '../../codec/der/encode.ts';
import { publicKeyPem } from '../../crypto/private-keys.ts';
import { AssayError, toAssayError } from '../../errors.ts';
import { digestOf } from '../../oci/digest.ts';
import {
  certifiedAlike,
  checkServices,
  describeEvidence,
  type EvidenceForm,
  makeEvidence,
  type SelfVerification,
  type SigningParty,
  selfVerify,
  type ToSign,
} from '../../sign/index.ts';
import { decodeBundle, encodeBlobBundle, encodeBundle, encodeEnvelope, type SignedEntity, timestampJson } from '../../signature/index.ts';
import type { Evidence, LocatedEvidence, WantedEvidence } from '../../verify/index.ts';
import type { Call } from '../command.ts';
import { readInput } from '../verify/files.ts';
import type { BlobToSign } from './blob-content.ts';
import { formOf } from './images.ts';
import { lenient } from './lenient.ts';
import { checkApart, checkStdout, writeOutput } from './outputs.ts';
import type { SignedReport } from './report.ts';
import { algorithmOf, type Signing, signingOf } from './signing.ts';

/** What is claimed of files. */
export interface BlobTask {
  readonly wanted: WantedEvidence;
  readonly attestation: boolean;
  /** What the signature of a file is over. */
  readonly content: (blob: BlobToSign) => ToSign;
  /** Whether verified evidence claims the same. */
  readonly claimsSame: (payload: Uint8Array | undefined, blob: BlobToSign) => boolean;
  /** The flag that a timestamp of the old form is written by. */
  readonly timestampFlag: string;
}

/** Signs files, one after the other: a bundle for each, or cosign 2's files. What goes wrong with one is that one's answer. */
export async function signBlobs(
  blobs: readonly (() => Promise<BlobToSign>)[],
  names: readonly string[],
  task: BlobTask,
  call: Call,
): Promise<readonly SignedReport[]> {
  const form = formOf(call);
  checkOutputs(names, form, task, call);
  const unnamed = form === 'bundle' && names.includes('-') && !call.options.given('bundle');
  checkApart(call, names);
  checkStdout(call, unnamed ? ['a signature of stdin'] : []);
  const signing = await signingOf(call);
  checkServices(form, signing.identity.kind !== 'key', signing.services);
  checkParts(signing, task, call);
  const reports: SignedReport[] = [];
  for (const [i, open] of blobs.entries()) {
    const reference = names[i] ?? '';
    try {
      reports.push(await signBlob(await open(), { form, task, signing }, call));
    } catch (error) {
      reports.push({ reference, digest: undefined, outcome: 'failed', pieces: [], error: toAssayError(error) });
    }
    if (names.length > 1) call.out.progress(`${i + 1} of ${names.length} files`);
  }
  call.out.progress(undefined);
  return reports;
}

interface Run {
  readonly form: EvidenceForm;
  readonly task: BlobTask;
  readonly signing: Signing;
}

const OLD_FILES = ['output-signature', 'output-certificate', 'output-attestation', 'rfc3161-timestamp', 'rfc3161-timestamp-bundle'];

function checkOutputs(names: readonly string[], form: EvidenceForm, { attestation }: BlobTask, call: Call): void {
  const options = lenient(call.options);
  const named = ['bundle', ...OLD_FILES].filter((n) => options.given(n) && options.text(n) !== '-');
  if (names.length > 1 && named.length > 0)
    throw new AssayError('usage-invalid', `--${named[0]} names one file, and ${names.length} files are signed`, {
      hint: 'without --bundle each bundle is written beside its file as FILE.sigstore.json',
    });
  const lonely = OLD_FILES.find((n) => options.given(n));
  if (form === 'bundle' && lonely !== undefined && attestation)
    throw new AssayError('usage-invalid', `--${lonely} is about cosign's old files, and a bundle is made`, {
      hint: '--new-bundle-format=false',
    });
}

// What cannot be written is said before anything is entered in a log.
function checkParts({ identity, services }: Signing, task: BlobTask, call: Call): void {
  const options = lenient(call.options);
  if (options.text('output-certificate') !== undefined && identity.kind === 'key') throw noCertificate();
  if (options.text(task.timestampFlag) !== undefined && services.timestamps.length === 0) throw noTimestamp(task);
}

function noCertificate(): AssayError {
  return new AssayError('usage-invalid', '--output-certificate: a bare key signed, which has no certificate');
}

function noTimestamp({ timestampFlag }: BlobTask): AssayError {
  return new AssayError('usage-invalid', `--${timestampFlag}: no timestamp authority was asked`, { hint: '--timestamp-server-url' });
}

async function signBlob(blob: BlobToSign, { form, task, signing }: Run, call: Call): Promise<SignedReport> {
  const sha256 = blob.subject.digests.get('sha256');
  const about = { reference: blob.name, digest: sha256 === undefined ? undefined : `sha256:${sha256}` };
  const asked = { subject: blob.subject, wanted: task.wanted, now: call.io.now().getTime(), signal: call.signal };
  const target = form === 'bundle' ? bundleFile(blob, call) : undefined;
  const kept = target === undefined ? undefined : await keptIn(target, blob, task, { ...signing.expectations, ...asked }, call);
  if (kept !== undefined && target !== undefined && certifiedAlike(signing.identity, kept.evidence)) {
    const { evidence, entity } = kept;
    const parts = await writeParts(entity, entity.material.kind === 'certificate' ? entity.material : { chain: [] }, task, call);
    return { ...about, outcome: 'kept', pieces: [{ evidence }], files: new Map([['bundle', target], ...parts]) };
  }
  const party = await signing.session.party(call.signal);
  const algorithm = algorithmOf(call);
  const entity = await makeEvidence(task.content(blob), form, party, signing.services, {
    ...(algorithm === undefined ? {} : { algorithm }),
    signal: call.signal,
  });
  const bundle = form === 'bundle' ? encodeBundle(entity) : undefined;
  const located = locatedIn(bundle === undefined ? entity : decodeBundle(bundle), bundle ?? oldFile(entity));
  const expected = signing.expectationsOf({ located, placement: NOWHERE });
  const evidence = await (signing.unsafeSkipSelfVerification ? describeEvidence : selfVerify)(located, { ...expected, ...asked });
  const files =
    bundle === undefined ? await writeOld(entity, party, task, call) : await writeBundle(bundle, target, entity, { party, task }, call);
  return { ...about, outcome: 'signed', pieces: [{ evidence }], files };
}

const NOWHERE = { kind: 'referrer', subject: digestOf(Buffer.alloc(0)), manifest: Buffer.alloc(0), blobs: [] } as const;

function locatedIn(content: SignedEntity, bytes: Uint8Array): LocatedEvidence {
  return { format: content.format, digest: digestOf(bytes), found: 'file', storedAs: content.kind, content };
}

/** Where a bundle goes: what `--bundle` says, else beside the file; of stdin to stdout. */
function bundleFile({ name }: BlobToSign, { options }: Call): string {
  return options.text('bundle') ?? (name === '-' ? '-' : `${name}.sigstore.json`);
}

// A pipe is for writing, and has nothing to wait for. What cannot be asked for cannot be written either, which says why.
function isPlainFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

interface Kept {
  readonly evidence: Evidence;
  readonly entity: SignedEntity;
}

/** Evidence in the file that would be written, where it verifies and claims the same. */
async function keptIn(file: string, blob: BlobToSign, task: BlobTask, asked: SelfVerification, call: Call): Promise<Kept | undefined> {
  if (file === '-' || call.options.flag('force')) return undefined;
  if (!isPlainFile(resolve(call.io.cwd, file))) return undefined;
  try {
    const bytes = await readInput(file, 'bundle', call.io);
    const entity = decodeBundle(bytes);
    const evidence = await describeEvidence(locatedIn(entity, bytes), asked);
    return evidence.outcome === 'verified' && task.claimsSame(evidence.payload, blob) ? { evidence, entity } : undefined;
  } catch (error) {
    // What is no bundle is what the new one takes the place of. What could not be read may be one, and who was told to stop has looked at nothing.
    if (!(error instanceof AssayError)) throw error;
    if (error.group === 'evidence-invalid' || error.group === 'unsupported') return undefined;
    throw new AssayError(error.code, `what is there already: ${error.message}`, {
      cause: error,
      hint: '--force replaces it unread',
      retryable: error.retryable,
    });
  }
}

async function writeBundle(
  bundle: Uint8Array,
  target: string | undefined,
  entity: SignedEntity,
  { party, task }: { readonly party: SigningParty; readonly task: BlobTask },
  call: Call,
): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  if (target !== undefined) {
    await writeOutput(target, target === '-' ? Buffer.concat([bundle, utf8('\n')]) : bundle, call);
    files.set('bundle', target);
  }
  for (const [what, file] of await writeParts(entity, party, task, call)) files.set(what, file);
  return files;
}

async function writeOld(entity: SignedEntity, party: SigningParty, task: BlobTask, call: Call): Promise<ReadonlyMap<string, string>> {
  const options = lenient(call.options);
  const files = new Map<string, string>();
  const bundle = options.text('bundle');
  if (bundle !== undefined) {
    await writeOutput(bundle, encodeBlobBundle(entity, publicKeyPem(party.signer.publicKey)), call);
    files.set('bundle', bundle);
  }
  for (const [what, file] of await writeParts(entity, party, task, call)) files.set(what, file);
  return files;
}

/** The parts that flags of cosign's name; a signature that is written nowhere is printed. */
async function writeParts(
  entity: SignedEntity,
  { chain }: Pick<SigningParty, 'chain'>,
  task: BlobTask,
  call: Call,
): Promise<ReadonlyMap<string, string>> {
  const options = lenient(call.options);
  const files = new Map<string, string>();
  const b64 = !options.has('b64') || options.flag('b64');
  const signature = oldFile(entity);
  const text = entity.content.kind === 'dsse' ? signature : b64 ? utf8(encodeBase64(signature)) : signature;
  const file = options.text('output-signature');
  if (file !== undefined) {
    await writeOutput(file, text, call);
    files.set('signature', file);
  } else if (entity.format === 'cosign-tag' && options.text('bundle') === undefined && call.out.format === 'text') {
    call.out.print(b64 ? Buffer.concat([text, utf8('\n')]) : text);
  }
  const statement = options.text('output-attestation');
  if (statement !== undefined && entity.content.kind === 'dsse') {
    await writeOutput(statement, entity.content.envelope.payload, call);
    files.set('attestation', statement);
  }
  const stamp = options.text(task.timestampFlag);
  if (stamp !== undefined) {
    const [timestamp] = entity.timestamps;
    if (timestamp === undefined) throw noTimestamp(task);
    await writeOutput(stamp, timestampJson(timestamp.der), call);
    files.set('timestamp', stamp);
  }
  const certificate = options.text('output-certificate');
  const [leaf] = chain;
  if (certificate === undefined) return files;
  if (leaf === undefined) throw noCertificate();
  const block = pem('CERTIFICATE', leaf);
  await writeOutput(certificate, options.has('b64') && b64 ? encodeBase64(utf8(block)) : block, call);
  files.set('certificate', certificate);
  return files;
}

/** What cosign's old files hold as the signature: of an attestation the whole envelope. */
function oldFile({ content }: SignedEntity): Uint8Array {
  if (content.kind === 'dsse') return content.envelope.stored ?? encodeEnvelope(content.envelope);
  return content.kind === 'artifact' ? content.signature : new Uint8Array();
}
