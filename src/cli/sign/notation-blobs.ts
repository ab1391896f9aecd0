import { createReadStream } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { AssayError, toAssayError } from '../../errors.ts';
import { makeNotationEvidence, type NotationArtifact, type NotationOptions } from '../../sign/notation/index.ts';
import type { Call } from '../command.ts';
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

async function signOne(name: string, request: NotationOptions, call: Call): Promise<SignedReport> {
  const { options, io, out, signal } = call;
  const { subject } = await blobToSign(name, call);
  const size = subject.bytes?.length ?? (await sizeOf(resolve(io.cwd, name)));
  const artifact: NotationArtifact = {
    mediaType: options.text('media-type') ?? 'application/octet-stream',
    digests: subject.digests,
    size,
  };
  const made = await makeNotationEvidence(artifact, request, { now: io.now(), signal });
  for (const { code, message } of made.warnings) out.warn(code, `${name}: ${message}`);
  const file = join(
    options.text('signature-directory') ?? dirname(name),
    `${basename(name)}.${request.form === 'notation-cose' ? 'cose' : 'jws'}.sig`,
  );
  await writeOutput(file, made.envelope, call);
  const digest = subject.digests.get('sha256');
  return {
    reference: name,
    digest: digest === undefined ? undefined : `sha256:${digest}`,
    outcome: 'signed',
    pieces: [{ evidence: made.found }],
    files: new Map([['signature', file]]),
  };
}

async function sizeOf(path: string): Promise<number> {
  let size = 0;
  for await (const piece of createReadStream(path)) size += (piece as Buffer).length;
  return size;
}
