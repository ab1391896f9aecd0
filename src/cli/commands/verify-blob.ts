import { Argument, Option } from 'commander';
import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';
import { addOfflineOption } from '../options/registry.ts';
import { addDetachedOptions, addNotationOptions, addVerifyOptions } from '../verify/options.ts';

/** `assay verify-blob FILE`. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('[FILE]', 'the file, - for stdin, or sha256:HEX'));
    addDetachedOptions(command);
    addVerifyOptions(command);
    addNotationOptions(command);
    for (const [flags, description] of [
      ['--policy-name <name>', 'the statement of the trust policy (default: its global one)'],
      ['--media-type <type>', 'the media type that the signature has to state'],
    ] as const)
      command.addOption(new Option(flags, description).helpGroup('Notary Project signatures:'));
    addOfflineOption(command);
    command.addHelpText(
      'after',
      `
Examples:
  assay verify-blob --bundle artifact.sigstore.json --key cosign.pub artifact
  assay verify-blob --bundle artifact.sigstore.json --certificate-identity dev@acme.example \\
    --certificate-oidc-issuer https://accounts.google.com artifact
  assay verify-blob --signature artifact.sig --key cosign.pub --insecure-ignore-tlog artifact
  assay verify-blob --signature artifact.jws.sig --trust-policy trustpolicy.blob.json --trust-store truststore artifact`,
    );
  },
  async execute(call) {
    const [name] = call.args;
    if (name === undefined) throw new AssayError('usage-invalid', 'which file?', { hint: 'assay verify-blob --help' });
    const { verifyDetached } = await import('../verify/detached.ts');
    return verifyDetached(name, 'signature', call);
  },
};
