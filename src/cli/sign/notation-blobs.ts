import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AssayError, toAssayError } from '../../errors.ts';
import { existingNotationFile, makeNotationEvidence, type NotationArtifact, type NotationOptions } from '../../sign/notation/index.ts';
import type { Call } from '../command.ts';
import { readInput } from '../verify/files.ts';
import { blobToSign } from './blob-content.ts';
import { notationRequestOf } from './notation-request.ts';
import { writeOutput } from './outputs.ts';
import type { SignedReport } from './report.ts';

/** Signs files in the Notary Project's form: `FILE.jws.sig` or `FILE.cose.sig`, as `notation blob sign` writes them. */
export async function signNotationBlobs(call: Call): Promise<readonly SignedReport[]> {
  const { args } = call;
  if (args.includes('-'))
    throw new AssayError('usage-invalid', 'a Notary Project signature is written beside its file: stdin has no place', {
      hint: 'name a file',
    });
  const request = await notationRequestOf(call);
  const reports: SignedReport[] = [];
  for (const name of args) {
    try {
      reports.push(await signOne(name, request, call));
    } catch (error) {
      reports.push({ reference: name, digest: undefined, outcome: 'failed', pieces: [], error: toAssayError(error) });
    }
  }
  return reports;
}

/** A file that is there already stays: with a verified signature that says the same it is kept, else it is replaced by `--force` alone. */
async function signOne(name: string, request: NotationOptions, call: Call): Promise<SignedReport> {
  const { options, io, out, signal } = call;
  const { subject } = await blobToSign(name, call);
  const artifact: NotationArtifact = {
    mediaType: options.text('media-type') ?? 'application/octet-stream',
    digests: subject.digests,
    size: subject.bytes?.length ?? (await stat(resolve(io.cwd, name))).size,
  };
  const digest = subject.digests.get('sha256');
  const file = join(
    options.text('signature-directory') ?? dirname(name),
    `${basename(name)}.${request.form === 'notation-cose' ? 'cose' : 'jws'}.sig`,
  );
  const making = { now: io.now(), signal };
  const made = await makeNotationEvidence(artifact, request, making);
  for (const { code, message } of made.warnings) out.warn(code, `${name}: ${message}`);
  const about = { reference: name, digest: digest === undefined ? undefined : `sha256:${digest}`, files: new Map([['signature', file]]) };
  if (!options.flag('force') && existsSync(resolve(io.cwd, file))) {
    const there = await readInput(file, 'signature', io);
    const same = await existingNotationFile(there, made.expected, request.expirySeconds, { ...making, facts: request.facts });
    if (same !== undefined) return { ...about, outcome: 'kept', pieces: [{ evidence: same }], files: new Map() };
    throw new AssayError('usage-invalid', `${file} is there already, and is no signature that says the same`, {
      hint: '--force replaces it',
    });
  }
  await writeOutput(file, made.envelope, call);
  return { ...about, outcome: 'signed', pieces: [{ evidence: made.found }] };
}
