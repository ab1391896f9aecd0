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
Environment:
  COSIGN_<FLAG>   a flag that is not given, as COSIGN_OUTPUT

Nothing is verified, and nothing is asked of anybody: assay verify-blob --bundle verifies.

Exit codes: 0 shown, 1 what it holds is malformed, 2 misuse or no bundle, 3 it is beyond a limit, 4 internal error.

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
