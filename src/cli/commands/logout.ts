import { Argument } from 'commander';
import type { CommandModule } from '../command.ts';

/** `assay logout REGISTRY`, as `docker logout`. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('REGISTRY', 'the registry: a host, with its port'));
    command.addHelpText(
      'after',
      `
Environment:
  COSIGN_<FLAG>                       a flag that is not given, as COSIGN_OUTPUT
  DOCKER_CONFIG, REGISTRY_AUTH_FILE   where credentials are stored

Exit codes: 0 forgotten, 2 misuse, 3 what keeps them did not answer, 4 internal error.

Examples:
  assay logout registry.example`,
    );
  },
  async execute(call) {
    const { logout } = await import('../registries/login.ts');
    return logout(call);
  },
};
