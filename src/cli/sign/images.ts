import { encodeBase64 } from '../../bytes/index.ts';
import { pem } from '../../codec/der/encode.ts';
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
import { encodeBlobBundle } from '../../signature/index.ts';
import type { WantedEvidence } from '../../verify/index.ts';
import type { Call } from '../command.ts';
import { eachTarget } from './each-target.ts';
import { lenient } from './lenient.ts';
import { creationTime, outputName, writeOutput } from './outputs.ts';
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
      for (const [what, file] of await writeParts(pieces, run, target, call)) files.set(what, file);
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
  return { ...signed, files };
}

/** Writes what the flags want in files: the evidence, and the parts that cosign's flags name. */
async function writeParts(
  made: readonly PreparedEvidence[],
  run: Run,
  { image }: Target,
  call: Call,
): Promise<ReadonlyMap<string, string>> {
  const { several, signing } = run;
  const options = lenient(call.options);
  const written = new Map<string, string>();
  const write = async (flag: string, what: string, content: () => Uint8Array | string): Promise<void> => {
    const file = options.text(flag);
    if (file === undefined) return;
    const name = outputName(file, image.descriptor.digest, several);
    await writeOutput(name, content(), call);
    written.set(what, name);
  };
  const texts = made.map(({ located }) => partsOf(located.content instanceof AssayError ? undefined : located.content));
  const { signer, chain } = await signing.session.party(call.signal);
  const publicKey = signer.publicKey.handle.export({ type: 'spki', format: 'pem' }).toString();
  const bundle = (): Uint8Array =>
    Buffer.concat(made.map((m, i) => Buffer.concat([Buffer.from(i === 0 ? '' : '\n'), bundleOf(m, publicKey)])));
  await write('bundle', 'bundle', bundle);
  // What goes nowhere else is printed, as cosign does it.
  if (run.task.prints === true && !options.given('bundle') && call.out.format === 'text')
    call.out.print(Buffer.concat([bundle(), Buffer.from('\n')]));
  await write('output-signature', 'signature', () => texts.map((t) => t.signature).join('\n'));
  await write('output-payload', 'payload', () =>
    Buffer.concat(texts.map((t, i) => Buffer.concat([Buffer.from(i === 0 ? '' : '\n'), t.payload]))),
  );
  await write('output-certificate', 'certificate', () => (chain[0] === undefined ? publicKey : pem('CERTIFICATE', chain[0])));
  return written;
}

function partsOf(entity: Exclude<PreparedEvidence['located']['content'], AssayError> | undefined): {
  readonly signature: string;
  readonly payload: Uint8Array;
} {
  const content = entity?.content;
  if (content?.kind === 'payload') return { signature: encodeBase64(content.signature), payload: content.payload };
  if (content?.kind === 'dsse')
    return { signature: encodeBase64(content.envelope.signatures[0]?.sig ?? new Uint8Array()), payload: content.envelope.payload };
  throw new AssayError('internal', 'evidence of an image is an envelope or a payload');
}

/** Evidence as a file: the bundle that is stored, or cosign 2's own for what stands under a tag. */
export function bundleOf({ located, placement }: PreparedEvidence, publicKeyPem: string): Uint8Array {
  if (placement.kind === 'referrer') return placement.blobs.at(-1)?.bytes ?? new Uint8Array();
  if (located.content instanceof AssayError) throw located.content;
  return encodeBlobBundle(located.content, publicKeyPem);
}
