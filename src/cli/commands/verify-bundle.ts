import { Argument, Option } from 'commander';
import type { CommandModule } from '../command.ts';
import { addOfflineOption } from '../options/registry.ts';
import { addVerifyOptions } from '../verify/options.ts';

/** `assay verify-bundle --bundle FILE … FILE_OR_DIGEST`: the protocol of sigstore-conformance (docs/cli_protocol.md). */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('FILE_OR_DIGEST', 'the artifact, or its digest as sha256:HEX'));
    command.addOption(new Option('--bundle <file>', 'the Sigstore bundle').makeOptionMandatory());
    command.addOption(new Option('--staging', "trust the staging instance's root (needs --trusted-root)").hideHelp());
    addVerifyOptions(command);
    addOfflineOption(command);
    command.addHelpText(
      'after',
      `
Whatever the bundle holds is verified: a signature over the artifact, or a statement about it.

Examples:
  assay verify-bundle --bundle a.sigstore.json --key key.pub a.txt
  assay verify-bundle --bundle a.sigstore.json --certificate-identity dev@acme.example \\
    --certificate-oidc-issuer https://accounts.google.com sha256:a0cfc71271d6e278e57cd332ff957c3f7043fdda354c4cbb190a30d56efa01bf`,
    );
  },
  async execute(call) {
    const { verifyDetached } = await import('../verify/detached.ts');
    return verifyDetached(call.args[0] ?? '', 'any', call);
  },
};
