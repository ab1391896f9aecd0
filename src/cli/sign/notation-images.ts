import { AssayError } from '../../errors.ts';
import { parseReference } from '../../oci/reference.ts';
import { signNotation } from '../../sign/notation/index.ts';
import type { Call } from '../command.ts';
import { eachTarget } from './each-target.ts';
import { notationConfigOf, withInsecureRegistries } from './notation-keys.ts';
import { notationRequestOf } from './notation-request.ts';
import { creationTime } from './outputs.ts';
import type { SignedReport } from './report.ts';
import { referencesOf } from './targets.ts';

/** Signs every image of a command line in the Notary Project's form; what goes wrong with one is that one's answer. */
export async function signNotationImages(call: Call): Promise<readonly SignedReport[]> {
  const { options, io, out, signal } = call;
  const registries = referencesOf(call).flatMap((text) => {
    const reference = parseReference(text);
    return reference.kind === 'registry' ? [reference.registry] : [];
  });
  if (!options.flag('upload'))
    throw new AssayError('usage-invalid', '--upload=false cannot be used with --format notation', {
      hint: 'sign into a layout: assay save --dir layout IMAGE, then assay sign --format notation oci:layout',
    });
  const created = creationTime(call);
  const request = await notationRequestOf(call);
  const reaching = { ...call, options: withInsecureRegistries(options, registries, await notationConfigOf(call)) };
  return eachTarget(true, reaching, async (target) => {
    const { image, stores, store } = target;
    const place = { image, stores, force: options.flag('force'), created, now: io.now, signal };
    const signed = await signNotation({ ...place, ...(store === undefined ? {} : { store }) }, request);
    for (const { code, message } of signed.warnings) out.warn(code, `${target.reference}: ${message}`);
    return signed;
  });
}
