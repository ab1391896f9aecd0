import { Argument, Option } from 'commander';
import type { CommandModule } from '../command.ts';
import { refuseOption } from '../options/refused.ts';
import { addRegistryOptions } from '../options/registry.ts';

/** `assay login REGISTRY`, as `docker login` and `cosign login`. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('REGISTRY', 'the registry: a host, with its port'));
    command.addOption(new Option('-u, --username <name>', 'user name; asked for on a terminal'));
    command.addOption(new Option('--password-stdin', 'read the password from stdin; without it, it is asked for on a terminal'));
    refuseOption(command, '-p, --password <password>', {
      reason: 'every process of the machine can see the arguments of another, and shells write them down',
      hint: '--password-stdin < FILE',
    });
    addRegistryOptions(command);
    command.addHelpText(
      'after',
      `
The registry is asked first: credentials that it refuses are not kept. They are kept where docker login keeps them, by the credential helper
that config.json names where it names one.

Exit codes: 0 kept, 2 misuse, 3 the registry refused them or did not answer, 4 internal error.

Examples:
  assay login registry.example -u me
  pass registry | assay login registry.example -u me --password-stdin`,
    );
  },
  async execute(call) {
    const { login } = await import('../registries/login.ts');
    return login(call);
  },
};
