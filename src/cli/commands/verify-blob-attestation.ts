import { Argument, Option } from 'commander';
import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';
import { addOfflineOption } from '../options/registry.ts';
import { addDetachedOptions, addVerifyOptions } from '../verify/options.ts';

/** `assay verify-blob-attestation --type TYPE FILE`. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('[FILE]', 'the file, - for stdin, or sha256:HEX'));
    command.addOption(
      new Option(
        '--type <type>',
        'predicate type: slsaprovenance, slsaprovenance1, link, spdx, cyclonedx, vuln, openvex, vsa, custom or a URI',
      ).default('custom'),
    );
    command.addOption(new Option('--digest <hex>', 'digest of the file, instead of the file'));
    command.addOption(new Option('--digestAlg <name>', 'algorithm of --digest').default('sha256'));
    addDetachedOptions(command);
    addVerifyOptions(command);
    addOfflineOption(command);
    command.addHelpText(
      'after',
      `
Examples:
  assay verify-blob-attestation --type slsaprovenance1 --bundle artifact.sigstore.json --key cosign.pub artifact
  assay verify-blob-attestation --type custom --bundle artifact.sigstore.json --key cosign.pub --digest 9f86d0…`,
    );
  },
  async execute(call) {
    const { args, options } = call;
    const digest = options.text('digest');
    const name = digest === undefined ? args[0] : `${options.text('digestAlg')}:${digest}`;
    if (name === undefined) throw new AssayError('usage-invalid', 'which file?', { hint: 'name a file, or --digest' });
    const { verifyDetached } = await import('../verify/detached.ts');
    return verifyDetached(name, 'attestation', call);
  },
};
