import { resolve } from 'node:path';
import { Option } from 'commander';
import { AssayError } from '../../errors.ts';
import { initTrust, STAGING_MIRROR } from '../../trust/tuf/index.ts';
import type { CommandModule } from '../command.ts';
import { printState, stateJson } from './trust-state.ts';

const EXAMPLES = `
Files and variables:
  What is trusted is kept in TUF_ROOT, else in $XDG_DATA_HOME/assay/tuf, else in ~/.local/share/assay/tuf. cosign's
  ~/.sigstore/root is used only when TUF_ROOT names it. TUF_MIRROR and TUF_ROOT_JSON count where --mirror and --root are not given.

Examples:
  assay trust init
  assay trust init --mirror https://tuf.example --root root.json
  assay trust init --mirror https://tuf.example --root https://tuf.example/1.root.json --root-checksum 4f0e…`;

/** `assay trust init`, and `assay initialize` as in cosign: chooses the TUF repository that trust comes from. */
export const command: CommandModule = {
  configure(command) {
    command.addOption(new Option('--mirror <url>', 'the TUF repository: https, http or file (default: the public good instance)'));
    command.addOption(new Option('--root <file|url>', 'the root that trust starts from (default: the embedded one)'));
    command.addOption(new Option('--root-checksum <digest>', "the root's SHA-256, or sha512:…; required for a root from an address"));
    command.addOption(new Option('--staging', "the public good instance's staging repository; needs --root"));
    command.addHelpText('after', EXAMPLES);
  },
  async execute({ options, out, io, signal }) {
    const [root, rootChecksum] = [options.text('root'), options.text('root-checksum')];
    const mirror = mirrorOf(options.text('mirror'), options.flag('staging'), root);
    const isAddress = root !== undefined && /^[a-z]+:\/\//i.test(root);
    const state = await initTrust({
      place: io,
      now: io.now().getTime(),
      signal,
      ...(mirror === undefined ? {} : { mirror }),
      ...(root === undefined ? {} : { root: isAddress ? root : resolve(io.cwd, root) }),
      ...(rootChecksum === undefined ? {} : { rootChecksum }),
    });
    for (const { code, message } of state.warnings) out.warn(code, message);
    if (out.format === 'text') printState(out, state, 'trusted from now on');
    else await out.result({ schema: 'assay/trust-init/v1', ...stateJson(state), warnings: out.warnings, errors: [] });
    return 0;
  },
};

function mirrorOf(mirror: string | undefined, staging: boolean, root: string | undefined): string | undefined {
  if (!staging) return mirror;
  if (mirror !== undefined) throw new AssayError('usage-invalid', '--staging and --mirror name two repositories');
  if (root === undefined) {
    const hint = `--root with the root.json of ${STAGING_MIRROR}`;
    throw new AssayError(
      'usage-invalid',
      'the root of the staging repository is not embedded: only evidence made for tests is signed there',
      { hint },
    );
  }
  return STAGING_MIRROR;
}
