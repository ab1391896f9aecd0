import { AssayError } from '../../errors.ts';
import type { WantedEvidence } from '../../verify/index.ts';
import type { Call } from '../command.ts';
import { answer } from './answer.ts';
import { blobOf, detachedEvidence, verifyBlob } from './blob.ts';
import { asksTrustPolicy } from './notation-flags.ts';
import { questionOf } from './question.ts';

/** Verifies evidence in files about a file or digest, and answers the exit code. */
export async function verifyDetached(name: string, kind: Exclude<WantedEvidence['kind'], 'artifact'>, call: Call): Promise<number> {
  if (call.options.has('staging') && call.options.flag('staging') && !call.options.given('trusted-root')) {
    throw new AssayError('unsupported', "the staging instance's root is not embedded", { hint: '--trusted-root FILE' });
  }
  if (kind === 'signature' && asksTrustPolicy(call)) return (await import('./notation-blob.ts')).verifyNotationBlob(name, call);
  const [question, blob, evidence] = await Promise.all([
    questionOf(call, kind),
    blobOf(name, call),
    detachedEvidence(call, kind === 'attestation'),
  ]);
  return answer('files', [await verifyBlob(blob, evidence, question, call)], call);
}
