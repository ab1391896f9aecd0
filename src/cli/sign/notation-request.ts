import { AssayError } from '../../errors.ts';
import { shownAddress } from '../../oci/registry/http/message.ts';
import type { NotationOptions, NotationTimestamping } from '../../sign/notation/index.ts';
import type { Call } from '../command.ts';
import { metadataOf } from '../verify/demands.ts';
import { readInput } from '../verify/files.ts';
import { notationFacts } from '../verify/notation-facts.ts';
import { VERSION } from '../version.ts';
import { checkNotationSignFlags, expiryOf, notationFormOf } from './notation-flags.ts';
import { notationConfigOf, notationSignerOf } from './notation-keys.ts';

/**
 * Everything that a command line, notation's folders and the environment say about signing in the Notary Project's form: what `signNotation` and
 * `makeNotationEvidence` are called with. Keys are opened, plugins asked what they can do. Throws `usage-invalid`, `key-invalid`, `input-invalid`,
 * `file-unreadable`, `trust-invalid`, and what opening keys and plugins throws.
 */
export async function notationRequestOf(call: Call): Promise<NotationOptions> {
  checkNotationSignFlags(call);
  const { options } = call;
  const metadata = metadataOf(call);
  const expirySeconds = expiryOf(call);
  const config = await notationConfigOf(call);
  const form = notationFormOf(call, config.signatureFormat);
  const timestamping = await timestampingOf(call);
  const [{ signer, plugins }, { revocation }] = await Promise.all([notationSignerOf(call), notationFacts(call)]);
  const scheme = options.text('signing-scheme');
  return {
    form,
    signer,
    metadata,
    agent: `assay/${VERSION}`,
    facts: { ...(revocation === undefined ? {} : { revocation }), plugins },
    ...(scheme === undefined ? {} : { scheme: scheme === 'x509' ? ('notary.x509' as const) : ('notary.x509.signingAuthority' as const) }),
    ...(expirySeconds === undefined ? {} : { expirySeconds }),
    ...(timestamping === undefined ? {} : { timestamping }),
  };
}

async function timestampingOf(call: Call): Promise<NotationTimestamping | undefined> {
  const { options, io } = call;
  const [url, root] = [options.text('timestamp-url'), options.text('timestamp-root-cert')];
  if (url === undefined && root === undefined) return undefined;
  if (url === undefined || root === undefined)
    throw new AssayError('usage-invalid', '--timestamp-url and --timestamp-root-cert belong together', {
      hint: 'a timestamp that nobody could verify is worth nothing',
    });
  if (!URL.canParse(url)) throw new AssayError('usage-invalid', `--timestamp-url is no address: "${shownAddress(url).slice(0, 100)}"`);
  const [{ storeCertificates }, { timestampService }, { serviceClientOf }] = await Promise.all([
    import('../../trust/notation-store/index.ts'),
    import('../../sign/timestamp/index.ts'),
    import('./client.ts'),
  ]);
  const roots = storeCertificates(await readInput(root, '--timestamp-root-cert', io), 'tsa', root);
  return { service: timestampService({ url, client: serviceClientOf(call) }), roots };
}
