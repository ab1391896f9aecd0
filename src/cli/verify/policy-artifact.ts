import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { SignedArtifact } from '../../policy/index.ts';
import { imageSubject, verifySubject } from '../../verify/index.ts';
import type { Call } from '../command.ts';
import { openImage } from '../image.ts';
import { notationFacts } from './notation-facts.ts';

/** An artifact that a policy refers to, with a way to ask who signed it. */
export async function readArtifact(reference: string, call: Call): Promise<SignedArtifact> {
  const image = await openImage(reference, call.options, call);
  const [layer, ...others] = image.manifest.kind === 'manifest' ? image.manifest.layers : [];
  if (layer === undefined || others.length > 0) throw new AssayError('policy-invalid', `${reference} is no artifact with one blob`);
  const facts = await notationFacts(call);
  const content = await image.store.read(layer, { signal: call.signal, maxBytes: LIMITS.policyBytes });
  return {
    digest: image.digest,
    content,
    verify: (requirement) =>
      verifySubject({
        stores: image.evidenceStores,
        digest: image.digest,
        subject: imageSubject(image.stored).subject,
        requirement,
        now: call.io.now().getTime(),
        facts,
        signal: call.signal,
      }),
  };
}
