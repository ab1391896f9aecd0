import { Argument } from 'commander';
import type { CommandModule } from '../command.ts';

/** `assay bundle inspect BUNDLE`. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(
      new Argument('BUNDLE', "a Sigstore bundle of any version, cosign's older bundle file, or an envelope; - for stdin"),
    );
    command.addHelpText(
      'after',
      `
Nothing is verified, and nothing is asked of anybody: assay verify-blob --bundle verifies.

Examples:
  assay bundle inspect artifact.sigstore.json
  assay bundle inspect --output json artifact.sigstore.json | jq .signer`,
    );
  },
  async execute(call) {
    const { inspectBundle } = await import('../bundle/inspect.ts');
    return inspectBundle(call);
  },
};
