import { encodeBase64 } from '../../bytes/index.ts';
import { pem } from '../../codec/der/encode.ts';
import { publicKeyPem } from '../../crypto/private-keys.ts';
import { AssayError } from '../../errors.ts';
import {
  bundleFormat,
  type ClaimingEvidence,
  checkServices,
  type ImageClaims,
  type ImageSigned,
  type PreparedEvidence,
  type SigningFormat,
  type SigningSubject,
  signImage,
  tagFormat,
} from '../../sign/index.ts';
import { encodeBlobBundle, encodeBundle, type SignedEntity } from '../../signature/index.ts';
import type { WantedEvidence } from '../../verify/index.ts';
import type { Call } from '../command.ts';
import { eachTarget } from './each-target.ts';
import { lenient } from './lenient.ts';
import { checkApart, checkStdout, creationTime, outputName, writeOutput } from './outputs.ts';
import type { SignedReport } from './report.ts';
import { type Signing, signingOf } from './signing.ts';
import { referencesOf, type Target } from './targets.ts';

/** What is claimed of the images of a run. */
export interface ImageTask {
  readonly claims: (subject: SigningSubject) => ImageClaims;
  readonly wanted: WantedEvidence;
  readonly upload: boolean;
  /** Print what is neither uploaded nor written to a file. */
  readonly prints?: boolean;
  /** Which older evidence of this signer the new one takes the place of. */
  readonly replaces?: (evidence: ClaimingEvidence) => boolean;
}

/** The form that evidence of images is made in. Throws `usage-invalid` for flags that contradict each other. */
export function formOf({ options }: Pick<Call, 'options'>): 'bundle' | 'cosign-tag' {
  const old = options.has('new-bundle-format') && options.given('new-bundle-format') ? !options.flag('new-bundle-format') : undefined;
  const asked = options.has('format') ? options.text('format') : undefined;
  if (old !== undefined && asked !== undefined && (asked === 'cosign-tag') !== old)
    throw new AssayError('usage-invalid', `--format ${asked} and --new-bundle-format=${!old} contradict each other`);
  return asked === 'cosign-tag' || old === true ? 'cosign-tag' : 'bundle';
}

/** Signs or attests every image of a command line in Sigstore's forms; what goes wrong with one is that one's answer. */
export async function signImages(task: ImageTask, call: Call): Promise<readonly SignedReport[]> {
  referencesOf(call);
  checkApart(call);
  checkStdout(call);
  const form = formOf(call);
  const created = creationTime(call);
  const signing = await signingOf(call);
  checkServices(form, signing.identity.kind !== 'key', signing.services);
  return eachTarget(task.upload, call, (target, several) => signTarget(target, { task, signing, form, created, several }, call));
}

interface Run {
  readonly task: ImageTask;
  readonly signing: Signing;
  readonly form: 'bundle' | 'cosign-tag';
  readonly created: Date;
  readonly several: boolean;
}

async function signTarget(target: Target, run: Run, call: Call): Promise<ImageSigned & { readonly files: ReadonlyMap<string, string> }> {
  const { task, signing, form, created } = run;
  const { options, io, out, signal } = call;
  const subject = { descriptor: target.image.descriptor, repository: target.repository };
  const made = { claims: task.claims(subject), session: signing.session, services: signing.services, created };
  const format: SigningFormat = form === 'bundle' ? bundleFormat(made) : tagFormat(made);
  const files = new Map<string, string>();
  const prefix = options.has('attachment-tag-prefix') ? options.text('attachment-tag-prefix') : undefined;
  const signed = await signImage({
    image: target.image,
    repository: target.repository,
    format,
    wanted: task.wanted,
    ...(target.store === undefined ? {} : { store: target.store }),
    stores: task.upload ? target.stores : [],
    expectations: signing.expectations,
    expectationsOf: signing.expectationsOf,
    unsafeSkipSelfVerification: signing.unsafeSkipSelfVerification,
    force: options.flag('force'),
    ...(task.replaces === undefined ? {} : { replaces: task.replaces }),
    async onMade(pieces) {
      const entities = pieces.map(({ located }) => entityIn(located.content));
      await writeParts({ entities, bundle: () => lines(pieces.map((p) => bundleOf(p, publicKey(signing)))) }, run, target, {
        ...call,
        files,
      });
    },
    publishing: {
      ...(prefix === undefined ? {} : { prefix }),
      ...(options.flag('record-creation-timestamp') || (io.env.SOURCE_DATE_EPOCH ?? '') !== '' ? { created } : {}),
      docker: io.env.COSIGN_DOCKER_MEDIA_TYPES === '1',
    },
    now: io.now,
    signal,
  });
  for (const { code, message } of signed.warnings) out.warn(code, `${target.reference}: ${message}`);
  const entities = signed.pieces.flatMap(({ evidence }) => (evidence.entity === undefined ? [] : [evidence.entity]));
  // What is kept is evidence as good as new: whoever wants it in a file gets it.
  if (signed.outcome === 'kept')
    await writeParts({ entities, bundle: () => lines(entities.map((e) => fileOf(e, publicKey(signing)))) }, run, target, {
      ...call,
      files,
    });
  return { ...signed, files };
}

/** Evidence for files. */
interface Parts {
  readonly entities: readonly SignedEntity[];
  readonly bundle: () => Uint8Array;
}

/** Writes what the flags want in files: the evidence, and the parts that cosign's flags name; notes each in `files`. */
async function writeParts(
  { entities, bundle }: Parts,
  { several, task, signing }: Run,
  { image }: Target,
  call: Call & { readonly files: Map<string, string> },
): Promise<void> {
  const options = lenient(call.options);
  const write = async (flag: string, what: string, content: () => Uint8Array | string): Promise<void> => {
    const file = options.text(flag);
    if (file === undefined) return;
    const name = outputName(file, image.descriptor.digest, several);
    await writeOutput(name, content(), call);
    call.files.set(what, name);
  };
  await write('bundle', 'bundle', bundle);
  // What goes nowhere else is printed, as cosign does it.
  if (task.prints === true && !options.given('bundle') && call.out.format === 'text')
    call.out.print(lines([...printed(entities, bundle, call), new Uint8Array()]));
  await write('output-signature', 'signature', () => entities.map((e) => signatureIn(e)).join('\n'));
  await write('output-payload', 'payload', () => lines(entities.map(payloadIn)));
  await write('output-certificate', 'certificate', () => {
    const [first] = entities;
    const leaf = first?.material.kind === 'certificate' ? first.material.chain[0] : undefined;
    return leaf === undefined ? publicKey(signing) : pem('CERTIFICATE', leaf);
  });
}

// Of what goes under cosign's tag it is the envelope, which `attach attestation` takes, cosign's too; an envelope has no place for a log's entry.
function printed(entities: readonly SignedEntity[], bundle: () => Uint8Array, { out }: Call): readonly Uint8Array[] {
  const envelopes = entities.flatMap(({ content }) =>
    content.kind === 'dsse' && content.envelope.stored !== undefined ? [content.envelope.stored] : [],
  );
  if (envelopes.length !== entities.length) return [bundle()];
  if (entities.some((e) => e.logEntries.length > 0))
    out.warn('entry-left-out', "the log's entry is not in the envelope that is printed: --bundle FILE keeps both");
  return envelopes;
}

function entityIn(content: PreparedEvidence['located']['content']): SignedEntity {
  if (content instanceof AssayError) throw content;
  return content;
}

function signatureIn({ content }: SignedEntity): string {
  if (content.kind === 'payload') return encodeBase64(content.signature);
  return content.kind === 'dsse' ? encodeBase64(content.envelope.signatures[0]?.sig ?? new Uint8Array()) : '';
}

function payloadIn({ content }: SignedEntity): Uint8Array {
  if (content.kind === 'payload') return content.payload;
  return content.kind === 'dsse' ? content.envelope.payload : new Uint8Array();
}

/** Evidence as a file: the bundle that is stored, or cosign 2's own for what stands under a tag. */
function bundleOf({ located, placement }: PreparedEvidence, publicKeyPem: string): Uint8Array {
  if (placement.kind === 'referrer') return placement.blobs.at(-1)?.bytes ?? new Uint8Array();
  return fileOf(entityIn(located.content), publicKeyPem);
}

function fileOf(entity: SignedEntity, publicKeyPem: string): Uint8Array {
  return entity.format === 'sigstore-bundle' ? encodeBundle(entity) : encodeBlobBundle(entity, publicKeyPem);
}

/** The public key of a bare key in PEM; whoever signs without one has a certificate. */
function publicKey({ identity }: Signing): string {
  return identity.signer === undefined ? '' : publicKeyPem(identity.signer.publicKey);
}

function lines(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts.flatMap((p, i) => (i === 0 ? [p] : [Buffer.from('\n'), p])));
}
