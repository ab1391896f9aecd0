import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';

/** `assay bundle inspect`. */
export const command: CommandModule = {
  configure() {},
  execute() {
    throw new AssayError('internal', 'bundle inspect is being written');
  },
};
