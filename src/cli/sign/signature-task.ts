import { AssayError } from '../../errors.ts';
import { parseSimpleSigning } from '../../signature/index.ts';
import type { Call } from '../command.ts';
import { pairsOf } from '../verify/demands.ts';
import { readInput } from '../verify/files.ts';
import { formOf, type ImageTask } from './images.ts';

/** What `assay sign` claims of images. Throws `usage-invalid` for flags that the form has no use for, `payload-invalid`. */
export async function signatureTask(call: Call): Promise<ImageTask> {
  const { options, io } = call;
  const identities = options.list('sign-container-identity');
  const file = options.text('payload');
  if (formOf(call) === 'bundle') {
    const lonely = ['payload', 'sign-container-identity', 'record-creation-timestamp'].find((n) => options.given(n));
    if (lonely !== undefined)
      throw new AssayError('usage-invalid', `--${lonely} is about cosign's tags, and a bundle is made`, { hint: '--format cosign-tag' });
  }
  if (!options.flag('upload') && options.text('bundle') === undefined && options.text('output-signature') === undefined)
    throw new AssayError('usage-invalid', '--upload=false without a file to write: the signature would be made, and kept nowhere', {
      hint: '--bundle FILE, or --output-signature FILE; "-" is stdout',
    });
  const annotations = pairsOf(options.list('annotations'), '-a');
  if (file !== undefined && (annotations.size > 0 || identities.length > 0))
    throw new AssayError('usage-invalid', '--payload is signed as it is: -a and --sign-container-identity would change it');
  const payload = file === undefined ? undefined : await readInput(file, 'payload', io);
  const about = payload === undefined ? undefined : parseSimpleSigning(payload).digest;
  return {
    upload: options.flag('upload'),
    wanted: { kind: 'signature' },
    claims({ descriptor }) {
      if (about !== undefined && about !== descriptor.digest)
        throw new AssayError('payload-invalid', `the payload is about ${about.slice(0, 140)}, not about ${descriptor.digest}`);
      return { kind: 'signature', annotations, identities, ...(payload === undefined ? {} : { payload }) };
    },
  };
}
