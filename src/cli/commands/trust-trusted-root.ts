import { Argument } from 'commander';
import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';
import { command as create } from './trusted-root-create.ts';

/** `assay trust trusted-root create`: `assay trusted-root create` among the other commands about trust. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('VERB', 'create'));
    create.configure(command);
  },
  async execute(call) {
    const [verb, ...args] = call.args;
    if (verb !== 'create')
      throw new AssayError('usage-invalid', `trust trusted-root: there is no "${verb?.slice(0, 60)}"`, {
        hint: 'assay trust trusted-root create',
      });
    return create.execute({ ...call, args });
  },
};
