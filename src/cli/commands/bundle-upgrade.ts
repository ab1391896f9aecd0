import { Argument, Option } from 'commander';
import type { CommandModule } from '../command.ts';
import { SERVICE_ENVIRONMENT } from '../options/common.ts';

/** `assay bundle upgrade BUNDLE`, as in cosign. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('BUNDLE', "a Sigstore bundle of version 0.1 or 0.2, or cosign 1 and 2's bundle file; - for stdin"));
    for (const [flags, description] of [
      ['--out <file>', 'write the bundle to a file'],
      ['--rekor-url <url>', 'Rekor v1 log that is asked for a missing inclusion proof (default: https://rekor.sigstore.dev)'],
      ['--key <key>', 'public key of the signer, where the file does not name one'],
      ['--offline', 'ask no log'],
    ] as const)
      command.addOption(new Option(flags, description));
    command.addHelpText(
      'after',
      `${SERVICE_ENVIRONMENT}
What is signed stays as it is. The log is asked only where an inclusion proof is missing, and what it answers is checked.

Exit codes: 0 made, 1 its entry does not check, 2 misuse or no bundle, 3 the log did not answer, 4 internal error.

Examples:
  assay bundle upgrade old.sigstore.json --out new.sigstore.json
  assay bundle upgrade --rekor-url https://rekor.example artifact.bundle`,
    );
  },
  async execute(call) {
    const { upgradeBundle } = await import('../bundle/upgrade.ts');
    return upgradeBundle(call);
  },
};
