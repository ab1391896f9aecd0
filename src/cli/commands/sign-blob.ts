import { Argument, Option } from 'commander';
import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';
import { KEY_REFERENCES, KEY_SERVICE_ENVIRONMENT } from '../keys/options.ts';
import { addOfflineOption } from '../options/registry.ts';
import { addIdentityOptions } from '../sign/identity-flags.ts';
import { addNotationBlobOptions, asksNotation, checkNotationSignFlags } from '../sign/notation-flags.ts';
import { addBlobOutputOptions, addSignerOptions } from '../sign/options.ts';
import { addServiceOptions } from '../sign/service-flags.ts';

/** `assay sign-blob FILE…`. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('[FILE...]', 'the files, of any size; - is stdin'));
    addSignerOptions(command);
    addIdentityOptions(command);
    addServiceOptions(command);
    addBlobOutputOptions(command, 'rfc3161-timestamp');
    command.addOption(new Option('--b64', 'write signature and certificate in base64; --b64=false writes them as they are'));
    command.setOptionValueWithSource('b64', true, 'default');
    command.addOption(
      new Option('--signing-algorithm <name>', 'what the key signs with (default: what fits it; a fresh key: ecdsa-sha2-256-nistp256)'),
    );
    command.addOption(new Option('--format <form>', 'how the signature is made').choices(['bundle', 'notation', 'notation-cose']));
    command.addOption(new Option('--force', 'sign again where the bundle that is there verifies'));
    addNotationBlobOptions(command);
    addOfflineOption(command);
    command.addHelpText(
      'after',
      `${KEY_REFERENCES}
${KEY_SERVICE_ENVIRONMENT}

Exit codes: 0 signed or kept, 1 what was signed does not verify, 2 misuse, 3 a service did not answer, 4 internal error.

Examples:
  assay sign-blob --key cosign.key artifact.tar
    (writes artifact.tar.sigstore.json)
  assay sign-blob --bundle artifact.sigstore.json artifact.tar
    (keyless: with a token of the CI, or by browser)
  assay sign-blob --key cosign.key --tlog-upload=false dist/*
  assay sign-blob --key cosign.key --new-bundle-format=false --output-signature artifact.sig artifact.tar`,
    );
  },
  async execute(call) {
    checkNotationSignFlags(call);
    const { args } = call;
    if (args.length === 0) throw new AssayError('usage-invalid', 'which file?', { hint: 'name one or more files, or - for stdin' });
    const { reportSigned } = await import('../sign/report.ts');
    const words = { schema: 'assay/sign-blob/v1', list: 'files', done: 'signed' } as const;
    if (asksNotation(call)) {
      const { signNotationBlobs } = await import('../sign/notation-blobs.ts');
      return reportSigned(await signNotationBlobs(call), words, call);
    }
    const [{ blobToSign }, { signBlobs }] = await Promise.all([import('../sign/blob-content.ts'), import('../sign/blobs.ts')]);
    const reports = await signBlobs(
      args.map((name) => () => blobToSign(name, call)),
      args,
      {
        wanted: { kind: 'signature' },
        attestation: false,
        timestampFlag: 'rfc3161-timestamp',
        claimsSame: () => true,
        content({ message }) {
          if (message === undefined) throw new AssayError('internal', 'a digest alone is not signed');
          return { kind: 'artifact', message };
        },
      },
      call,
    );
    if (printedOnStdout(reports, call)) return 0;
    return reportSigned(reports, words, call);
  },
};

// What was printed is the signature or bundle itself: nothing else may stand beside it.
function printedOnStdout(
  reports: readonly { readonly outcome: string; readonly files?: ReadonlyMap<string, string> }[],
  { out }: Parameters<CommandModule['execute']>[0],
): boolean {
  if (out.format !== 'text' || reports.some((r) => r.outcome === 'failed')) return false;
  return reports.some((r) => r.files === undefined || r.files.size === 0 || [...r.files.values()].includes('-'));
}
