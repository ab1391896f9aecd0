import { Argument } from 'commander';
import type { CommandModule } from '../command.ts';

/** `assay logout REGISTRY`, as `docker logout`. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('REGISTRY', 'the registry: a host, with its port'));
    command.addHelpText('after', '\nExamples:\n  assay logout registry.example');
  },
  async execute(call) {
    const { logout } = await import('../registries/login.ts');
    return logout(call);
  },
};
