import { utf8Decode } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import type { Call } from '../command.ts';
import { readInput } from '../verify/files.ts';
import { attachEvidence, type OwnEvidence } from './attach-evidence.ts';
import { evidenceFile } from './read.ts';

/** `assay attach attestation`: every file, in order. Throws as `attachEvidence`, and `usage-invalid`. */
export async function attachAttestation(call: Call): Promise<number> {
  const { options, io } = call;
  const names = options.list('attestation');
  if (names.length === 0) throw new AssayError('usage-invalid', 'which attestations?', { hint: '--attestation FILE; repeats' });
  const all: OwnEvidence[] = [];
  for (const name of names) all.push(...attestationsIn(await readInput(name, 'attestation', io), name));
  return attachEvidence(() => Promise.resolve(all), call);
}

/** The bundle or the envelopes that a file holds; envelopes may stand one on a line, as `cosign download attestation` prints them. Throws `input-invalid`. */
export function attestationsIn(bytes: Buffer, name: string): readonly OwnEvidence[] {
  return documentsIn(bytes).map((document) => {
    const { form, mediaType, entity } = evidenceFile(document, name);
    if (form === 'cosign-blob-bundle' || (form === 'sigstore-bundle' && !/0\.3/.test(mediaType ?? '')))
      throw new AssayError('input-invalid', `${name} is a bundle of an older form, which is not attached to images`, {
        hint: `assay bundle upgrade ${name}`,
      });
    if (entity.content.kind !== 'dsse') throw new AssayError('input-invalid', `${name} is a signature over a file, not an attestation`);
    return { name, entity, ...(form === 'sigstore-bundle' ? { bundle: document } : {}) };
  });
}

function documentsIn(bytes: Buffer): readonly Buffer[] {
  const lines = utf8Decode(bytes, 'attestation')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const several = lines.length > 1 && lines.every((line) => line.trimStart().startsWith('{') && line.trimEnd().endsWith('}'));
  return several ? lines.map((line) => Buffer.from(line)) : [bytes];
}
